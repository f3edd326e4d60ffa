import { Link } from '@tanstack/react-router'
import { RotateCwIcon } from 'lucide-react'
import { useRef, useState } from 'react'

import { Button } from '@/components/ui/button'
import type { components } from '@/lib/api/schema'
import { runnerName } from '@/lib/runner'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useCanWrite } from '@/lib/workspace'
import { useRetryAllTurns, useRetryTurn } from './api'
import { Problem, Section } from './section'
import { retriedWords } from './words'

type ParkedTurn = components['schemas']['ParkedTurn']

const nameOf = (turn: ParkedTurn): string => turn.lead_name ?? 'A lead without a name'

/** Answers the bot could not give; each waits until somebody answers, retries, or the lead writes again. */
export function ParkedTurns({ turns, inCharge }: { turns: ParkedTurn[]; inCharge: boolean }) {
  const all = useRetryAllTurns()
  const heading = useRef<HTMLHeadingElement>(null)
  const [done, setDone] = useState<string | null>(null)
  // What was pressed goes away with its row: whoever uses the keyboard goes on from the heading.
  const onDone = (words: string) => {
    setDone(words)
    heading.current?.focus({ preventScroll: true })
  }
  return (
    <Section
      title="Parked turns"
      place="parked"
      hint="Answers the bot could not give. Each waits for a person."
      headingRef={heading}
      action={
        inCharge &&
        turns.length > 1 && (
          <Button
            size="sm"
            disabled={all.isPending}
            onClick={() => all.mutate(undefined, { onSuccess: (retried) => onDone(retriedWords(retried)) })}
          >
            <RotateCwIcon className={all.isPending ? 'animate-spin' : ''} /> Try all again
          </Button>
        )
      }
    >
      <Problem error={all.error} />
      <p role="status" className={done ? 'mt-3 rounded-md bg-muted px-3 py-2 text-[13px]' : 'sr-only'}>
        {done}
      </p>
      {turns.length === 0 ? (
        <p className="mt-3 text-muted-foreground">None is parked.</p>
      ) : (
        <ul className="mt-2 flex flex-col divide-y">
          {turns.map((turn) => (
            <ParkedTurnRow key={turn.id} turn={turn} onDone={onDone} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function ParkedTurnRow({ turn, onDone }: { turn: ParkedTurn; onDone: (words: string) => void }) {
  const retry = useRetryTurn()
  const canWrite = useCanWrite()
  const now = useNow()
  const tries = turn.attempts === 1 ? 'one try' : `${turn.attempts} tries`
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 last:pb-0">
      <div className="min-w-0 flex-1 basis-60">
        <Link
          to="/inbox/$conversationId"
          params={{ conversationId: turn.conversation_id }}
          search={{ filter: 'all' }}
          className="focus-ring rounded-sm font-medium underline-offset-2 hover:underline"
        >
          {nameOf(turn)}
        </Link>
        <p className="first-letter:uppercase">{turn.reason ?? 'No reason was given.'}</p>
        <p className="text-[13px] text-muted-foreground">
          Given up {turn.parked_at && moment(parseTime(turn.parked_at), now)} after {tries}
          {turn.runner && `, the last by ${runnerName(turn.runner)}`}
        </p>
        <Problem error={retry.error} />
      </div>
      {canWrite && (
        <Button
          size="sm"
          variant="outline"
          aria-label={`Try again: ${nameOf(turn)}`}
          disabled={retry.isPending}
          onClick={() =>
            retry.mutate(turn, { onSuccess: () => onDone(`The answer to ${nameOf(turn)} is tried again.`) })
          }
        >
          <RotateCwIcon className={retry.isPending ? 'animate-spin' : ''} /> Try again
        </Button>
      )}
    </li>
  )
}
