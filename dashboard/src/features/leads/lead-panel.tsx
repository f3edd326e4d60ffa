import type { ReactNode } from 'react'

import { RetryNotice } from '@/components/notices'
import { Avatar } from '@/components/ui/avatar'
import { Badge } from '@/components/ui/badge'
import { Skeleton } from '@/components/ui/skeleton'
import { type Conversation, useConversation } from '@/lib/conversation'
import { languageName } from '@/lib/language'
import { leadName, readablePhone } from '@/lib/people'
import { parseTime, shortDate, timeIn } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useMemberNames } from '@/lib/workspace'
import { useAboutLead } from './api'
import { Asleep } from './asleep'
import { ConsentState } from './consent'
import { Fields } from './fields'
import { Meetings } from './meetings'
import { Score } from './score'

type LeadPanelProps = {
  conversationId: string
  /** A message is about to be shown in the thread: whatever lies over it makes way. */
  onJump?: () => void
}

/** Who the lead is, what they told us, and what was agreed. */
export function LeadPanel({ conversationId, onJump = nothing }: LeadPanelProps) {
  const conversation = useConversation(conversationId)
  if (conversation.isPending) return <PanelSkeleton />
  if (conversation.isError) return <RetryNotice what="lead" onRetry={() => void conversation.refetch()} />
  if (conversation.data === null) return null
  return <Panel conversation={conversation.data} onJump={onJump} />
}

const nothing = () => {}

function Panel({ conversation, onJump }: { conversation: Conversation; onJump: () => void }) {
  const { lead } = conversation
  const nameOf = useMemberNames()
  const name = leadName(lead)
  return (
    <div className="flex flex-col divide-y">
      <div className="flex flex-col items-center gap-1 px-6 pt-8 pb-6 text-center">
        <Avatar name={name} seed={lead.id} className="size-16 text-lg" />
        <h2 className="mt-2 text-lg font-semibold tracking-tight text-balance">{name}</h2>
        {lead.phone ? (
          <a
            href={`tel:${lead.phone}`}
            className="focus-ring rounded text-muted-foreground tabular-nums hover:text-foreground"
          >
            {readablePhone(lead.phone)}
          </a>
        ) : (
          <p className="text-muted-foreground">Number hidden by WhatsApp</p>
        )}
        {lead.email && (
          <a
            href={`mailto:${lead.email}`}
            className="focus-ring max-w-full truncate rounded text-muted-foreground hover:text-foreground"
          >
            {lead.email}
          </a>
        )}
        <div className="mt-3 flex flex-wrap justify-center gap-1.5">
          <Badge className="capitalize">{lead.stage.replaceAll('_', ' ')}</Badge>
          <Tags leadId={lead.id} />
        </div>
      </div>
      <Asleep conversation={conversation} onJump={onJump} />
      <Section title="What they told us">
        <Fields conversation={conversation} onJump={onJump} />
      </Section>
      {lead.score !== null && (
        <Section title="Score">
          <Score score={lead.score} reasons={lead.score_reasons} />
        </Section>
      )}
      <Section title="About">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
          <Fact name="Owner">{lead.owner_id === null ? 'Nobody yet' : nameOf(lead.owner_id)}</Fact>
          <Fact name="Language">{lead.language ? languageName(lead.language) : 'Not known yet'}</Fact>
          {lead.time_zone && (
            <Fact name="Their time">
              <LocalTime zone={lead.time_zone} />
            </Fact>
          )}
          <Fact name="Came from">{lead.source}</Fact>
          <Fact name="Since">{shortDate(parseTime(lead.created_at))}</Fact>
          <Fact name="Writes to">{conversation.channel.name}</Fact>
        </dl>
      </Section>
      <Rest conversation={conversation} />
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="px-6 py-5">
      <h3 className="mb-3 text-[13px] font-semibold text-muted-foreground">{title}</h3>
      {children}
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 text-right [overflow-wrap:anywhere]">{children}</dd>
    </>
  )
}

function LocalTime({ zone }: { zone: string }) {
  return timeIn(zone, useNow())
}

function Tags({ leadId }: { leadId: string }) {
  const about = useAboutLead(leadId)
  return about.data?.tags.map((tag) => (
    <Badge key={tag.id} variant="outline">
      {tag.name}
    </Badge>
  ))
}

function Rest({ conversation: { id, lead } }: { conversation: Conversation }) {
  const about = useAboutLead(lead.id, id)
  const nameOf = useMemberNames()
  if (about.isPending) {
    return (
      <div role="status" aria-label="Loading meetings and notes" className="flex flex-col gap-3 px-6 py-5">
        <Skeleton className="h-4 w-24" />
        <Skeleton className="h-12 w-full" />
      </div>
    )
  }
  if (about.isError) return <RetryNotice what="meetings and notes" onRetry={() => void about.refetch()} />
  const { meetings, notes, consent } = about.data
  return (
    <>
      {meetings.length > 0 && (
        <Section title="Meetings">
          <Meetings meetings={meetings} leadId={lead.id} conversationId={id} />
        </Section>
      )}
      <Section title="Consent">
        <ConsentState lead={lead} consent={consent} />
      </Section>
      {notes.length > 0 && (
        <Section title="Notes">
          <ul className="flex flex-col gap-4">
            {notes.map((note) => (
              <li key={note.id}>
                <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{note.body}</p>
                <p className="mt-1 text-xs text-muted-foreground">
                  {nameOf(note.author_id)} · {shortDate(parseTime(note.created_at))}
                </p>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

function PanelSkeleton() {
  return (
    <div role="status" aria-label="Loading the lead" className="flex flex-col items-center gap-3 px-6 pt-8">
      <Skeleton className="size-16 rounded-full" />
      <Skeleton className="h-5 w-36" />
      <Skeleton className="h-4 w-28" />
      <Skeleton className="mt-6 h-32 w-full" />
    </div>
  )
}
