/** How messages become a thread: pages, live changes, what is being sent, days and groups. Pure. */
import { dayLabel, MINUTE, parseTime, sameDay } from '@/lib/time'
import type { Message } from './message'

export type MessagePage = { rows: Message[]; hasMore: boolean }

/** A text on its way to the engine, or one that did not get there. */
export type Outgoing = {
  id: string
  text: string
  replyTo: string | null
  quotedWamid: string | null
  at: string
  state: 'sending' | 'stuck'
  problem: string | null
}

const newestFirst = (a: Message, b: Message): number =>
  parseTime(b.sent_at).getTime() - parseTime(a.sent_at).getTime() || b.id.localeCompare(a.id)

/** Put messages that were read again into the pages (newest first). What lies before the loaded ones is left out. */
export function upsert(pages: MessagePage[], found: Message[]): MessagePage[] {
  const fresh = new Map(found.map((message) => [message.id, message]))
  const next = pages.map((page) => ({
    ...page,
    rows: page.rows.map((message) => {
      const newer = fresh.get(message.id)
      fresh.delete(message.id)
      return newer ?? message
    }),
  }))
  const oldest = next.at(-1)?.rows.at(-1)
  for (const message of fresh.values()) {
    if (oldest && next.at(-1)?.hasMore && newestFirst(message, oldest) > 0) continue
    const target = next.find((page) => page.rows.some((other) => newestFirst(message, other) < 0)) ?? next.at(-1)
    target?.rows.push(message)
    target?.rows.sort(newestFirst)
  }
  return next
}

/** Everything loaded, oldest first. */
export function inReadingOrder(pages: MessagePage[]): Message[] {
  return pages
    .flatMap((page) => page.rows)
    .toSorted(newestFirst)
    .toReversed()
}

/** What is still on its way: the engine's own row takes over as soon as it is there. */
export function stillOutgoing(outgoing: Outgoing[], messages: Message[]): Outgoing[] {
  const stored = new Set(messages.map((message) => message.id))
  return outgoing.filter((each) => !stored.has(each.id))
}

/** The first of the newest `unread` messages by the lead; null when all are read. */
export function firstUnread(messages: Message[], unread: number): string | null {
  let left = unread
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    const message = messages[index]!
    if (message.direction === 'in' && --left === 0) return message.id
  }
  return null
}

export type ThreadItem =
  | { type: 'day'; key: string; label: string }
  | { type: 'unread'; key: string }
  | { type: 'note'; key: string; message: Message }
  | { type: 'message'; key: string; message: Message; startsGroup: boolean; endsGroup: boolean }

/** Messages with their day separators, in groups of one author within five minutes. Oldest first. */
export function threadItems(messages: Message[], unreadFrom: string | null, now: Date): ThreadItem[] {
  const items: ThreadItem[] = []
  let before: Message | null = null
  let group: (ThreadItem & { type: 'message' }) | null = null
  for (const message of messages) {
    const at = parseTime(message.sent_at)
    if (before === null || !sameDay(parseTime(before.sent_at), at)) {
      items.push({ type: 'day', key: `day-${at.toDateString()}`, label: dayLabel(at, now) })
      group = null
    }
    if (message.id === unreadFrom) {
      items.push({ type: 'unread', key: 'unread' })
      group = null
    }
    if (message.kind === 'system' || message.author === 'system') {
      items.push({ type: 'note', key: message.id, message })
      group = null
    } else {
      const goesOn: boolean =
        group !== null &&
        group.message.author === message.author &&
        group.message.author_id === message.author_id &&
        at.getTime() - parseTime(group.message.sent_at).getTime() < 5 * MINUTE
      if (goesOn && group) group.endsGroup = false
      group = { type: 'message', key: message.id, message, startsGroup: !goesOn, endsGroup: true }
      items.push(group)
    }
    before = message
  }
  return items
}
