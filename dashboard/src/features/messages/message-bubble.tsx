import {
  BanIcon,
  CheckCheckIcon,
  CheckIcon,
  CircleAlertIcon,
  Clock3Icon,
  ForwardIcon,
  MicIcon,
  ReplyIcon,
} from 'lucide-react'
import { memo } from 'react'

import { cn } from '@/lib/cn'
import { clockTime, fullTime, parseTime } from '@/lib/time'
import { useQuoted } from './api'
import { Body, Summary } from './bodies'
import { forwardedMark } from './content'
import type { Message } from './message'
import { type Tick, tickOf, whyNot } from './ticks'
import { Why } from './why'

type Props = {
  conversationId: string
  message: Message
  startsGroup: boolean
  endsGroup: boolean
  /** Who wrote it, as shown above a group. */
  authorName: string
  /** The quoted message when it is loaded. */
  quoted: Message | undefined
  highlighted: boolean
  canWrite: boolean
  nameOf: (message: Message) => string
  onJump: (message: Message) => void
  onReply: (message: Message) => void
}

const BUBBLES: Record<Message['author'], string> = {
  lead: 'bg-bubble-lead shadow-[0_1px_1px_oklch(0_0_0/0.05)]',
  bot: 'bg-bubble-bot',
  person: 'bg-bubble-person text-bubble-person-foreground',
  app: 'bg-bubble-person text-bubble-person-foreground',
  campaign: 'bg-bubble-campaign',
  system: 'bg-muted',
}

export const MessageBubble = memo(function MessageBubble(props: Props) {
  const { message, startsGroup, endsGroup, authorName, highlighted, canWrite, onReply } = props
  const ours = message.direction === 'out'
  const onDark = message.author === 'person' || message.author === 'app'
  const problem = whyNot(message)
  const deleted = message.deleted_at !== null
  const forwarded = deleted ? null : forwardedMark(message)
  const reactions = [message.lead_reaction, message.our_reaction].filter((emoji) => emoji !== null && emoji !== '')
  return (
    <div
      id={`message-${message.id}`}
      className={cn(
        'group flex flex-col px-4 sm:px-6',
        ours ? 'items-end' : 'items-start',
        startsGroup ? 'pt-3' : 'pt-0.5',
        reactions.length > 0 && 'pb-3.5',
      )}
    >
      {startsGroup && (
        <p className={cn('mx-1 mb-1 text-xs text-muted-foreground', message.author === 'lead' && 'sr-only')}>
          {authorName}
        </p>
      )}
      <div className={cn('flex max-w-[min(92%,36rem)] items-center gap-1', ours && 'flex-row-reverse')}>
        <div
          className={cn(
            'relative flow-root min-w-0 rounded-2xl text-[15px] leading-snug transition-shadow',
            message.kind === 'sticker' && !deleted ? 'py-1' : cn('px-3.5 py-2', BUBBLES[message.author]),
            ours ? endsGroup && 'rounded-br-md' : endsGroup && 'rounded-bl-md',
            problem !== null && 'ring-1 ring-destructive/60',
            highlighted && 'ring-[3px] ring-ring',
          )}
        >
          {forwarded && (
            <p className="mb-0.5 flex items-center gap-1 text-xs italic opacity-80">
              <ForwardIcon className="size-3" aria-hidden /> {forwarded}
            </p>
          )}
          {message.context_wamid !== null && !deleted && <Quote {...props} onDark={onDark} />}
          {deleted ? (
            <span className="flex items-center gap-1.5 italic opacity-75">
              <BanIcon className="size-3.5" aria-hidden />{' '}
              {ours ? 'This message was deleted' : 'The lead deleted this message'}
            </span>
          ) : (
            <Body message={message} onDark={onDark} />
          )}
          <Footer message={message} onDark={onDark} deleted={deleted} />
          {reactions.length > 0 && (
            <span className="absolute -bottom-3.5 left-3 flex gap-0.5 rounded-full border bg-popover px-1.5 py-px text-sm text-popover-foreground shadow-sm">
              {message.lead_reaction && (
                <span role="img" aria-label={`The lead reacted with ${message.lead_reaction}`}>
                  {message.lead_reaction}
                </span>
              )}
              {message.our_reaction && (
                <span role="img" aria-label={`We reacted with ${message.our_reaction}`}>
                  {message.our_reaction}
                </span>
              )}
            </span>
          )}
        </div>
        {canWrite && message.wamid !== null && !deleted && (
          <button
            type="button"
            onClick={() => onReply(message)}
            aria-label={`Reply to: ${(message.body ?? message.kind).slice(0, 60)}`}
            className="focus-ring shrink-0 rounded-full p-1.5 text-muted-foreground opacity-0 transition-opacity group-hover:opacity-100 hover:bg-accent focus-visible:opacity-100 pointer-coarse:opacity-70"
          >
            <ReplyIcon className="size-4" />
          </button>
        )}
      </div>
      {problem !== null && (
        <p className="mx-1 mt-1 flex max-w-[36rem] items-start gap-1.5 text-[13px] text-destructive">
          <CircleAlertIcon className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          <span>
            {message.status === 'failed' ? 'Not delivered. ' : 'Not sent. '}
            {problem}
          </span>
        </p>
      )}
    </div>
  )
})

