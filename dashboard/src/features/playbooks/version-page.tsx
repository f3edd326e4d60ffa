import { Link, useNavigate } from '@tanstack/react-router'
import { DownloadIcon, LoaderCircleIcon, PencilIcon } from 'lucide-react'
import { useState } from 'react'

import { Card, Fate } from '@/components/card'
import { EmptyNotice, RetryNotice } from '@/components/notices'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogDescription, DialogTitle } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/skeleton'
import { CommandError } from '@/lib/backend'
import { useNow } from '@/lib/use-now'
import { useInCharge } from '@/lib/workspace'
import { useBringBack, useDownload, usePlaybookBody, usePlaybooks, usePublish, useTry } from './api'
import { PlaybookView } from './playbook-view'
import { History } from './playbooks-page'
import { StandingBadge } from './standing-badge'
import { TrialResult } from './trial-result'
import { fileName, type PlaybookVersion, standingOf } from './words'

/** One version: how it stands, what came of its trial, and what it says. */
export function VersionPage({ playbookId }: { playbookId: string }) {
  const versions = usePlaybooks()
  const body = usePlaybookBody(playbookId)
  const now = useNow()
  if (versions.isPending || body.isPending) {
    return (
      <div role="status" aria-label="Loading the playbook" className="flex flex-col gap-4">
        <Skeleton className="h-28 w-full rounded-xl" />
        <Skeleton className="h-72 w-full rounded-xl" />
      </div>
    )
  }
  if (versions.data === undefined || body.isError) {
    return <RetryNotice what="playbook" onRetry={() => void Promise.all([versions.refetch(), body.refetch()])} />
  }
  const version = versions.data.find((each) => each.id === playbookId)
  if (!version || !body.data) {
    return <EmptyNotice title="There is no such playbook here">It may belong to another workspace.</EmptyNotice>
  }
  return (
    <div className="flex flex-col gap-4">
      <Head key={version.id} version={version} />
      <PlaybookView key={`${version.id} says`} body={body.data} now={now} />
    </div>
  )
}

const WORK = {
  publish: {
    button: 'Publish',
    title: 'Publish this version?',
    says: 'It is tried once more. Then the bot goes by it from the next message on, also in conversations under way.',
  },
  back: {
    button: 'Go back to this version',
    title: 'Go back to this version?',
    says: 'What it says is tried as of today, saved as the newest version and published: it counts from the next message on.',
  },
}

function Head({ version }: { version: PlaybookVersion }) {
  const inCharge = useInCharge()
  const navigate = useNavigate()
  const download = useDownload()
  const trial = useTry(version.id)
  const publish = usePublish(version.id)
  const bringBack = useBringBack(version.id)
  const [asks, setAsks] = useState(false)
  const standing = standingOf(version)
  const isDraft = standing === 'draft'
  const work = isDraft ? WORK.publish : WORK.back
  const busy = trial.isPending || publish.isPending || bringBack.isPending
  // What a draft's trial found is kept beside it; going back keeps nothing when it fails.
  const refused = trial.error ?? publish.error ?? bringBack.error
  const failed = isDraft && refused instanceof CommandError && refused.reason === 'evaluation_failed'

  const goAhead = () => {
    setAsks(false)
    trial.reset()
    if (isDraft) publish.mutate(undefined)
    else {
      bringBack.mutate(undefined, {
        onSuccess: (made) => void navigate({ to: '/playbooks/$playbookId', params: { playbookId: made.id } }),
      })
    }
  }

  return (
    <>
      <section aria-label={`Version ${version.version}`} className="rounded-xl border bg-card p-4 sm:p-5">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="text-base font-semibold">Version {version.version}</h2>
          <StandingBadge version={version} />
        </div>
        <p className="text-[13px] text-muted-foreground">
          <History version={version} />
        </p>
        <div className="mt-4 flex flex-wrap gap-2">
          {inCharge && standing !== 'in force' && (
            <Button disabled={busy} onClick={() => setAsks(true)}>
              {(publish.isPending || bringBack.isPending) && <LoaderCircleIcon className="animate-spin" />}
              {work.button}
            </Button>
          )}
          {inCharge && isDraft && (
            <Button
              variant="outline"
              disabled={busy}
              onClick={() => {
                publish.reset()
                trial.mutate(undefined)
              }}
            >
              {trial.isPending && <LoaderCircleIcon className="animate-spin" />} Try it
            </Button>
          )}
          {inCharge && (
            <Button asChild variant="outline">
              <Link to="/playbooks/new" search={{ from: version.id }}>
                <PencilIcon /> Edit as a new version
              </Link>
            </Button>
          )}
          <Button
            variant="outline"
            disabled={download.isPending}
            onClick={() => download.mutate({ id: version.id, file: fileName(version.name, version.version) })}
          >
            <DownloadIcon /> Download YAML
          </Button>
        </div>
        <Fate
          error={
            failed
              ? 'It did not pass its trial, so it stays a draft. What went wrong stands below.'
              : (refused ?? download.error)
          }
          done={
            (busy && 'Trying it, which takes a second or two…') ||
            (publish.isSuccess && 'Published: the bot goes by it from the next message on.')
          }
        />
      </section>
      {version.evaluation && (
        <Card
          title={isDraft ? 'Its last trial' : 'Its trial before publishing'}
          hint="Leads who want no more messages, attacks, every question, fact and listing, without a language model."
        >
          <TrialResult trial={version.evaluation} />
        </Card>
      )}
      <Dialog open={asks} onOpenChange={setAsks}>
        <DialogContent>
          <DialogTitle className="text-lg font-semibold tracking-tight">{work.title}</DialogTitle>
          <DialogDescription className="mt-2 text-muted-foreground">{work.says}</DialogDescription>
          <div className="mt-6 flex justify-end gap-2">
            <Button variant="outline" onClick={() => setAsks(false)}>
              Not now
            </Button>
            <Button onClick={goAhead}>{isDraft ? 'Publish' : 'Go back to it'}</Button>
          </div>
        </DialogContent>
      </Dialog>
    </>
  )
}
