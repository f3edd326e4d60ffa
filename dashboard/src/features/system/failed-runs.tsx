import { ExternalLinkIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { Section } from './section'
import { type Failure, fateOfTurns, runAddress, type System } from './words'

/** Runs of workflows that failed, newest first; their turns went on without them. */
export function FailedRuns({ n8n }: { n8n: System['n8n'] }) {
  return (
    <Section
      title="Failed runs"
      place="failures"
      hint={n8n.failures.length > 0 && 'Newest first. What n8n kept of a run is shown there, without message texts.'}
    >
      {n8n.failures.length === 0 ? (
        <p className="mt-3 text-muted-foreground">No run failed in the last 30 days.</p>
      ) : (
        <ul className="mt-2 flex flex-col divide-y">
          {n8n.failures.map((failure) => (
            <FailedRunRow key={failure.id} failure={failure} url={n8n.url} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function FailedRunRow({ failure, url }: { failure: Failure; url: string | null }) {
  const now = useNow()
  const address = runAddress(url, failure)
  const when = moment(parseTime(failure.failed_at), now)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 last:pb-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium">{failure.workflow_name}</p>
        <p className="break-words first-letter:uppercase">{failure.reason}</p>
        <p className="text-[13px] text-muted-foreground">
          Failed {when}
          {failure.node && ` in “${failure.node}”`}. {fateOfTurns(failure.turns)}
        </p>
      </div>
      {address && (
        <Button asChild size="sm" variant="outline">
          <a
            href={address}
            target="_blank"
            rel="noreferrer"
            aria-label={`Open in n8n: ${failure.workflow_name}, failed ${when}`}
          >
            Open in n8n <ExternalLinkIcon aria-hidden />
          </a>
        </Button>
      )}
    </li>
  )
}
