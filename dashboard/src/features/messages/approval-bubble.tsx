import { HandIcon, PencilIcon, SendHorizontalIcon, Trash2Icon } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { type Approval, useDecide } from './approvals'
import { Body } from './bodies'
import type { Message } from './message'
import { Why } from './why'
import { WordingWarning } from './wording-warning'

const REASONS = ['Not right', 'Not how we say it', 'I will answer myself']

/** What the bot proposes to say: nobody but us sees it until a person sends it. */
export function ApprovalBubble({ approval, canWrite }: { approval: Approval; canWrite: boolean }) {
  const [doing, setDoing] = useState<'reading' | 'editing' | 'discarding'>('reading')
  const { approve, discard } = useDecide(approval)
  const now = useNow()
  const box = useRef<HTMLElement>(null)
  const busy = approve.isPending || discard.isPending
  const problem = approve.error ?? discard.error
  const back = () => {
    setDoing('reading')
    box.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || doing === 'reading') return
    event.stopPropagation()
    back()
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape leaves what was begun in it
    <section
      ref={box}
      tabIndex={-1}
      aria-label="The bot proposes an answer"
      onKeyDown={onKeyDown}
      className="mx-4 mt-4 flex max-w-[36rem] flex-col gap-3 self-end rounded-2xl border-2 border-dashed border-primary/50 bg-card p-3.5 outline-none sm:mx-6"
    >
      <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-[13px] text-muted-foreground">
        <HandIcon className="size-4 shrink-0 text-primary" aria-hidden />
        <span>
          <span className="font-medium text-foreground">The bot proposes</span>{' '}
          {moment(parseTime(approval.created_at), now)}. The lead has not got it.
        </span>
        {approval.turn_id !== null && <Why turnId={approval.turn_id} />}
      </p>
      {doing === 'editing' ? (
        <Editing words={approval.body} busy={busy} onSend={(text) => approve.mutate(text)} onCancel={back} />
      ) : (
        <div className="w-fit max-w-full rounded-2xl bg-bubble-bot px-3.5 py-2 text-[15px] leading-snug">
          <Body message={asMessage(approval)} onDark={false} />
        </div>
      )}
      {doing === 'discarding' && (
        <Discarding busy={busy} onDiscard={(reason) => discard.mutate(reason)} onCancel={back} />
      )}
      {doing === 'reading' && canWrite && (
        <div className="flex flex-wrap gap-2">
          <Button size="sm" disabled={busy} onClick={() => approve.mutate(null)}>
            <SendHorizontalIcon /> Send
          </Button>
          {approval.kind !== 'template' && (
            <Button size="sm" variant="outline" disabled={busy} onClick={() => setDoing('editing')}>
              <PencilIcon /> Edit
            </Button>
          )}
          <Button size="sm" variant="ghost" disabled={busy} onClick={() => setDoing('discarding')}>
            <Trash2Icon /> Discard
          </Button>
        </div>
      )}
      {problem && (
        <p role="alert" className="text-[13px] text-destructive">
          {problem.message}
        </p>
      )}
    </section>
  )
}

type EditingProps = { words: string; busy: boolean; onSend: (text: string | null) => void; onCancel: () => void }

function Editing({ words, busy, onSend, onCancel }: EditingProps) {
  const [text, setText] = useState(words)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onSend(text.trim() === words.trim() ? null : text.trim())
      }}
      className="flex flex-col gap-2"
    >
      <textarea
        ref={field}
        aria-label="The answer in your words"
        rows={4}
        maxLength={4096}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="focus-ring w-full resize-y rounded-lg border border-input bg-background px-3 py-2 text-[15px] leading-6 sm:min-w-96"
      />
      <WordingWarning text={text} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="sm" disabled={busy || text.trim() === ''}>
          <SendHorizontalIcon /> Send in these words
        </Button>
        <Button type="button" size="sm" variant="ghost" disabled={busy} onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

type DiscardingProps = { busy: boolean; onDiscard: (reason: string) => void; onCancel: () => void }

function Discarding({ busy, onDiscard, onCancel }: DiscardingProps) {
  const id = useId()
  const [reason, setReason] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onDiscard(reason.trim())
      }}
      className="flex flex-col gap-2"
    >
      <label htmlFor={id} className="text-[13px] font-medium">
        Why is it not sent?
      </label>
      <Input
        id={id}
        ref={field}
        list={`${id}-reasons`}
        maxLength={300}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <datalist id={`${id}-reasons`}>
        {REASONS.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="sm" variant="secondary" disabled={busy || reason.trim() === ''}>
          <Trash2Icon /> Discard
        </Button>
        <Button type="button" size="sm" variant="ghost" disabled={busy} onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

/** It is shown as the message that it would become. */
function asMessage(approval: Approval): Message {
  return {
    id: approval.id,
    turn_id: approval.turn_id,
    direction: 'out',
    author: 'bot',
    author_id: null,
    kind: approval.kind,
    body: approval.body,
    content: approval.content,
    wamid: null,
    context_wamid: null,
    status: 'sending',
    error_code: null,
    reason: null,
    gate: null,
    lead_reaction: null,
    our_reaction: null,
    sent_at: approval.created_at,
    edited_at: null,
    deleted_at: null,
    transcript: null,
  }
}
