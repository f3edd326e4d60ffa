import type { Session } from '@supabase/supabase-js'
import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'

import { useBackend } from '@/lib/backend'
import { forgetDrafts } from '@/lib/drafts'

type SessionValue = { session: Session | null; isPending: boolean; signOut: () => Promise<void> }

const SessionContext = createContext<SessionValue | null>(null)

/** Who is signed in. Everything cached belongs to one user and is forgotten when the user changes. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const { supabase, api } = useBackend()
  const queryClient = useQueryClient()
  const [session, setSession] = useState<Session | null>(null)
  const [isPending, setPending] = useState(true)

  useEffect(() => {
    const { data } = supabase.auth.onAuthStateChange((event, next) => {
      setSession((before) => {
        if (before && before.user.id !== next?.user.id) queryClient.clear()
        return next
      })
      if (event === 'INITIAL_SESSION') setPending(false)
    })
    return () => data.subscription.unsubscribe()
  }, [supabase, queryClient])

  const signOut = useCallback(async () => {
    // The engine forgets the token first; being offline must not keep anybody signed in here.
    await api.POST('/api/sign-out').catch(() => undefined)
    await supabase.auth.signOut({ scope: 'local' })
    forgetDrafts()
    queryClient.clear()
  }, [api, supabase, queryClient])

  const value = useMemo(() => ({ session, isPending, signOut }), [session, isPending, signOut])
  return <SessionContext value={value}>{children}</SessionContext>
}

export function useSession(): SessionValue {
  const value = useContext(SessionContext)
  if (!value) throw new Error('useSession needs a SessionProvider above it')
  return value
}

/** The signed-in user's id; only inside rooms that need a session. */
export function useUserId(): string {
  const { session } = useSession()
  if (!session) throw new Error('useUserId needs somebody signed in')
  return session.user.id
}
