import { Link } from '@tanstack/react-router'
import { RotateCwIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import type { components } from '@/lib/api/schema'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useRetryMeetingEvent } from './api'
import { whatChanged } from './event-words'
import { Problem, Section } from './section'

type ParkedMeetingEvent = components['schemas']['ParkedMeetingEvent']

/** Changes of meetings that a calendar behind n8n does not know; only owners and managers are given any. */
export function ParkedMeetingEvents({ events }: { events: ParkedMeetingEvent[] }) {
  if (events.length === 0) return null
  return (
    <Section
      title="Not in the calendar that n8n keeps"
      place="calendar"
      hint="The meetings stand as the lead was told; the workflow did not take the change."
    >
      <ul className="mt-2 flex flex-col divide-y">
        {events.map((event) => (
          <ParkedMeetingEventRow key={event.id} event={event} />
        ))}
      </ul>
    </Section>
  )
}

function ParkedMeetingEventRow({ event }: { event: ParkedMeetingEvent }) {
  const retry = useRetryMeetingEvent()
  const now = useNow()
  const what = whatChanged(event)
  const startsAt = parseTime(event.starts_at)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 last:pb-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium">
          {event.conversation_id ? (
            <Link
              to="/inbox/$conversationId"
              params={{ conversationId: event.conversation_id }}
              search={{ filter: 'all' }}
              className="focus-ring rounded-sm underline-offset-2 hover:underline"
            >
              {what}
            </Link>
          ) : (
            what
          )}
        </p>
        {event.reason && <p>{event.reason}</p>}
        <p className="text-[13px] text-muted-foreground">
          It {startsAt < now ? 'began' : 'begins'} {moment(startsAt, now)}. Tried{' '}
          {event.attempts === 1 ? 'once' : `${event.attempts} times`}.
        </p>
        <Problem error={retry.error} />
      </div>
      <Button
        size="sm"
        variant="outline"
        aria-label={`Try again: ${what}`}
        disabled={retry.isPending}
        onClick={() => retry.mutate(event.id)}
      >
        <RotateCwIcon className={retry.isPending ? 'animate-spin' : ''} /> Try again
      </Button>
    </li>
  )
}
