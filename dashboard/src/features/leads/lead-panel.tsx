import type { ReactNode } from 'react'

import { RetryNotice } from '@/components/notices'
import { Avatar } from '@/components/ui/avatar'
import { Badge } from '@/components/ui/badge'
import { Skeleton } from '@/components/ui/skeleton'
import { type Conversation, useConversation } from '@/lib/conversation'
import type { FieldValue } from '@/lib/database'
import { readableValue } from '@/lib/field-value'
import { leadName, readablePhone } from '@/lib/people'
import { parseTime, shortDate, timeIn } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useMemberNames } from '@/lib/workspace'
import { useAboutLead } from './api'
import { ConsentState } from './consent'
import { Meetings } from './meetings'

/** Who the lead is, what they told us, and what was agreed. */
export function LeadPanel({ conversationId }: { conversationId: string }) {
  const conversation = useConversation(conversationId)
  if (conversation.isPending) return <PanelSkeleton />
  if (conversation.isError) return <RetryNotice what="lead" onRetry={() => void conversation.refetch()} />
  if (conversation.data === null) return null
  return <Panel conversation={conversation.data} />
}

function Panel({ conversation }: { conversation: Conversation }) {
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
      <Section title="What they told us">
        <Fields fields={lead.fields} />
      </Section>
      <Section title="About">
        {lead.score !== null && <Score score={lead.score} />}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
          <Fact name="Owner">{lead.owner_id === null ? 'Nobody yet' : nameOf(lead.owner_id)}</Fact>
          <Fact name="Language">{languageName(lead.language)}</Fact>
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

function Fields({ fields }: { fields: Record<string, FieldValue> }) {
  const known = Object.entries(fields)
  if (known.length === 0)
    return <p className="text-muted-foreground">Nothing yet. Answers show up here as the conversation goes on.</p>
  return (
    <dl className="flex flex-col gap-3.5">
      {known.map(([field, { value, said }]) => (
        <div key={field}>
          <dt className="text-[13px] text-muted-foreground first-letter:uppercase">{field.replaceAll('_', ' ')}</dt>
          <dd>
            <span className="font-medium">{readableValue(value)}</span>
            {said && said !== readableValue(value) && (
              <q className="mt-0.5 block border-l-2 border-primary/30 pl-2.5 text-[13px] text-muted-foreground">
                {said}
              </q>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Score({ score }: { score: number }) {
  return (
    <div className="mb-4">
      <p className="mb-1.5 flex justify-between">
        <span className="text-muted-foreground">Score</span>
        <span className="font-medium tabular-nums">
          {score}
          <span className="font-normal text-muted-foreground"> of 100</span>
        </span>
      </p>
      <div className="h-1.5 overflow-hidden rounded-full bg-muted">
        <div className="h-full rounded-full bg-primary" style={{ width: `${score}%` }} />
      </div>
    </div>
  )
}

function languageName(code: string | null): string {
  if (code === null) return 'Not known yet'
  return new Intl.DisplayNames(undefined, { type: 'language' }).of(code) ?? code
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
