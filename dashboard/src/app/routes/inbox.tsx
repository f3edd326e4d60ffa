import { getRouteApi, Outlet, useNavigate, useParams } from '@tanstack/react-router'
import { MessagesSquareIcon } from 'lucide-react'
import { Fragment, type RefObject, useCallback, useEffect, useRef, useState } from 'react'

import { Dialog, DialogTitle, SheetContent } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { ConversationList } from '@/features/conversations/conversation-list'
import type { Filter } from '@/features/conversations/placing'
import { HandoverCard } from '@/features/handovers/handover-card'
import { LeadPanel } from '@/features/leads/lead-panel'
import { Thread } from '@/features/messages/thread-room'
import { WakingCard } from '@/features/snoozes/waking-card'
import { cn } from '@/lib/cn'
import { useConversation, useLiveConversation } from '@/lib/conversation'
import { useMedia } from '@/lib/use-media'
import { useWorkspace } from '@/lib/workspace'
import { PhoneMenus } from '../shell'

const inbox = getRouteApi('/inbox')

const LOOK_AGAIN = 50

/** Puts the cursor where one writes, once the conversation that was opened is on the screen. Times in milliseconds. */
function focusOnceThere(room: RefObject<HTMLElement | null>, pause = 250, left = 2_000) {
  setTimeout(() => {
    const field = room.current?.querySelector('textarea')
    if (field) field.focus()
    else if (left > 0) focusOnceThere(room, LOOK_AGAIN, left - LOOK_AGAIN)
  }, pause)
}

/** List, thread and lead side by side; one after the other on a phone. */
export function InboxRoom() {
  const { filter, q = '' } = inbox.useSearch()
  const { conversationId } = useParams({ strict: false })
  const navigate = useNavigate()
  const thread = useRef<HTMLDivElement>(null)

  const onFilter = useCallback(
    (next: Filter) => void navigate({ to: '.', search: (before) => ({ ...before, filter: next }) }),
    [navigate],
  )
  const onSearch = useCallback(
    (next: string) =>
      void navigate({ to: '.', search: (before) => ({ ...before, q: next || undefined }), replace: true }),
    [navigate],
  )
  const onOpenedByKey = () => focusOnceThere(thread)

  return (
    <main className="flex min-h-0 flex-1">
      <h1 className="sr-only">Inbox</h1>
      <section
        aria-label="Inbox"
        className={cn(
          'relative min-w-0 flex-1 bg-card md:w-[22.5rem] md:flex-none md:border-r lg:w-96',
          conversationId !== undefined && 'hidden md:block',
        )}
      >
        <div className="absolute top-3 right-3">
          <PhoneMenus />
        </div>
        <ConversationList
          filter={filter}
          search={q}
          openId={conversationId}
          onFilter={onFilter}
          onSearch={onSearch}
          onOpenedByKey={onOpenedByKey}
        />
      </section>
      <div ref={thread} className={cn('min-w-0 flex-1', conversationId === undefined && 'hidden md:block')}>
        <Outlet />
      </div>
    </main>
  )
}

export function NoConversation() {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 bg-thread px-8 text-center text-muted-foreground">
      <MessagesSquareIcon className="mb-2 size-10 stroke-[1.25]" aria-hidden />
      <p className="text-base font-medium text-foreground">Choose a conversation</p>
      <p>
        Move with <Kbd>j</Kbd> and <Kbd>k</Kbd>, open with <Kbd>Enter</Kbd>, all keys with <Kbd>?</Kbd>
      </p>
    </div>
  )
}

const PANEL = 'lead-reviver-panel'

export function ConversationRoom() {
  const { conversationId } = useParams({ from: '/inbox/$conversationId' })
  const { panel = false } = inbox.useSearch()
  const navigate = useNavigate()
  const wide = useMedia('(min-width: 80rem)')
  const [beside, setBeside] = useState(() => localStorage.getItem(PANEL) !== 'closed')
  useLiveConversation(conversationId)
  useItsWorkspace(conversationId)

  const onBack = () =>
    void navigate({
      to: '/inbox',
      search: (before) => ({ ...before, filter: before.filter ?? 'all', panel: undefined }),
    })
  const setPanel = (shown: boolean) =>
    void navigate({ to: '.', search: (before) => ({ ...before, panel: shown || undefined }) })
  const onPanel = () => {
    if (!wide) {
      setPanel(!panel)
      return
    }
    localStorage.setItem(PANEL, beside ? 'closed' : 'open')
    setBeside(!beside)
  }

  return (
    <div className="flex h-full min-h-0">
      <div className="min-w-0 flex-1">
        <Thread
          conversationId={conversationId}
          panelShown={wide ? beside : panel}
          notice={
            <Fragment key={conversationId}>
              <WakingCard conversationId={conversationId} />
              <HandoverCard conversationId={conversationId} />
            </Fragment>
          }
          onBack={onBack}
          onPanel={onPanel}
        />
      </div>
      {wide && beside && (
        <section aria-label="About this lead" className="w-80 shrink-0 overflow-y-auto border-l bg-card">
          <LeadPanel conversationId={conversationId} />
        </section>
      )}
      {!wide && (
        <Dialog open={panel} onOpenChange={setPanel}>
          <SheetContent aria-describedby={undefined}>
            <DialogTitle className="sr-only">About this lead</DialogTitle>
            <LeadPanel conversationId={conversationId} onJump={() => setPanel(false)} />
          </SheetContent>
        </Dialog>
      )}
    </div>
  )
}

/** A link may lead into another workspace of the same person: go there. */
function useItsWorkspace(conversationId: string): void {
  const { workspaceId, mine, choose } = useWorkspace()
  const its = useConversation(conversationId).data?.workspace_id
  useEffect(() => {
    if (its !== undefined && its !== workspaceId && mine.some((each) => each.workspaceId === its)) choose(its)
  }, [its, workspaceId, mine, choose])
}
