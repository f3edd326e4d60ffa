import { AlarmClockIcon, CheckIcon, CopyIcon, PencilLineIcon, QuoteIcon } from 'lucide-react'
import { useState } from 'react'

import { Button } from '@/components/ui/button'
import { type Conversation, replyWindow, useConversation } from '@/lib/conversation'
import { offerWords } from '@/lib/drafts'
import { inSentence } from '@/lib/people'
import { justWoke, type Snooze, useSnooze, whatTheyAsked } from '@/lib/snooze'
import { useNow } from '@/lib/use-now'
import { useCanWrite, useMemberNames, useWorkspace } from '@/lib/workspace'

/** Why a lead whose day has come is there, in its own words, and what to begin with. Nothing once somebody wrote. */
export function WakingCard({ conversationId }: { conversationId: string }) {
  const conversation = useConversation(conversationId).data
  return conversation ? <Woken conversation={conversation} /> : null
}

function Woken({ conversation }: { conversation: Conversation }) {
  const why = useSnooze(conversation.lead.id, conversation.id).data?.why
  if (!why || !justWoke(why, conversation.last_message_at)) return null
  return <Card conversation={conversation} why={why} />
}

function Card({ conversation, why }: { conversation: Conversation; why: Snooze }) {
  const { timeZone } = useWorkspace()
  const nameOf = useMemberNames()
  const now = useNow()
  const canWrite = useCanWrite()
  const asked = whatTheyAsked(why, timeZone, now)
  return (
    <section
      aria-label="Awake again"
      className="max-h-[45%] shrink-0 overflow-y-auto border-b bg-card px-4 py-3 sm:px-6"
    >
      <p className="flex min-w-0 items-start gap-2">
        <AlarmClockIcon className="mt-0.5 size-4 shrink-0" aria-hidden />
        <span className="min-w-0">
          <span className="font-medium">{asked ?? 'The day until which they were left alone has come'}</span>
          {why.set_by === 'person' && (
            <span className="text-muted-foreground">
              {asked === null ? ', ' : '. The day was '}chosen by {inSentence(nameOf(why.person_id))}
            </span>
          )}
        </span>
      </p>
      {why.said && (
        <blockquote className="mt-2 flex gap-2 rounded-lg bg-muted px-3 py-2">
          <QuoteIcon className="mt-0.5 size-3.5 shrink-0 text-muted-foreground" aria-label="They wrote" />
          <p className="line-clamp-4 min-w-0 whitespace-pre-line [overflow-wrap:anywhere]">{why.said}</p>
        </blockquote>
      )}
      {why.first_line && canWrite && <FirstLine conversation={conversation} line={why.first_line} />}
    </section>
  )
}

function FirstLine({ conversation, line }: { conversation: Conversation; line: string }) {
  const open = replyWindow(conversation, useNow()).open
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2">
      <p className="min-w-0 flex-1 basis-64">
        <span className="text-muted-foreground">To begin with: </span>
        {line}
        {!open && (
          <span className="mt-0.5 block text-[13px] text-muted-foreground">
            Here only an approved template may go first. Copy it to write from the WhatsApp app on your phone.
          </span>
        )}
      </p>
      {open ? (
        <Button size="sm" variant="outline" onClick={() => offerWords(conversation.id, line)}>
          <PencilLineIcon />
          Use it
        </Button>
      ) : (
        <CopyButton text={line} />
      )}
    </div>
  )
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <Button size="sm" variant="outline" onClick={() => void copy()}>
      {copied ? <CheckIcon /> : <CopyIcon />}
      {copied ? 'Copied' : 'Copy it'}
    </Button>
  )
}
