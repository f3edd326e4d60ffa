import { Link } from '@tanstack/react-router'
import { BanIcon, BotIcon, HandIcon, SendHorizontalIcon, UserRoundIcon } from 'lucide-react'
import { memo } from 'react'

import { Avatar } from '@/components/ui/avatar'
import { cn } from '@/lib/cn'
import { leadName } from '@/lib/people'
import { duration, fullTime, listTime, parseTime } from '@/lib/time'
import type { ConversationRow as Row } from './placing'

export const ROW_HEIGHT = 88

type Props = {
  conversation: Row
  isOpen: boolean
  tabIndex: number
  /** Who answers as a person, by first name; null when the bot does. */
  personName: string | null
  now: Date
  onOpened: () => void
}

export const ConversationRow = memo(function ConversationRow({
  conversation,
  isOpen,
  tabIndex,
  personName,
  now,
  onOpened,
}: Props) {
  const { lead, unread_count: unread } = conversation
  const name = leadName(lead)
  const at = parseTime(conversation.last_message_at)
  const waiting = conversation.waiting_for_person_since
  const proposed = conversation.approval_waiting_since
  return (
    <Link
      to="/inbox/$conversationId"
      params={{ conversationId: conversation.id }}
      search={(before) => ({ ...before, panel: undefined })}
      tabIndex={tabIndex}
      aria-current={isOpen ? 'page' : undefined}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onOpened()
      }}
      className={cn(
        'focus-inset relative flex h-full items-start gap-3 px-4 py-3 transition-colors hover:bg-accent/60',
        isOpen && 'bg-accent hover:bg-accent',
      )}
    >
      {isOpen && <span aria-hidden className="absolute inset-y-3 left-0 w-[3px] rounded-r-full bg-primary" />}
      <Avatar name={name} seed={lead.id} className="mt-0.5" />
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex items-baseline gap-2">
          <span className={cn('min-w-0 flex-1 truncate text-[15px]', unread > 0 ? 'font-semibold' : 'font-medium')}>
            {name}
          </span>
          <time
            dateTime={at.toISOString()}
            title={fullTime(at)}
            className={cn(
              'shrink-0 text-xs tabular-nums',
              unread > 0 ? 'font-semibold text-primary' : 'text-muted-foreground',
            )}
          >
            {listTime(at, now)}
          </time>
        </span>
        <span className="flex items-center gap-2">
          <span
            className={cn(
              'min-w-0 flex-1 truncate text-[13px]',
              unread > 0 ? 'text-foreground' : 'text-muted-foreground',
            )}
          >
            {conversation.last_message_preview || 'No messages yet'}
          </span>
          {unread > 0 && (
            <span className="flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-primary px-1.5 text-[11px] font-semibold text-primary-foreground tabular-nums">
              {unread > 99 ? '99+' : unread}
              <span className="sr-only"> unread</span>
            </span>
          )}
        </span>
        <span className="mt-0.5 flex min-w-0 items-center gap-1.5 text-xs text-muted-foreground [&_svg]:size-3.5 [&_svg]:shrink-0">
          {waiting !== null ? (
            <span className="flex min-w-0 items-center gap-1 rounded-full bg-waiting px-2 py-px font-medium text-waiting-foreground">
              <HandIcon aria-hidden />
              <span className="sr-only">Waiting for a person: </span>
              <span className="truncate first-letter:uppercase">{conversation.waiting_reason}</span>
              <span className="shrink-0 font-normal tabular-nums">
                · {duration(now.getTime() - parseTime(waiting).getTime())}
              </span>
            </span>
          ) : proposed !== null ? (
            <span className="flex min-w-0 items-center gap-1 rounded-full bg-waiting px-2 py-px font-medium text-waiting-foreground">
              <SendHorizontalIcon aria-hidden />
              <span className="truncate">An answer needs your click</span>
              <span className="shrink-0 font-normal tabular-nums">
                · {duration(now.getTime() - parseTime(proposed).getTime())}
              </span>
            </span>
          ) : lead.opted_out_at !== null ? (
            <>
              <BanIcon aria-hidden /> Asked not to be written to
            </>
          ) : personName !== null ? (
            <>
              <UserRoundIcon aria-hidden /> {personName === 'You' ? 'You are answering' : `${personName} is answering`}
            </>
          ) : (
            <>
              <BotIcon aria-hidden /> Bot
            </>
          )}
          {lead.score !== null && (
            <span
              title={`Score ${lead.score} of 100`}
              className="ml-auto shrink-0 rounded bg-muted px-1.5 text-[11px] font-medium tabular-nums"
            >
              <span className="sr-only">Score </span>
              {lead.score}
            </span>
          )}
        </span>
      </span>
    </Link>
  )
})
