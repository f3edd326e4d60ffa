import { CircleAlertIcon, Clock3Icon } from 'lucide-react'

import { cn } from '@/lib/cn'
import { clockTime } from '@/lib/time'
import { RichText } from './rich-text'
import type { Outgoing } from './thread'

type Props = { outgoing: Outgoing; onRetry: () => void; onDiscard: () => void }

/** A text that is on its way to the engine, or got stuck on it. */
export function OutgoingBubble({ outgoing, onRetry, onDiscard }: Props) {
  const stuck = outgoing.state === 'stuck'
  return (
    <div className="flex flex-col items-end px-4 pt-1 sm:px-6">
      <div
        className={cn(
          'flow-root max-w-[min(92%,36rem)] rounded-2xl rounded-br-md bg-bubble-person px-3.5 py-2 text-[15px] leading-snug text-bubble-person-foreground',
          stuck && 'ring-2 ring-destructive/60',
        )}
      >
        <RichText text={outgoing.text} />
        <span className="float-right mt-1.5 -mb-0.5 ml-3 flex items-center gap-1.5 text-[11px] leading-4 text-white/85">
          <span className="tabular-nums">{clockTime(new Date(outgoing.at))}</span>
          {stuck ? (
            <CircleAlertIcon className="size-3.5" aria-label="Not sent" />
          ) : (
            <Clock3Icon className="size-3.5" aria-label="Sending" />
          )}
        </span>
      </div>
      {stuck && (
        <p
          role="alert"
          className="mx-1 mt-1 flex flex-wrap items-center justify-end gap-x-2 text-[13px] text-destructive"
        >
          {outgoing.problem}
          <button
            type="button"
            onClick={onRetry}
            className="focus-ring rounded font-medium underline underline-offset-2"
          >
            Send again
          </button>
          <button
            type="button"
            onClick={onDiscard}
            className="focus-ring rounded font-medium underline underline-offset-2"
          >
            Discard
          </button>
        </p>
      )}
    </div>
  )
}
