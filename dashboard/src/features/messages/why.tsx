import { SparklesIcon } from 'lucide-react'
import { useState } from 'react'

import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'
import { Skeleton } from '@/components/ui/skeleton'
import type { Decision } from '@/lib/database'
import { readableValue } from '@/lib/field-value'
import { type ModelUse, readableCost, readableTokens } from '@/lib/model-use'
import { runnerName } from '@/lib/runner'
import { useTurn } from './api'

const MOVES: Record<string, string> = {
  answer: 'Answered',
  stop_writing: 'Confirmed the opt-out',
  hand_over: 'Handed over to a person',
  stay_quiet: 'Stayed quiet',
}

/** Every answer of the bot explains itself. */
export function Why({ turnId }: { turnId: string }) {
  const [open, setOpen] = useState(false)
  const turn = useTurn(turnId, open)
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger className="focus-ring rounded px-1 font-medium underline-offset-2 hover:underline">
        Why this?
      </PopoverTrigger>
      <PopoverContent align="end" aria-label="Why the bot wrote this">
        {turn.isPending ? (
          <div role="status" aria-label="Loading the reason" className="flex flex-col gap-2">
            <Skeleton className="h-4 w-3/4" />
            <Skeleton className="h-4 w-1/2" />
          </div>
        ) : turn.isError ? (
          <p>
            The reason could not be loaded.{' '}
            <button
              type="button"
              className="focus-ring rounded font-medium text-primary underline"
              onClick={() => void turn.refetch()}
            >
              Try again
            </button>
          </p>
        ) : turn.data?.decision ? (
          <Explained decision={turn.data.decision} model={turn.data.model} runner={turn.data.runner} use={turn.data} />
        ) : (
          <p className="text-muted-foreground">No reason was kept for this one.</p>
        )}
      </PopoverContent>
    </Popover>
  )
}

type ExplainedProps = { decision: Decision; model: string | null; runner: string | null; use: ModelUse }

function Explained({ decision, model, runner, use }: ExplainedProps) {
  const learned = Object.entries(decision.fields ?? {})
  return (
    <div className="flex flex-col gap-3 text-[13px]">
      <p className="flex items-start gap-2 text-sm">
        <SparklesIcon className="mt-0.5 size-4 shrink-0 text-primary" aria-hidden />
        <span>{decision.reason ?? 'No reason was given.'}</span>
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 border-t pt-3">
        <Line name="Did" value={MOVES[decision.move ?? ''] ?? decision.move} />
        <Line name="Understood" value={decision.intent?.replaceAll('_', ' ')} />
        <Line name="Asked for" value={decision.asked?.replaceAll('_', ' ')} />
        <Line name="Stage" value={decision.stage} />
        <Line name="Written by" value={model === 'playbook' ? 'the playbook, no language model' : model} />
        <Line name="Answered via" value={runner && runnerName(runner)} />
        <Line name="Tokens" value={readableTokens(use)} />
        <Line name="Cost" value={readableCost(use)} />
        <Line name="Took" value={use.took_ms ? `${(use.took_ms / 1000).toFixed(1)} s` : null} />
        <Line name="Checked" value={decision.checks?.length ? decision.checks.join(', ').replaceAll('_', ' ') : null} />
      </dl>
      {learned.length > 0 && (
        <div className="border-t pt-3">
          <p className="mb-1.5 font-medium">Learned</p>
          <ul className="flex flex-col gap-1.5">
            {learned.map(([field, known]) => (
              <li key={field}>
                <span className="text-muted-foreground">{field.replaceAll('_', ' ')}:</span>{' '}
                {readableValue(known.value)}
                {known.said && <q className="block text-muted-foreground">{known.said}</q>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

function Line({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
