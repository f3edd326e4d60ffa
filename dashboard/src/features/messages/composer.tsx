import { BanIcon, Clock3Icon, EyeIcon, LockKeyholeIcon, SendHorizontalIcon, XIcon } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect, useState } from 'react'

import { Button } from '@/components/ui/button'
import { cn } from '@/lib/cn'
import { type Conversation, optedOut, replyWindow } from '@/lib/conversation'
import { keepDraft, readDraft, useOfferedWords, withWords } from '@/lib/drafts'
import { leadName } from '@/lib/people'
import { DAY, dayIn, duration, HOUR, moment } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useWorkspace } from '@/lib/workspace'
import { useResumeChannel } from './api'
import { Summary } from './bodies'
import type { Message } from './message'
import { WordingWarning } from './wording-warning'

const LONGEST = 4096

type ComposerProps = {
  conversation: Conversation
  canWrite: boolean
  box: RefObject<HTMLTextAreaElement | null>
  quoted: Message | null
  quotedName: string
  onUnquote: () => void
  onSend: (text: string) => void
}

export function Composer({ conversation, canWrite, ...writing }: ComposerProps) {
  const now = useNow()
  const { timeZone } = useWorkspace()
  const window = replyWindow(conversation, now)
  if (!canWrite) return <Closed icon={<EyeIcon />}>You can read along here. Viewers do not write to leads.</Closed>
  const no = optedOut(conversation.lead)
  if (no !== null && !no.cameBack) {
    return (
      <Closed icon={<BanIcon />}>
        {leadName(conversation.lead)} asked on {dayIn(timeZone, no.at, now)} not to be written to. If they write again,
        you can answer.
      </Closed>
    )
  }
  if (conversation.channel.paused_reason !== null) {
    return <Paused conversation={conversation} />
  }
  if (!window.open) {
    return (
      <Closed icon={<Clock3Icon />}>
        {window.closedAt === null
          ? 'The lead has not written yet. Until then only an approved template may go out.'
          : `The 24-hour window closed ${moment(window.closedAt, now)}. You can write again as soon as the lead does; until then only an approved template may go out.`}
      </Closed>
    )
  }
  return (
    <Writing
      key={conversation.id}
      conversation={conversation}
      timeLeft={window.closesAt.getTime() - now.getTime()}
      askedOn={no === null ? null : dayIn(timeZone, no.at, now)}
      {...writing}
    />
  )
}

/** WhatsApp made this number stop. Whoever is in charge lets it send again when the cause is gone. */
function Paused({ conversation: { channel } }: { conversation: Conversation }) {
  const resume = useResumeChannel(channel.id)
  const { role } = useWorkspace()
  return (
    <Closed icon={<LockKeyholeIcon />}>
      This number may not send right now: {channel.paused_reason}{' '}
      {(role === 'owner' || role === 'manager') && (
        <button
          type="button"
          disabled={resume.isPending}
          onClick={() => resume.mutate()}
          className="focus-ring rounded font-medium text-primary hover:underline"
        >
          The cause is gone: let it send again
        </button>
      )}
      {resume.isError && (
        <span role="alert" className="block text-destructive">
          {resume.error.message}
        </span>
      )}
    </Closed>
  )
}

function Closed({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className="border-t bg-card px-4 py-4 sm:px-6">
      <p className="flex items-start gap-3 rounded-lg bg-muted px-4 py-3 text-muted-foreground [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0">
        <span aria-hidden>{icon}</span>
        <span>{children}</span>
      </p>
    </div>
  )
}

/** As high as its text, up to a limit. */
function fitHeight(element: HTMLTextAreaElement): void {
  element.style.height = 'auto'
  element.style.height = `${Math.min(element.scrollHeight, 200)}px`
}

type WritingProps = Omit<ComposerProps, 'canWrite'> & {
  timeLeft: number
  /** The day on which a lead who wrote again asked not to be written to. */
  askedOn: string | null
}

function Writing({ conversation, timeLeft, askedOn, box, quoted, quotedName, onUnquote, onSend }: WritingProps) {
  const [text, setText] = useState(() => readDraft(conversation.id))
  const tooLong = text.length > LONGEST
  const empty = text.trim() === ''

  useEffect(() => keepDraft(conversation.id, text), [conversation.id, text])
  useOfferedWords(conversation.id, (words) => {
    setText((begun) => withWords(begun, words))
    box.current?.focus()
  })
  useLayoutEffect(() => {
    if (box.current) fitHeight(box.current)
  }, [box, text])
  useEffect(() => {
    if (quoted) box.current?.focus()
  }, [box, quoted])

  const send = () => {
    if (empty || tooLong) return
    onSend(text.trim())
    setText('')
    box.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault()
      send()
    }
    if (event.key === 'Escape') {
      if (quoted) onUnquote()
      else box.current?.blur()
    }
  }

  return (
    <div className="border-t bg-card px-3 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6">
      {askedOn !== null && (
        <p className="mb-2 flex items-start gap-2 rounded-lg bg-waiting px-3 py-2 text-[13px] text-waiting-foreground">
          <BanIcon className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span>
            {leadName(conversation.lead)} asked on {askedOn} not to be written to, and has written again since. Answer
            what they ask, and nothing more.
          </span>
        </p>
      )}
      {quoted && (
        <div className="mb-2 flex items-start gap-2 rounded-lg border-l-[3px] border-primary bg-muted py-1.5 pr-1.5 pl-3 text-[13px]">
          <span className="min-w-0 flex-1">
            <span className="block font-medium">Replying to {quotedName}</span>
            <Summary message={quoted} />
          </span>
          <Button variant="ghost" size="icon-sm" aria-label="Do not quote" onClick={onUnquote}>
            <XIcon />
          </Button>
        </div>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
        className="flex items-end gap-2 rounded-xl border border-input bg-background p-1.5 transition-shadow focus-within:border-ring focus-within:ring-[3px] focus-within:ring-ring/25"
      >
        <textarea
          ref={box}
          rows={1}
          aria-label="Message"
          aria-describedby="composer-hint"
          placeholder={conversation.mode === 'bot' ? 'Write to step in for the bot' : 'Write a message'}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="max-h-[200px] min-h-9 flex-1 resize-none bg-transparent px-2.5 py-1.5 text-[15px] leading-6 outline-none placeholder:text-muted-foreground"
        />
        <Button type="submit" size="icon" aria-label="Send" disabled={empty || tooLong}>
          <SendHorizontalIcon />
        </Button>
      </form>
      <WordingWarning text={text} />
      <p
        id="composer-hint"
        className="mt-1.5 flex min-h-4 flex-wrap justify-between gap-x-4 px-1 text-xs text-muted-foreground"
      >
        <span className={cn(tooLong && 'font-medium text-destructive')}>
          {tooLong
            ? `${(text.length - LONGEST).toLocaleString()} characters too many for WhatsApp`
            : conversation.mode === 'bot'
              ? 'Sending stops the bot: the conversation is yours then.'
              : 'Enter sends, Shift + Enter starts a new line'}
        </span>
        <span className={cn('tabular-nums', timeLeft < 2 * HOUR && 'font-medium text-waiting-foreground')}>
          {duration(Math.min(timeLeft, DAY - 1))} left to answer freely
        </span>
      </p>
    </div>
  )
}
