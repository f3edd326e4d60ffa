import { CalendarIcon, HandIcon, QuoteIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { type Conversation, useConversation } from '@/lib/conversation'
import { readableValue } from '@/lib/field-value'
import { languageName } from '@/lib/language'
import { useUserId } from '@/lib/session'
import { clockTime, parseTime, sameDay, upcomingDay } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useCanWrite, useMemberNames } from '@/lib/workspace'
import { type Handover, useAnswerOffer, useHandover, useSayHere } from './api'

/** What whoever takes a waiting conversation should know, and who is asked to. Nothing while nobody is waited for. */
export function HandoverCard({ conversationId }: { conversationId: string }) {
  const me = useUserId()
  const canWrite = useCanWrite()
  const conversation = useConversation(conversationId).data
  const handover = useHandover(conversationId)
  useSayHere(conversationId, canWrite && conversation?.mode === 'human' && conversation.assigned_to === me)
  if (!handover.data || !conversation || conversation.waiting_for_person_since === null) return null
  return <Card handover={handover.data} conversation={conversation} me={me} canWrite={canWrite} />
}

type CardProps = { handover: Handover; conversation: Conversation; me: string; canWrite: boolean }

function Card({ handover, conversation, me, canWrite }: CardProps) {
  const answer = useAnswerOffer(conversation.id)
  const { summary } = handover
  const mine = handover.offered_to === me
  const facts = [
    summary.stage.replaceAll('_', ' '),
    ...(summary.score === null ? [] : [`score ${summary.score}`]),
    ...(summary.sentiment ? [summary.sentiment] : []),
    languageName(summary.language),
  ]
  return (
    <section aria-label="Hand-over" className="max-h-[45%] shrink-0 overflow-y-auto border-b bg-card px-4 py-3 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="flex min-w-0 flex-1 basis-48 items-center gap-2">
          <HandIcon className={mine ? 'size-4 shrink-0 text-primary' : 'size-4 shrink-0'} aria-hidden />
          <span className={mine ? 'font-semibold' : ''}>
            <WhoIsAsked handover={handover} mine={mine} />
          </span>
        </p>
        {canWrite && (
          <div className="flex gap-2">
            <Button
              size="sm"
              disabled={answer.isPending}
              onClick={() => answer.mutate({ handoverId: handover.id, answer: 'take' })}
            >
              Take it
            </Button>
            {mine && (
              <Button
                size="sm"
                variant="outline"
                disabled={answer.isPending}
                onClick={() => answer.mutate({ handoverId: handover.id, answer: 'pass' })}
              >
                Not me
              </Button>
            )}
          </div>
        )}
      </div>
      {answer.isError && (
        <p role="alert" className="mt-2 text-[13px] text-destructive">
          {answer.error.message}
        </p>
      )}
      {handover.question && (
        <blockquote className="mt-3 flex gap-2 rounded-lg bg-muted px-3 py-2">
          <QuoteIcon className="mt-0.5 size-3.5 shrink-0 text-muted-foreground" aria-label="They asked" />
          <p className="line-clamp-4 min-w-0 whitespace-pre-line [overflow-wrap:anywhere]">{handover.question}</p>
        </blockquote>
      )}
      <p className="mt-3 flex flex-wrap gap-1.5">
        {facts.map((fact) => (
          <Badge key={fact} className="first-letter:uppercase">
            {fact}
          </Badge>
        ))}
      </p>
      <dl className="mt-3 grid grid-cols-1 gap-x-6 gap-y-1.5 text-[13px] sm:grid-cols-2">
        {summary.fields.map(({ name, value, said }) => (
          <Fact key={name} name={name.replaceAll('_', ' ')}>
            {readableValue(value)}
            {said && said !== readableValue(value) && <q className="ml-1.5 text-muted-foreground">{said}</q>}
          </Fact>
        ))}
        {summary.meeting && (
          <Fact name="Next meeting">
            <CalendarIcon className="mr-1 inline size-3.5 align-[-2px] text-primary" aria-hidden />
            <MeetingTime startsAt={summary.meeting.starts_at} />
            {summary.meeting.agent && `, ${summary.meeting.agent}`}
          </Fact>
        )}
        {summary.promised && (
          <Fact name="They were told" wide>
            {summary.promised}
          </Fact>
        )}
      </dl>
    </section>
  )
}

function WhoIsAsked({ handover, mine }: { handover: Handover; mine: boolean }) {
  const nameOf = useMemberNames()
  if (handover.state === 'everybody') {
    return handover.somebody_at === null ? (
      'Nobody has taken it: open to everybody'
    ) : (
      <>
        Nobody is at work: open to everybody, asked again <Moment at={handover.somebody_at} />
      </>
    )
  }
  return (
    <>
      {mine ? 'Offered to you' : `Offered to ${nameOf(handover.offered_to)}`}
      {handover.deadline_at !== null && (
        <span className="font-normal text-muted-foreground">
          , <Moment at={handover.deadline_at} /> it goes to the next
        </span>
      )}
    </>
  )
}

/** "at 09:41", and the day when it is not today. */
function Moment({ at }: { at: string }) {
  const now = useNow()
  const moment = parseTime(at)
  if (sameDay(moment, now)) return `at ${clockTime(moment)}`
  const day = upcomingDay(moment, now)
  return `${day === 'Tomorrow' ? 'tomorrow' : day} at ${clockTime(moment)}`
}

function MeetingTime({ startsAt }: { startsAt: string }) {
  const now = useNow()
  const moment = parseTime(startsAt)
  return `${upcomingDay(moment, now)}, ${clockTime(moment)}`
}

function Fact({ name, wide = false, children }: { name: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? 'min-w-0 sm:col-span-2' : 'min-w-0'}>
      <dt className="inline text-muted-foreground first-letter:uppercase after:content-[':_']">{name}</dt>
      <dd className="inline [overflow-wrap:anywhere]">{children}</dd>
    </div>
  )
}
