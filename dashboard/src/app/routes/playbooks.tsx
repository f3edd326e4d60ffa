import { getRouteApi, Link, useParams } from '@tanstack/react-router'
import { ArrowLeftIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import { Button } from '@/components/ui/button'
import { ApprovalSwitch } from '@/features/bot-settings/approval-switch'
import { HandoverTimes } from '@/features/bot-settings/handover-times'
import { usePlaybooks } from '@/features/playbooks/api'
import { EditorPage } from '@/features/playbooks/editor-page'
import { PlaybooksPage } from '@/features/playbooks/playbooks-page'
import { VersionPage } from '@/features/playbooks/version-page'
import { cn } from '@/lib/cn'
import { PhoneMenus } from '../shell'

/** What the bot says, and how it and people share the work. */
export function PlaybooksRoom() {
  return (
    <Room title="Playbooks" width="max-w-5xl" back="inbox">
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <PlaybooksPage />
        <div className="flex min-w-0 flex-col gap-4">
          <ApprovalSwitch />
          <HandoverTimes />
        </div>
      </div>
    </Room>
  )
}

export function PlaybookRoom() {
  const { playbookId } = useParams({ from: '/playbooks/$playbookId' })
  const version = usePlaybooks().data?.find((each) => each.id === playbookId)
  return (
    <Room title={version?.name ?? 'Playbook'} width="max-w-4xl" back="playbooks">
      <VersionPage key={playbookId} playbookId={playbookId} />
    </Room>
  )
}

const beginning = getRouteApi('/playbooks/new')

export function NewPlaybookRoom() {
  return (
    <Room title="New version" width="max-w-5xl" back="playbooks">
      <EditorPage {...beginning.useSearch()} />
    </Room>
  )
}

type RoomProps = { title: string; width: string; back: 'inbox' | 'playbooks'; children: ReactNode }

function Room({ title, width, back, children }: RoomProps) {
  return (
    <main className="min-h-0 flex-1 overflow-y-auto">
      <div className={cn('mx-auto px-4 pt-3 pb-10 sm:px-6 md:pt-6', width)}>
        <div className="mb-3 flex items-center gap-2 md:mb-4">
          <Button asChild variant="ghost" size="icon" className={cn('-ml-2', back === 'inbox' && 'md:hidden')}>
            {back === 'inbox' ? (
              <Link to="/inbox" search={{ filter: 'all' }} aria-label="Back to the inbox">
                <ArrowLeftIcon />
              </Link>
            ) : (
              <Link to="/playbooks" aria-label="Back to the playbooks">
                <ArrowLeftIcon />
              </Link>
            )}
          </Button>
          <h1 className="min-w-0 flex-1 truncate text-xl font-semibold tracking-tight">{title}</h1>
          <PhoneMenus />
        </div>
        {children}
      </div>
    </main>
  )
}
