/**
 * What a message holds, read tolerantly out of `kind` and `content` (Meta's own shapes). Anything unexpected ends as
 * an honest "cannot be shown here", never as an error.
 */
import * as z from 'zod'

import type { Message } from './message'

export type Contact = { name: string; phones: string[]; emails: string[]; company: string | null }
export type OrderLine = { product: string; quantity: number; price: string | null }

export type Content =
  | { type: 'text'; text: string }
  | { type: 'image' | 'video' | 'sticker'; caption: string | null }
  | { type: 'audio'; voice: boolean }
  | { type: 'document'; filename: string; caption: string | null; format: string | null }
  | { type: 'location'; latitude: number; longitude: number; name: string | null; address: string | null }
  | { type: 'contacts'; contacts: Contact[] }
  | { type: 'choice'; title: string; description: string | null }
  | { type: 'form'; answers: [string, string][] }
  | { type: 'question'; text: string; footer: string | null; options: string[]; link: string | null }
  | { type: 'order'; lines: OrderLine[]; note: string | null }
  | { type: 'reaction'; emoji: string | null }
  | { type: 'note'; text: string }
  | { type: 'unsupported'; text: string }

const words = z.string().nullish().catch(null)
const media = z.object({ caption: words, filename: words, mime_type: words, voice: z.boolean().nullish().catch(false) })
const location = z.object({ latitude: z.coerce.number(), longitude: z.coerce.number(), name: words, address: words })
const contact = z.object({
  name: z.object({ formatted_name: words }).nullish().catch(null),
  phones: z
    .array(z.object({ phone: words }))
    .nullish()
    .catch(null),
  emails: z
    .array(z.object({ email: words }))
    .nullish()
    .catch(null),
  org: z.object({ company: words }).nullish().catch(null),
})
const reply = z.object({ title: z.string(), description: words })
const order = z.object({
  text: words,
  product_items: z.array(
    z.object({
      product_retailer_id: z.coerce.string(),
      quantity: z.coerce.number().catch(1),
      item_price: z.coerce.number().nullish().catch(null),
      currency: words,
    }),
  ),
})
const question = z.object({
  buttons: z
    .array(z.object({ title: z.string() }))
    .nullish()
    .catch(null),
  body: z.object({ text: z.string() }).nullish().catch(null),
  footer: z.object({ text: words }).nullish().catch(null),
  action: z
    .object({
      buttons: z
        .array(z.object({ reply: z.object({ title: z.string() }) }))
        .nullish()
        .catch(null),
      sections: z
        .array(z.object({ rows: z.array(z.object({ title: z.string() })) }))
        .nullish()
        .catch(null),
      parameters: z.object({ display_text: words, url: words }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
})

/** What the API does not carry, by Meta's inner type. */
const UNSUPPORTED: Record<string, string> = {
  poll_creation: 'A poll',
  poll_update: 'A vote in a poll',
  gif: 'A GIF',
  group_invite: 'A group invitation',
  pin: 'A pinned message',
  keep_in_chat: 'A kept message',
  product: 'A product',
  link_preview: 'A link preview',
  media_placeholder: 'A photo or video that can be seen once',
}

export function contentOf(message: Pick<Message, 'kind' | 'body' | 'content' | 'direction'>): Content {
  return read(message) ?? fallback(message)
}

function fallback({ body, kind }: Pick<Message, 'body' | 'kind'>): Content {
  if (body) return { type: 'text', text: body }
  return {
    type: 'unsupported',
    text: `A message of a kind that cannot be shown here (${kind.replaceAll('_', ' ')}). It is kept as it came.`,
  }
}

function read({
  kind,
  body,
  content,
  direction,
}: Pick<Message, 'kind' | 'body' | 'content' | 'direction'>): Content | null {
  switch (kind) {
    case 'text':
    case 'template':
    case 'button':
      if (kind === 'button') return { type: 'choice', title: body ?? String(content.text ?? ''), description: null }
      return body === null ? null : { type: 'text', text: body }
    case 'image':
    case 'video':
    case 'sticker':
      return { type: kind, caption: media.safeParse(content).data?.caption ?? null }
    case 'audio':
    case 'voice':
      return { type: 'audio', voice: kind === 'voice' || media.safeParse(content).data?.voice === true }
    case 'document': {
      const document = media.safeParse(content).data
      const filename = document?.filename ?? 'Document'
      return {
        type: 'document',
        filename: safeFilename(filename),
        caption: document?.caption ?? null,
        format: /\.([a-z0-9]{1,5})$/i.exec(filename)?.[1]?.toUpperCase() ?? null,
      }
    }
    case 'location': {
      const place = location.safeParse(content).data
      return place ? { type: 'location', ...place, name: place.name ?? null, address: place.address ?? null } : null
    }
    case 'contacts':
      return contactsOf(content)
    case 'interactive':
      return direction === 'in' ? replyOf(content, body) : questionOf(content, body)
    case 'order':
      return orderOf(content)
    case 'reaction':
      return {
        type: 'reaction',
        emoji: typeof content.emoji === 'string' && content.emoji !== '' ? content.emoji : null,
      }
    case 'system':
      return { type: 'note', text: body ?? 'Something about this contact changed.' }
    case 'unsupported': {
      const inner = (content.unsupported as { type?: unknown } | undefined)?.type ?? content.type
      const what = (typeof inner === 'string' && UNSUPPORTED[inner]) || 'A message'
      return {
        type: 'unsupported',
        text: `${what} that WhatsApp does not pass on to business accounts. Ask the lead to send it another way.`,
      }
    }
    default:
      return null
  }
}

function contactsOf(content: unknown): Content | null {
  const list = Array.isArray(content) ? content : (content as { contacts?: unknown }).contacts
  const parsed = z.array(contact).safeParse(list)
  if (!parsed.success || parsed.data.length === 0) return null
  return {
    type: 'contacts',
    contacts: parsed.data.map((each) => ({
      name: each.name?.formatted_name ?? 'Contact without a name',
      phones: (each.phones ?? []).flatMap(({ phone }) => phone ?? []),
      emails: (each.emails ?? []).flatMap(({ email }) => email ?? []),
      company: each.org?.company ?? null,
    })),
  }
}

function replyOf(content: Message['content'], body: string | null): Content | null {
  const tapped = reply.safeParse(content.button_reply ?? content.list_reply)
  if (tapped.success) return { type: 'choice', title: tapped.data.title, description: tapped.data.description ?? null }
  const form = content.nfm_reply as { response_json?: unknown } | undefined
  if (form) return { type: 'form', answers: answersOf(form.response_json) }
  return body === null ? null : { type: 'choice', title: body, description: null }
}

function answersOf(json: unknown): [string, string][] {
  try {
    const value: unknown = typeof json === 'string' ? JSON.parse(json) : json
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
    return Object.entries(value)
      .filter(([name]) => name !== 'flow_token')
      .map(([name, answer]) => [
        name.replaceAll('_', ' '),
        typeof answer === 'object' ? JSON.stringify(answer) : String(answer),
      ])
  } catch {
    return []
  }
}

/** What we asked: kept as {buttons}, or as Meta writes it. */
function questionOf(content: unknown, body: string | null): Content | null {
  const parsed = question.safeParse(content).data
  const text = parsed?.body?.text ?? body
  if (!parsed || text === null) return null
  const { action } = parsed
  const link = action?.parameters?.url ?? null
  const options = [
    ...(parsed.buttons ?? []).map((button) => button.title),
    ...(action?.buttons ?? []).map((button) => button.reply.title),
    ...(action?.sections ?? []).flatMap((section) => section.rows.map((row) => row.title)),
    ...(link ? [action?.parameters?.display_text ?? link] : []),
  ]
  return { type: 'question', text, footer: parsed.footer?.text ?? null, options, link }
}

function orderOf(content: unknown): Content | null {
  const parsed = order.safeParse(content).data
  if (!parsed) return null
  return {
    type: 'order',
    note: parsed.text ?? null,
    lines: parsed.product_items.map((item) => ({
      product: item.product_retailer_id,
      quantity: item.quantity,
      price: item.item_price == null ? null : price(item.item_price, item.currency ?? null),
    })),
  }
}

function price(amount: number, currency: string | null): string {
  if (currency && /^[A-Z]{3}$/.test(currency)) {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(amount)
  }
  return String(amount)
}

/** A name that comes from a stranger: no path, no control or direction-changing characters. */
export function safeFilename(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  const clean = last.replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]/g, '').trim()
  return clean === '' || /^\.+$/.test(clean) ? 'document' : clean.slice(0, 120)
}

/** How often it was passed on, when WhatsApp says so. */
export function forwardedMark({ content }: Pick<Message, 'content'>): string | null {
  const context = (content.context ?? content) as { forwarded?: unknown; frequently_forwarded?: unknown }
  if (context.frequently_forwarded === true) return 'Forwarded many times'
  return context.forwarded === true ? 'Forwarded' : null
}

/** One line that stands for a message: in quotes and notices. */
export function summary(message: Message): string {
  if (message.deleted_at !== null) return 'Deleted message'
  const content = contentOf(message)
  switch (content.type) {
    case 'text':
    case 'question':
    case 'note':
      return content.text
    case 'image':
      return content.caption || 'Photo'
    case 'video':
      return content.caption || 'Video'
    case 'sticker':
      return 'Sticker'
    case 'audio':
      return message.transcript?.text || (content.voice ? 'Voice message' : 'Audio')
    case 'document':
      return content.caption || content.filename
    case 'location':
      return content.name || 'Location'
    case 'contacts':
      return content.contacts.map((each) => each.name).join(', ')
    case 'choice':
      return content.title
    case 'form':
      return 'Filled-in form'
    case 'order':
      return 'Order'
    case 'reaction':
      return content.emoji ?? 'Reaction removed'
    case 'unsupported':
      return 'Message that cannot be shown'
  }
}
