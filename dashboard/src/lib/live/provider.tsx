import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'

import { useBackend } from '@/lib/backend'
import { EventStream, type LiveEvent, type StreamState } from '@/lib/live/events'
import { useWorkspace } from '@/lib/workspace'

type Listener = (event: LiveEvent) => void
type Live = {
  state: StreamState
  listen: (listener: Listener) => () => void
  announce: (event: LiveEvent) => void
}

const LiveContext = createContext<Live | null>(null)

/** One stream for the whole page; features listen to what concerns them. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const { authorizedFetch, supabase } = useBackend()
  const { workspaceId } = useWorkspace()
  const queryClient = useQueryClient()
  const listeners = useRef(new Set<Listener>())
  const [state, setState] = useState<StreamState>('connecting')

  useEffect(() => {
    let opened = false
    const stream = new EventStream({
      open: (headers, signal) =>
        authorizedFetch(`/api/events?workspace_id=${encodeURIComponent(workspaceId)}`, { headers, signal }),
      onEvent: (event) => {
        if (event.type === 'resync') readAgain(queryClient)
        else for (const listener of listeners.current) listener(event)
      },
      onState: (next) => {
        setState(next)
        if (next !== 'live' || opened) return
        // What changed between the first reads and the first event would be missed otherwise.
        opened = true
        readAgain(queryClient)
      },
      onUnauthorized: async () => {
        await supabase.auth.refreshSession()
      },
    })
    const hurry = () => {
      if (document.visibilityState === 'visible') stream.hurry()
    }
    window.addEventListener('online', hurry)
    document.addEventListener('visibilitychange', hurry)
    void stream.run()
    return () => {
      stream.stop()
      window.removeEventListener('online', hurry)
      document.removeEventListener('visibilitychange', hurry)
    }
  }, [authorizedFetch, supabase, queryClient, workspaceId])

  const value = useMemo<Live>(
    () => ({
      state,
      listen: (listener) => {
        listeners.current.add(listener)
        return () => listeners.current.delete(listener)
      },
      announce: (event) => {
        for (const listener of listeners.current) listener(event)
      },
    }),
    [state],
  )
  return <LiveContext value={value}>{children}</LiveContext>
}

/** Everything on the page is read again, except what never changes. */
function readAgain(queryClient: QueryClient): void {
  void queryClient.invalidateQueries({
    predicate: ({ queryKey }) => queryKey[0] !== 'media' && queryKey[0] !== 'quoted',
  })
}

/** For a room beside the inbox, whose lists hear no events meanwhile: they are read again when it is left. */
export function useReadAgainOnLeave(): void {
  const queryClient = useQueryClient()
  useEffect(() => () => readAgain(queryClient), [queryClient])
}

function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('useLive needs a LiveProvider above it')
  return live
}

export function useLiveState(): StreamState {
  return useLive().state
}

/** Say that something changed by a command of this page, without waiting for the engine's event. */
export function useAnnounce(): (event: LiveEvent) => void {
  return useLive().announce
}

/** Hear every event; the newest `listener` is called. */
export function useLiveEvents(listener: Listener): void {
  const { listen } = useLive()
  const newest = useRef(listener)
  useEffect(() => {
    newest.current = listener
  })
  useEffect(() => listen((event) => newest.current(event)), [listen])
}

/** Gather ids that came in by events and hand them over together, at most every `every` milliseconds. */
export function useGathered(hand: (ids: string[]) => void, every = 150): (id: string) => void {
  const newest = useRef(hand)
  const gathered = useRef(new Set<string>())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    newest.current = hand
  })
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
  return (id) => {
    gathered.current.add(id)
    timer.current ??= setTimeout(() => {
      const ids = [...gathered.current]
      gathered.current.clear()
      timer.current = undefined
      newest.current(ids)
    }, every)
  }
}
