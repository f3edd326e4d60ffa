import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { answered, useBackend } from '@/lib/backend'
import { useAnnounce, useGathered, useLiveEvents } from '@/lib/live/provider'

const COLUMNS = 'id, state, reason, question, summary, offered_to, deadline_at, somebody_at, lead_told'

const handoverKey = (conversationId: string) => ['handover', conversationId] as const

/** The hand-over of a conversation that waits for a person; null when it waits for nobody. */
export function useHandover(conversationId: string) {
  const { supabase } = useBackend()
  const queryClient = useQueryClient()
  const gather = useGathered(() => void queryClient.invalidateQueries({ queryKey: handoverKey(conversationId) }))
  useLiveEvents((event) => {
    if (event.type === 'conversation' && event.conversationId === conversationId) gather(conversationId)
  })
  return useQuery({
    queryKey: handoverKey(conversationId),
    queryFn: async () => {
      const { data } = await supabase
        .from('handovers')
        .select(COLUMNS)
        .eq('conversation_id', conversationId)
        .is('closed_at', null)
        .maybeSingle()
        .throwOnError()
      return data
    },
    staleTime: 10_000,
  })
}

export type Handover = NonNullable<NonNullable<ReturnType<typeof useHandover>['data']>>

/** Take it, or say "not me"; what became of it is read again either way. */
export function useAnswerOffer(conversationId: string) {
  const { api } = useBackend()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: async ({ handoverId, answer }: { handoverId: string; answer: 'take' | 'pass' }) => {
      const params = { params: { path: { handover_id: handoverId } } }
      await (answer === 'take'
        ? answered(api.POST('/api/handovers/{handover_id}/take', params))
        : answered(api.POST('/api/handovers/{handover_id}/pass', params)))
    },
    onSettled: () => announce({ type: 'conversation', conversationId }),
  })
}

const SAY_EVERY = 45_000

/** Say again and again that somebody has this conversation on the screen, so that nobody takes it from them. */
export function useSayHere(conversationId: string, answering: boolean): void {
  const { api } = useBackend()
  useEffect(() => {
    if (!answering) return
    const say = () => {
      if (document.visibilityState !== 'visible') return
      const params = { params: { path: { conversation_id: conversationId } } }
      // Best effort: the next one comes soon.
      api.POST('/api/conversations/{conversation_id}/here', params).catch(() => undefined)
    }
    say()
    const timer = setInterval(say, SAY_EVERY)
    document.addEventListener('visibilitychange', say)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', say)
    }
  }, [api, conversationId, answering])
}
