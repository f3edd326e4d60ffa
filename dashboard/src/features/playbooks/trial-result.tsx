import { CircleAlertIcon, CircleCheckIcon } from 'lucide-react'

import { type Trial, trialLines, triedItem } from './words'

/** What came of a trial: what holds, and each thing that does not. */
export function TrialResult({ trial }: { trial: Trial }) {
  const lines = trialLines(trial)
  const tried = lines.reduce((sum, each) => sum + each.tried, 0)
  return (
    <>
      <p className="font-medium">
        {trial.failed.length === 0
          ? `All ${tried} tries went well: it may be published.`
          : `${trial.failed.length} of ${tried} tries went wrong, so it cannot be published yet.`}
      </p>
      <ul aria-label="What was tried" className="mt-3 grid gap-x-6 gap-y-1.5 text-[13px] sm:grid-cols-2">
        {lines.map(({ kind, words, tried: count, failed }) => (
          <li key={kind} className="flex items-start gap-2">
            {failed === 0 ? (
              <CircleCheckIcon className="mt-0.5 size-4 shrink-0 text-online" aria-hidden />
            ) : (
              <CircleAlertIcon className="mt-0.5 size-4 shrink-0 text-destructive" aria-hidden />
            )}
            <span>
              {words}{' '}
              <span className="text-muted-foreground">
                {failed === 0 ? count : `${count - failed} of ${count}`}
                <span className="sr-only">{failed === 0 ? ' fine' : ' went well'}</span>
              </span>
            </span>
          </li>
        ))}
      </ul>
      {trial.failed.length > 0 && (
        <ul aria-label="What went wrong" className="mt-4 flex flex-col divide-y border-t">
          {trial.failed.map((each) => (
            <li key={`${each.kind} ${each.item} ${each.problem}`} className="py-2">
              <span className="block text-[13px] text-muted-foreground">
                {lines.find((line) => line.kind === each.kind)?.words}
              </span>
              <span className="inline-block font-medium break-words first-letter:uppercase">{triedItem(each)}</span>
              <span className="block text-[13px] text-destructive first-letter:uppercase">{each.problem}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
