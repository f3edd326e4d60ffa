import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RotateCwIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import type { components } from '@/lib/api/schema'
import { answered, useBackend } from '@/lib/backend'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useWorkspace } from '@/lib/workspace'
import { whatCameIn } from './event-words'

type ParkedEvent = components['schemas']['ParkedEvent']

/** What WhatsApp told us and we could not read in; only owners and managers are given any. */
export function ParkedEvents({ events }: { events: ParkedEvent[] }) {
  if (events.length === 0) return null
  return (
    <section aria-label="Could not be read in" className="mt-3 border-t pt-3">
      <p className="font-medium">Could not be read in</p>
      <p className="text-[13px] text-muted-foreground">Nothing is lost: each waits here until it works.</p>
      <ul className="mt-2.5 flex max-h-56 flex-col gap-3 overflow-y-auto">
        {events.map((event) => (
          <ParkedEventRow key={event.id} event={event} />
        ))}
      </ul>
    </section>
  )
}

function ParkedEventRow({ event }: { event: ParkedEvent }) {
  const retry = useRetryEvent()
  const now = useNow()
  return (
    <li className="text-[13px]">
      <div className="flex items-center gap-2.5">
        <p className="min-w-0 flex-1 font-medium">{whatCameIn(event.kind)}</p>
        <Button size="sm" variant="outline" disabled={retry.isPending} onClick={() => retry.mutate(event.id)}>
          <RotateCwIcon className={retry.isPending ? 'animate-spin' : ''} /> Try again
        </Button>
      </div>
      <p className="mt-1 text-muted-foreground">
        Came in {moment(parseTime(event.received_at), now)}
        {event.reason && `; ${event.reason}`}
      </p>
      {retry.isError && (
        <p role="alert" className="text-destructive">
          {retry.error.message}
        </p>
      )}
    </li>
  )
}

/** Read an event in again; what became of it shows with the next look at the system. */
function useRetryEvent() {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (eventId: number) => {
      const params = { path: { event_id: eventId }, query: { workspace_id: workspaceId } }
      await answered(api.POST('/api/parked-events/{event_id}/retry', { params }))
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['system', workspaceId] }),
  })
}
