import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ActivityIcon } from 'lucide-react'
import { useState } from 'react'

import { Button } from '@/components/ui/button'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'
import { Skeleton } from '@/components/ui/skeleton'
import { answered, useBackend } from '@/lib/backend'
import { cn } from '@/lib/cn'
import { useLiveState } from '@/lib/live/provider'
import { useWorkspace } from '@/lib/workspace'
import { ParkedEvents } from './parked-events'

/** How the parts are doing, in one glance; who writes the bot's answers. */
export function SystemPopover({ side }: { side: 'right' | 'bottom' }) {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  const live = useLiveState()
  const [open, setOpen] = useState(false)
  const system = useQuery({
    queryKey: ['system', workspaceId],
    queryFn: () => answered(api.GET('/api/system', { params: { query: { workspace_id: workspaceId } } })),
    enabled: open,
    refetchInterval: open ? 5_000 : false,
  })
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          variant="ghost"
          size="icon"
          aria-label={`System: ${live === 'live' ? 'live' : 'not connected'}`}
          className="relative"
        >
          <ActivityIcon />
          <span
            aria-hidden
            className={cn(
              'absolute top-1.5 right-1.5 size-2 rounded-full ring-2 ring-background',
              live === 'live' ? 'bg-online' : 'bg-waiting-mark',
            )}
          />
        </Button>
      </PopoverTrigger>
      <PopoverContent side={side} align="end" aria-label="System">
        <p className="font-semibold">How things are</p>
        {system.isPending ? (
          <div role="status" aria-label="Asking the parts" className="mt-3 flex flex-col gap-2">
            <Skeleton className="h-4 w-full" />
            <Skeleton className="h-4 w-2/3" />
          </div>
        ) : system.isError ? (
          <p className="mt-2 text-muted-foreground">{system.error.message}</p>
        ) : (
          <>
            <ul className="mt-3 flex flex-col gap-2">
              {system.data.parts.map((part) => (
                <li key={part.name} className="flex items-baseline gap-2.5">
                  <span
                    aria-hidden
                    className={cn('size-2 shrink-0 rounded-full', isFine(part.state) ? 'bg-online' : 'bg-waiting-mark')}
                  />
                  <span className="min-w-0 flex-1">
                    <span className="font-medium">{part.name}</span>
                    {part.detail && <span className="block text-[13px] text-muted-foreground">{part.detail}</span>}
                  </span>
                  <span className="text-[13px] text-muted-foreground">{part.state}</span>
                </li>
              ))}
            </ul>
            <p className="mt-3 border-t pt-3 text-[13px] text-muted-foreground">
              {system.data.model === 'playbook'
                ? 'Answers are written by the playbook; no language model is connected.'
                : `Answers are written by ${system.data.model}.`}
            </p>
            <ParkedEvents events={system.data.parked_events} />
            {system.data.parked_turns.length > 0 && (
              <div className="mt-3 border-t pt-3">
                <p className="font-medium">Could not be answered</p>
                <ul className="mt-1.5 flex max-h-40 flex-col gap-1.5 overflow-y-auto">
                  {system.data.parked_turns.map((turn) => (
                    <li key={turn.id}>
                      <Link
                        to="/inbox/$conversationId"
                        params={{ conversationId: turn.conversation_id }}
                        search={{ filter: 'all' }}
                        onClick={() => setOpen(false)}
                        className="focus-ring block rounded-sm text-[13px] hover:underline"
                      >
                        <span className="font-medium">{turn.lead_name ?? 'Hidden number'}</span>
                        {turn.reason && <span className="text-muted-foreground">: {turn.reason}</span>}
                      </Link>
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </>
        )}
      </PopoverContent>
    </Popover>
  )
}

const isFine = (state: string): boolean => ['ok', 'up', 'ready', 'running', 'healthy'].includes(state)
