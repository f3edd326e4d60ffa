import { Link } from '@tanstack/react-router'
import { BookOpenTextIcon, ChevronRightIcon, PlusIcon } from 'lucide-react'

import { Card } from '@/components/card'
import { EmptyNotice, RetryNotice } from '@/components/notices'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useInCharge, useMemberNames } from '@/lib/workspace'
import { usePlaybooks } from './api'
import { StandingBadge } from './standing-badge'
import { byName, type PlaybookVersion, SHIPPED } from './words'

/** Every playbook with its versions; which one the bot goes by now. */
export function PlaybooksPage() {
  const playbooks = usePlaybooks()
  const inCharge = useInCharge()
  if (playbooks.isPending) {
    return (
      <div role="status" aria-label="Loading playbooks" className="flex flex-col gap-4">
        <Skeleton className="h-16 w-full rounded-xl" />
        <Skeleton className="h-44 w-full rounded-xl" />
      </div>
    )
  }
  if (playbooks.data === undefined) return <RetryNotice what="playbooks" onRetry={() => void playbooks.refetch()} />
  const names = byName(playbooks.data)
  const current = playbooks.data.find((each) => each.in_force)
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-3 sm:flex-nowrap">
        <p className="max-w-prose text-muted-foreground">
          {current ? (
            <>
              The bot goes by <strong className="font-medium text-foreground">{current.name}</strong>, version{' '}
              {current.version}. One playbook is in force at a time: publishing another one takes its place.
            </>
          ) : (
            'None of your own is in force, so the bot goes by the one for property buyers that comes with Lead-Reviver.'
          )}
        </p>
        {inCharge && (
          <Button asChild>
            <Link to="/playbooks/new">
              <PlusIcon /> New version
            </Link>
          </Button>
        )}
      </div>
      {names.map(({ name, versions }) => (
        <Card key={name} title={name}>
          <ul aria-label={`Versions of ${name}`} className="-my-2 flex flex-col divide-y">
            {versions.map((version) => (
              <VersionRow key={version.id} version={version} />
            ))}
          </ul>
        </Card>
      ))}
      {names.length === 0 && (
        <EmptyNotice icon={<BookOpenTextIcon />} title="No playbook of your own yet">
          {inCharge ? 'Begin with one of these and make it yours.' : 'An owner or a manager makes the first one.'}
        </EmptyNotice>
      )}
      {inCharge && (
        <Card
          title="Begin with one that works"
          hint="In English, Spanish and Portuguese. Nothing changes until you publish it."
        >
          <ul className="flex flex-wrap gap-2">
            {SHIPPED.map(([name, title]) => (
              <li key={name}>
                <Button asChild variant="outline" size="sm">
                  <Link to="/playbooks/new" search={{ shipped: name }}>
                    {title}
                  </Link>
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  )
}

function VersionRow({ version }: { version: PlaybookVersion }) {
  return (
    <li>
      <Link
        to="/playbooks/$playbookId"
        params={{ playbookId: version.id }}
        className="focus-ring -mx-2 flex items-center gap-3 rounded-md px-2 py-2.5 hover:bg-accent"
      >
        <span className="min-w-0 flex-1">
          <span className="flex flex-wrap items-center gap-2">
            <span className="font-medium">Version {version.version}</span>
            <StandingBadge version={version} />
          </span>
          <span className="block text-[13px] text-muted-foreground">
            <History version={version} />
          </span>
        </span>
        <ChevronRightIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
      </Link>
    </li>
  )
}

/** Who saved and who published a version, and when. */
export function History({ version }: { version: PlaybookVersion }) {
  const now = useNow()
  const nameOf = useMemberNames()
  const by = (id: string | null | undefined) => (id ? ` by ${nameOf(id) === 'You' ? 'you' : nameOf(id)}` : '')
  if (version.published_at) {
    return <>{`Published ${moment(parseTime(version.published_at), now)}${by(version.published_by)}`}</>
  }
  return <>{version.saved_at && `Saved ${moment(parseTime(version.saved_at), now)}${by(version.saved_by)}`}</>
}
