import { ArrowLeftIcon, BotIcon, HandIcon, PanelRightIcon, UserRoundIcon } from 'lucide-react'

import { Avatar } from '@/components/ui/avatar'
import { Button } from '@/components/ui/button'
import { Tooltip } from '@/components/ui/tooltip'
import { cn } from '@/lib/cn'
import type { Conversation } from '@/lib/conversation'
import { leadName } from '@/lib/people'
import { duration, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'

type ThreadHeaderProps = {
  conversation: Conversation
  me: string
  canWrite: boolean
  /** The name of whoever took over. */
  personName: string
  busy: boolean
  problem: string | null
  panelShown: boolean
  onWho: (who: 'me' | 'bot') => void
  onBack: () => void
  onPanel: () => void
}

export function ThreadHeader(props: ThreadHeaderProps) {
  const { conversation, me, canWrite, personName, busy, problem, panelShown, onWho, onBack, onPanel } = props
  const { lead } = conversation
  const name = leadName(lead)
  const now = useNow()
  const mine = conversation.mode === 'human' && conversation.assigned_to === me
  const waiting = conversation.waiting_for_person_since
  const nobody = conversation.mode === 'human' && conversation.assigned_to === null && waiting !== null
  const state =
    conversation.mode === 'bot'
      ? 'The bot is answering'
      : nobody
        ? 'Nobody is answering yet'
        : `${personName} ${mine ? 'are' : 'is'} answering`
  return (
    <header className="border-b bg-card">
      <div className="flex min-h-16 items-center gap-3 px-3 py-2 sm:px-6">
        <Button
          variant="ghost"
          size="icon"
          aria-label="Back to the inbox"
          onClick={onBack}
          className="-mr-1 -ml-1 md:hidden"
        >
          <ArrowLeftIcon />
        </Button>
        <Avatar name={name} seed={lead.id} className="hidden sm:inline-flex" />
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-base leading-tight font-semibold">{name}</h2>
          <p aria-live="polite" className="flex items-center gap-1.5 truncate text-[13px] text-muted-foreground">
            {conversation.mode === 'bot' ? (
              <BotIcon className="size-3.5 shrink-0" aria-hidden />
            ) : (
              <UserRoundIcon className={cn('size-3.5 shrink-0', mine && 'text-primary')} aria-hidden />
            )}
            <span className={cn('truncate', mine && 'font-medium text-primary')}>{state}</span>
          </p>
        </div>
        {canWrite &&
          (mine ? (
            <Button variant="outline" size="sm" disabled={busy} onClick={() => onWho('bot')}>
              <BotIcon />
              <span>
                Hand back<span className="max-lg:sr-only"> to the bot</span>
              </span>
            </Button>
          ) : (
            <Button
              size="sm"
              variant={conversation.mode === 'bot' || nobody ? 'default' : 'outline'}
              disabled={busy}
              onClick={() => onWho('me')}
            >
              <HandIcon /> Take over
            </Button>
          ))}
        <Tooltip hint="About this lead (P)">
          <Button
            variant="ghost"
            size="icon"
            aria-label="About this lead"
            aria-pressed={panelShown}
            onClick={onPanel}
            className={cn(panelShown && 'xl:bg-accent xl:text-accent-foreground')}
          >
            <PanelRightIcon />
          </Button>
        </Tooltip>
      </div>
      {problem !== null && (
        <p role="alert" className="border-t bg-destructive/10 px-6 py-2 text-[13px] text-destructive">
          {problem}
        </p>
      )}
      {waiting !== null && (
        <p className="flex items-center gap-2 bg-waiting px-4 py-2 text-[13px] text-waiting-foreground sm:px-6">
          <HandIcon className="size-4 shrink-0" aria-hidden />
          <span>
            <span className="font-medium">Waiting for a person</span>: {conversation.waiting_reason} ·{' '}
            {duration(now.getTime() - parseTime(waiting).getTime())}
          </span>
        </p>
      )}
    </header>
  )
}
