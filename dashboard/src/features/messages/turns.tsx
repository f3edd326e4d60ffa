import { CirclePauseIcon, RotateCwIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import { type OpenTurn, useRetryTurn } from './api'

type Props = { conversationId: string; turns: OpenTurn[]; canWrite: boolean }

/** What the bot is about to say, or could not. */
export function OpenTurns({ conversationId, turns, canWrite }: Props) {
  const parked = turns.filter((turn) => turn.state === 'parked').toReversed()
  const writing = turns.some((turn) => turn.state === 'running' || turn.state === 'settling')
  return (
    <>
      {parked.map((turn) => (
        <Parked key={turn.id} conversationId={conversationId} turn={turn} canWrite={canWrite} />
      ))}
      {writing && (
        <p role="status" className="flex items-center gap-2 self-end px-4 pt-3 text-xs text-muted-foreground sm:px-6">
          <span aria-hidden className="flex gap-1">
            {[0, 150, 300].map((delay) => (
              <span
                key={delay}
                className="size-1.5 animate-bounce rounded-full bg-current"
                style={{ animationDelay: `${delay}ms` }}
              />
            ))}
          </span>
          The bot is writing
        </p>
      )}
    </>
  )
}

function Parked({ conversationId, turn, canWrite }: { conversationId: string; turn: OpenTurn; canWrite: boolean }) {
  const retry = useRetryTurn(conversationId)
  return (
    <section
      aria-label="The bot could not answer"
      className="mx-4 mt-4 flex flex-wrap items-center gap-3 rounded-xl bg-waiting px-4 py-3 text-waiting-foreground sm:mx-6"
    >
      <CirclePauseIcon className="size-5 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 basis-52">
        <p className="font-medium">The bot could not answer</p>
        <p className="text-[13px]">{turn.reason ?? 'No reason was given.'}</p>
        {retry.isError && (
          <p role="alert" className="mt-1 text-[13px] font-medium">
            {retry.error.message}
          </p>
        )}
      </div>
      {canWrite && (
        <Button size="sm" variant="outline" disabled={retry.isPending} onClick={() => retry.mutate(turn.id)}>
          <RotateCwIcon className={retry.isPending ? 'animate-spin' : ''} /> Retry
        </Button>
      )}
    </section>
  )
}
