import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import type { components } from '@/lib/api/schema'
import { answered, useBackend } from '@/lib/backend'
import { useAnnounce } from '@/lib/live/provider'
import { useWorkspace } from '@/lib/workspace'

const systemKey = (workspaceId: string) => ['system', workspaceId] as const

/** How things are, read again every few seconds while the page is looked at. */
export function useSystem() {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  return useQuery({
    queryKey: systemKey(workspaceId),
    queryFn: ({ signal }) =>
      answered(api.GET('/api/system', { params: { query: { workspace_id: workspaceId } }, signal })),
    refetchInterval: 5_000,
  })
}

function useReadSystemAgain(): () => Promise<void> {
  const { workspaceId } = useWorkspace()
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: systemKey(workspaceId) })
}

type ParkedTurn = components['schemas']['ParkedTurn']

/** Let the bot try one parked turn again. */
export function useRetryTurn() {
  const { api } = useBackend()
  const announce = useAnnounce()
  const readAgain = useReadSystemAgain()
  return useMutation({
    mutationFn: async (turn: ParkedTurn) => {
      await answered(api.POST('/api/turns/{turn_id}/retry', { params: { path: { turn_id: turn.id } } }))
    },
    onSettled: (_data, _error, turn) => {
      announce({ type: 'conversation', conversationId: turn.conversation_id })
      return readAgain()
    },
  })
}

/** Let the bot try every parked turn of the workspace again. */
export function useRetryAllTurns() {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  const readAgain = useReadSystemAgain()
  return useMutation({
    mutationFn: () =>
      answered(api.POST('/api/turns/retry-parked', { params: { query: { workspace_id: workspaceId } } })),
    onSettled: readAgain,
  })
}

/** Read an event in again; what became of it shows with the next look at the system. */
export const useRetryEvent = () => useRetry('/api/parked-events/{event_id}/retry')

/** Tell n8n again of a change of a meeting. */
export const useRetryMeetingEvent = () => useRetry('/api/meeting-events/{event_id}/retry')

function useRetry(path: '/api/parked-events/{event_id}/retry' | '/api/meeting-events/{event_id}/retry') {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  const readAgain = useReadSystemAgain()
  return useMutation({
    mutationFn: async (eventId: number) => {
      const params = { path: { event_id: eventId }, query: { workspace_id: workspaceId } }
      await answered(api.POST(path, { params }))
    },
    onSettled: readAgain,
  })
}

/** Let a number send again. */
export function useResumeNumber() {
  const { api } = useBackend()
  const announce = useAnnounce()
  const readAgain = useReadSystemAgain()
  return useMutation({
    mutationFn: async (channelId: string) => {
      await answered(api.POST('/api/channels/{channel_id}/resume', { params: { path: { channel_id: channelId } } }))
    },
    onSettled: () => {
      announce({ type: 'channel' })
      return readAgain()
    },
  })
}