function Footer({ message, onDark, deleted }: { message: Message; onDark: boolean; deleted: boolean }) {
  const at = parseTime(message.sent_at)
  const tick = tickOf(message)
  const waits = message.status === 'sending' && message.reason !== null ? { label: message.reason } : {}
  return (
    <span
      className={cn(
        'float-right mt-1.5 -mb-0.5 ml-3 flex items-center gap-1.5 text-[11px] leading-4',
        onDark ? 'text-white/85' : 'text-muted-foreground',
      )}
    >
      {message.author === 'bot' && message.turn_id !== null && <Why turnId={message.turn_id} />}
      {message.edited_at !== null && !deleted && <span title={fullTime(parseTime(message.edited_at))}>edited</span>}
      <time dateTime={at.toISOString()} title={fullTime(at)} className="tabular-nums">
        {clockTime(at)}
      </time>
      {tick && <TickSign tick={{ ...tick, ...waits }} onDark={onDark} />}
    </span>
  )
}

const SIGNS = {
  clock: Clock3Icon,
  check: CheckIcon,
  checks: CheckCheckIcon,
  played: MicIcon,
  problem: CircleAlertIcon,
  blocked: BanIcon,
}

export function TickSign({ tick, onDark }: { tick: Tick; onDark: boolean }) {
  const Sign = SIGNS[tick.sign]
  return (
    <span role="img" aria-label={tick.label} title={tick.label} className="inline-flex">
      <Sign
        aria-hidden
        className={cn(
          'size-3.5',
          tick.seen && (onDark ? 'text-[oklch(0.86_0.11_215)]' : 'text-tick-read'),
          (tick.sign === 'problem' || tick.sign === 'blocked') && !onDark && 'text-destructive',
        )}
      />
    </span>
  )
}

function Quote({ conversationId, message, quoted, nameOf, onJump, onDark }: Props & { onDark: boolean }) {
  const read = useQuoted(
    conversationId,
    message.context_wamid ?? '',
    quoted === undefined && message.context_wamid !== null,
  )
  const shown = quoted ?? read.data ?? null
  const look = cn(
    'mb-1.5 block w-full rounded-lg border-l-[3px] px-2.5 py-1.5 text-left text-[13px] leading-snug',
    onDark ? 'border-white/60 bg-white/12' : 'border-primary/60 bg-foreground/5',
  )
  if (!shown) {
    return (
      <span className={cn(look, 'italic opacity-80')}>
        {read.isFetching ? 'Looking for the quoted message…' : 'A message that is not here any more'}
      </span>
    )
  }
  return (
    <button type="button" onClick={() => onJump(shown)} className={cn('focus-ring', look)}>
      <span className="sr-only">In reply to </span>
      <span className="block font-medium">{nameOf(shown)}</span>
      <Summary message={shown} />
    </button>
  )
}
