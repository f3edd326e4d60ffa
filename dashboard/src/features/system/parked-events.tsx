import { RotateCwIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import type { components } from '@/lib/api/schema'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useRetryEvent } from './api'
import { whatCameIn } from './event-words'
import { Problem, Section } from './section'

type ParkedEvent = components['schemas']['ParkedEvent']

/** What WhatsApp told us and we could not read in; only owners and managers are given any. */
export function ParkedEvents({ events }: { events: ParkedEvent[] }) {
  if (events.length === 0) return null
  return (
    <Section title="Could not be read in" place="unread" hint="Nothing is lost: each waits here until it works.">
      <ul className="mt-2 flex flex-col divide-y">
        {events.map((event) => (
          <ParkedEventRow key={event.id} event={event} />
        ))}
      </ul>
    </Section>
  )
}

function ParkedEventRow({ event }: { event: ParkedEvent }) {
  const retry = useRetryEvent()
  const now = useNow()
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 last:pb-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium">{whatCameIn(event.kind)}</p>
        {event.reason && <p className="first-letter:uppercase">{event.reason}</p>}
        <p className="text-[13px] text-muted-foreground">Came in {moment(parseTime(event.received_at), now)}</p>
        <Problem error={retry.error} />
      </div>
      <Button size="sm" variant="outline" disabled={retry.isPending} onClick={() => retry.mutate(event.id)}>
        <RotateCwIcon className={retry.isPending ? 'animate-spin' : ''} /> Try again
      </Button>
    </li>
  )
}
