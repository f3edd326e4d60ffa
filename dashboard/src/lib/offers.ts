import { useQuery, useQueryClient } from '@tanstack/react-query'

import { useBackend } from '@/lib/backend'
import { useGathered, useLiveEvents } from '@/lib/live/provider'
import { useUserId } from '@/lib/session'
import { useWorkspace } from '@/lib/workspace'

const offersKey = (workspaceId: string) => ['offers', workspaceId] as const

/** The conversations that the signed-in member is asked to take, the longest asked first. */
export function useOffers() {
  const { supabase } = useBackend()
  const { workspaceId } = useWorkspace()
  const me = useUserId()
  return useQuery({
    queryKey: offersKey(workspaceId),
    queryFn: async (): Promise<string[]> => {
      const { data } = await supabase
        .from('handovers')
        .select('conversation_id')
        .eq('workspace_id', workspaceId)
        .eq('offered_to', me)
        .order('offered_at')
        .limit(100)
        .throwOnError()
      return data.map((row) => row.conversation_id)
    },
    staleTime: 30_000,
  })
}

/** Keep the offers true while events come in. Once per page. */
export function useLiveOffers(): void {
  const queryClient = useQueryClient()
  const { workspaceId } = useWorkspace()
  const gather = useGathered(() => void queryClient.invalidateQueries({ queryKey: offersKey(workspaceId) }), 400)
  useLiveEvents((event) => {
    if (event.type === 'conversation') gather(event.conversationId)
  })
}
