import { CircleAlertIcon, CircleCheckIcon, RotateCwIcon, TriangleAlertIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { cn } from '@/lib/cn'
import { clockTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useInCharge } from '@/lib/workspace'
import { useSystem } from './api'
import { FailedRuns } from './failed-runs'
import { ModelUse } from './model-use'
import { N8nCard } from './n8n-card'
import { ParkedEvents } from './parked-events'
import { ParkedMeetingEvents } from './parked-meeting-events'
import { ParkedTurns } from './parked-turns'
import { PartList } from './part-list'
import { PausedNumbers } from './paused-numbers'
import { Command } from './section'
import { type Headline, headline, needsSomebody, sharesOfWork, type System, type Tone } from './words'
import { Workflows } from './workflows'

/** How things are: the answer first, then what needs a person, then how each part is. */
export function SystemPage() {
  const system = useSystem()
  if (system.isPending) return <PageSkeleton />
  if (system.data === undefined) {
    const down: Headline = {
      tone: 'down',
      title: 'The engine does not say how things are.',
      hint: system.error?.message,
      command: 'lead-reviver status',
    }
    return (
      <Banner said={down}>
        <Button variant="outline" size="sm" onClick={() => void system.refetch()}>
          <RotateCwIcon className={system.isFetching ? 'animate-spin' : ''} /> Ask again
        </Button>
      </Banner>
    )
  }
  return <HowThingsAre system={system.data} readAt={new Date(system.dataUpdatedAt)} problem={system.error} />
}

const COLUMN = 'flex min-w-0 flex-col gap-4'

function HowThingsAre({ system, readAt, problem }: { system: System; readAt: Date; problem: Error | null }) {
  const inCharge = useInCharge()
  const now = useNow()
  const needs = needsSomebody(system, now)
  const said: Headline = problem
    ? {
        tone: 'down',
        title: `The engine does not answer. Below is how things were at ${clockTime(readAt)}.`,
        hint: problem.message,
        command: 'lead-reviver status',
      }
    : headline(system, now)
  return (
    <>
      <Banner said={said}>
        <p className="text-[13px]">
          {sharesOfWork(system.runners)} <span className="whitespace-nowrap">Seen at {clockTime(readAt)}.</span>
        </p>
        {needs.length > 0 && (
          <ul aria-label="What needs a person" className="mt-3 flex flex-wrap gap-2">
            {needs.map((need) => (
              <li key={need.text}>
                <a
                  href={`#${need.place}`}
                  className="focus-ring inline-flex rounded-full border bg-card px-3 py-1 text-[13px] font-medium text-foreground hover:bg-accent"
                >
                  {need.text}
                </a>
              </li>
            ))}
          </ul>
        )}
      </Banner>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_19rem] lg:grid-rows-[auto_1fr]">
        <div className={COLUMN}>
          <PausedNumbers numbers={system.paused_channels} inCharge={inCharge} />
          <ParkedTurns turns={system.parked_turns} inCharge={inCharge} />
          <ParkedEvents events={system.parked_events} />
          <ParkedMeetingEvents events={system.parked_meeting_events} />
        </div>
        <div className={cn(COLUMN, 'lg:row-span-2')}>
          <N8nCard n8n={system.n8n} setting={system.runner_setting} />
          <PartList parts={system.parts} model={system.model} />
          {system.model_use && <ModelUse use={system.model_use} />}
        </div>
        <div className={COLUMN}>
          <Workflows n8n={system.n8n} />
          {inCharge && <FailedRuns n8n={system.n8n} />}
        </div>
      </div>
    </>
  )
}

const LOOKS: Record<Tone, { box: string; icon: typeof CircleCheckIcon; mark: string }> = {
  fine: { box: 'border bg-card', icon: CircleCheckIcon, mark: 'text-online' },
  look: { box: 'border border-transparent bg-waiting text-waiting-foreground', icon: TriangleAlertIcon, mark: '' },
  down: {
    box: 'border border-destructive/50 bg-destructive/10 text-foreground',
    icon: CircleAlertIcon,
    mark: 'text-destructive',
  },
}

function Banner({ said, children }: { said: Headline; children: ReactNode }) {
  const { box, icon: Icon, mark } = LOOKS[said.tone]
  return (
    <div className={cn('mb-4 flex gap-3 rounded-xl p-4 sm:p-5', box, said.tone === 'fine' && 'text-muted-foreground')}>
      <Icon className={cn('mt-0.5 size-6 shrink-0', mark)} aria-hidden />
      <div className="min-w-0 flex-1">
        <p
          role="status"
          className={cn('text-lg leading-snug font-semibold text-balance', said.tone === 'fine' && 'text-foreground')}
        >
          {said.title}
        </p>
        {(said.hint || said.command) && (
          <p className="mt-1 mb-2 text-[13px]">
            {said.hint} {said.command && <Command>{said.command}</Command>}
          </p>
        )}
        {children}
      </div>
    </div>
  )
}

function PageSkeleton() {
  return (
    <div role="status" aria-label="Asking how things are" className="flex flex-col gap-4">
      <Skeleton className="h-24 w-full rounded-xl" />
      <Skeleton className="h-40 w-full rounded-xl" />
      <Skeleton className="h-64 w-full rounded-xl" />
    </div>
  )
}
