import {
  ContactRoundIcon,
  CornerDownRightIcon,
  CircleHelpIcon,
  ShoppingBagIcon,
  SquareArrowOutUpRightIcon,
} from 'lucide-react'

import { type Content, contentOf, summary } from './content'
import { DocumentFile, Picture, Place, Sound, Video } from './media'
import type { Message } from './message'
import { RichText } from './rich-text'
import { VoiceTranscript } from './transcript'

/** What a message holds, by kind. `onDark`: the bubble is dark in both themes. */
export function Body({ message, onDark }: { message: Message; onDark: boolean }) {
  const content = contentOf(message)
  switch (content.type) {
    case 'text':
      return <RichText text={content.text} />
    case 'image':
      return (
        <Captioned caption={content.caption}>
          <Picture messageId={message.id} name={content.caption ?? 'photo'} />
        </Captioned>
      )
    case 'sticker':
      return <Picture messageId={message.id} name="Sticker" sticker />
    case 'video':
      return (
        <Captioned caption={content.caption}>
          <Video messageId={message.id} name={content.caption ?? 'video'} />
        </Captioned>
      )
    case 'audio':
      return (
        <>
          <Sound messageId={message.id} voice={content.voice} onDark={onDark} />
          {message.transcript && <VoiceTranscript transcript={message.transcript} />}
        </>
      )
    case 'document':
      return (
        <Captioned caption={content.caption === content.filename ? null : content.caption}>
          <DocumentFile messageId={message.id} filename={content.filename} format={content.format} />
        </Captioned>
      )
    case 'location':
      return <Place {...content} />
    case 'contacts':
      return <Contacts content={content} />
    case 'choice':
      return (
        <span className="flex items-start gap-2">
          <CornerDownRightIcon className="mt-0.5 size-4 shrink-0 opacity-60" aria-label="Chose" />
          <span>
            <span className="font-medium">{content.title}</span>
            {content.description && <span className="block text-[13px] opacity-80">{content.description}</span>}
          </span>
        </span>
      )
    case 'form':
      return <Form answers={content.answers} />
    case 'question':
      return <Question content={content} />
    case 'order':
      return <Order content={content} />
    case 'reaction':
      return (
        <span className="opacity-90">{content.emoji ? `Reacted with ${content.emoji}` : 'Took a reaction back'}</span>
      )
    case 'note':
      return <span>{content.text}</span>
    case 'unsupported':
      return (
        <span className="flex max-w-80 items-start gap-2 italic opacity-85">
          <CircleHelpIcon className="mt-0.5 size-4 shrink-0" aria-hidden />
          {content.text}
        </span>
      )
  }
}

/** One line in place of a message. */
export function Summary({ message }: { message: Message }) {
  return <span className="line-clamp-2 [overflow-wrap:anywhere]">{summary(message)}</span>
}

function Captioned({ caption, children }: { caption: string | null; children: React.ReactNode }) {
  return (
    <span className="flex flex-col gap-1.5">
      {children}
      {caption && <RichText text={caption} />}
    </span>
  )
}

function Contacts({ content }: { content: Content & { type: 'contacts' } }) {
  return (
    <ul aria-label="Shared contacts" className="flex w-64 max-w-full flex-col gap-2">
      {content.contacts.map((contact) => (
        <li
          key={contact.name + contact.phones.join()}
          className="flex items-start gap-3 rounded-lg bg-foreground/6 px-3 py-2.5"
        >
          <ContactRoundIcon className="mt-0.5 size-5 shrink-0 opacity-70" aria-hidden />
          <span className="min-w-0">
            <span className="block font-medium">{contact.name}</span>
            {contact.company && <span className="block text-xs opacity-80">{contact.company}</span>}
            {contact.phones.map((phone) => (
              <a
                key={phone}
                href={`tel:${phone.replaceAll(' ', '')}`}
                className="focus-ring block rounded-sm text-[13px] underline underline-offset-2"
              >
                {phone}
              </a>
            ))}
            {contact.emails.map((email) => (
              <a
                key={email}
                href={`mailto:${email}`}
                className="focus-ring block truncate rounded-sm text-[13px] underline underline-offset-2"
              >
                {email}
              </a>
            ))}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Form({ answers }: { answers: [string, string][] }) {
  if (answers.length === 0) return <span>Sent a filled-in form.</span>
  return (
    <span className="flex flex-col gap-1">
      <span className="text-[13px] opacity-80">Filled-in form</span>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5">
        {answers.map(([name, answer]) => (
          <div key={name} className="contents">
            <dt className="opacity-80 first-letter:uppercase">{name}</dt>
            <dd className="font-medium">{answer}</dd>
          </div>
        ))}
      </dl>
    </span>
  )
}

function Question({ content }: { content: Content & { type: 'question' } }) {
  return (
    <span className="flex flex-col gap-2">
      <RichText text={content.text} />
      {content.footer && <span className="text-xs opacity-75">{content.footer}</span>}
      {content.options.length > 0 && (
        <ul aria-label="Offered choices" className="flex flex-wrap gap-1.5">
          {content.options.map((option) => (
            <li
              key={option}
              className="flex items-center gap-1 rounded-full border border-current/25 px-2.5 py-0.5 text-[13px]"
            >
              {option}
              {content.link && <SquareArrowOutUpRightIcon className="size-3 opacity-70" aria-hidden />}
            </li>
          ))}
        </ul>
      )}
    </span>
  )
}

function Order({ content }: { content: Content & { type: 'order' } }) {
  return (
    <span className="flex w-64 max-w-full flex-col gap-1.5">
      <span className="flex items-center gap-2 font-medium">
        <ShoppingBagIcon className="size-4 opacity-70" aria-hidden /> Order
      </span>
      <ul className="flex flex-col gap-1">
        {content.lines.map((line) => (
          <li key={line.product} className="flex justify-between gap-3 text-[13px]">
            <span>
              {line.quantity} × {line.product}
            </span>
            {line.price && <span className="tabular-nums">{line.price}</span>}
          </li>
        ))}
      </ul>
      {content.note && <RichText text={content.note} />}
    </span>
  )
}
