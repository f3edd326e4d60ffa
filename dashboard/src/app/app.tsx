import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { LoaderCircleIcon, LogOutIcon } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'

import { EmptyNotice, RetryNotice } from '@/components/notices'
import { Button } from '@/components/ui/button'
import { TooltipProvider } from '@/components/ui/tooltip'
import { SignIn } from '@/features/sign-in/sign-in'
import { type Backend, BackendContext } from '@/lib/backend'
import { LiveProvider } from '@/lib/live/provider'
import { releaseForgottenMedia } from '@/lib/media'
import { SessionProvider, useSession } from '@/lib/session'
import { useMemberships, WorkspaceContext } from '@/lib/workspace'

const queryClient = new QueryClient({
  // Events say when something changed; looking at the window again does not.
  defaultOptions: { queries: { refetchOnWindowFocus: false, retry: 1 } },
})

releaseForgottenMedia(queryClient)

/** The rooms are fetched while somebody signs in, not before the form is shown. */
const Rooms = lazy(() => import('./rooms'))

export function App({ backend }: { backend: Backend }) {
  return (
    <BackendContext value={backend}>
      <QueryClientProvider client={queryClient}>
        <TooltipProvider>
          <SessionProvider>
            <Door />
          </SessionProvider>
        </TooltipProvider>
      </QueryClientProvider>
    </BackendContext>
  )
}

/** Signed in or not. The address stays, so that a link still leads there after signing in. */
function Door() {
  const { session, isPending } = useSession()
  if (isPending) return <Splash />
  if (!session) return <SignIn />
  return (
    <InWorkspace key={session.user.id}>
      <LiveProvider>
        <Suspense fallback={<Splash />}>
          <Rooms />
        </Suspense>
      </LiveProvider>
    </InWorkspace>
  )
}

const CHOSEN = 'lead-reviver-workspace'

function InWorkspace({ children }: { children: ReactNode }) {
  const { signOut } = useSession()
  const memberships = useMemberships()
  const [chosen, setChosen] = useState(() => localStorage.getItem(CHOSEN))
  const mine = memberships.data
  const current = mine?.find((each) => each.workspaceId === chosen) ?? mine?.[0]
  const value = useMemo(
    () =>
      mine && current
        ? {
            ...current,
            mine,
            choose: (workspaceId: string) => {
              localStorage.setItem(CHOSEN, workspaceId)
              setChosen(workspaceId)
            },
          }
        : null,
    [mine, current],
  )
  if (memberships.isPending) return <Splash />
  if (memberships.isError)
    return (
      <Centered>
        <RetryNotice what="workspace" onRetry={() => void memberships.refetch()} />
      </Centered>
    )
  if (!value) {
    return (
      <Centered>
        <EmptyNotice title="You are not in a workspace yet">Ask the owner of your workspace to invite you.</EmptyNotice>
        <Button variant="outline" onClick={() => void signOut()}>
          <LogOutIcon /> Sign out
        </Button>
      </Centered>
    )
  }
  return <WorkspaceContext value={value}>{children}</WorkspaceContext>
}

function Centered({ children }: { children: ReactNode }) {
  return <main className="flex h-full flex-col items-center justify-center">{children}</main>
}

function Splash() {
  return (
    <div
      role="status"
      aria-label="Opening Lead-Reviver"
      className="flex h-full items-center justify-center text-muted-foreground"
    >
      <LoaderCircleIcon className="size-6 animate-spin" />
    </div>
  )
}
