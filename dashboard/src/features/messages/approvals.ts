import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { answered, useBackend } from '@/lib/backend'
import { useAnnounce, useGathered, useLiveEvents } from '@/lib/live/provider'

const COLUMNS = 'id, conversation_id, turn_id, purpose, kind, body, content, created_at'
const PAUSE_BEFORE_CHECKING = 500

const approvalKey = (conversationId: string) => ['approval', conversationId] as const

/** What the bot proposes to say and a person has not decided about; kept true by events. */
export function useApproval(conversationId: string) {
  const { supabase } = useBackend()
  const queryClient = useQueryClient()
  const key = approvalKey(conversationId)
  const gather = useGathered(() => void queryClient.invalidateQueries({ queryKey: key }))
  useLiveEvents((event) => {
    if (event.type === 'resync' || event.type === 'channel' || event.conversationId !== conversationId) return
    gather(conversationId)
  })
  return useQuery({
    queryKey: key,
    queryFn: async () => {
      const { data } = await supabase
        .from('approvals')
        .select(COLUMNS)
        .eq('conversation_id', conversationId)
        .eq('state', 'waiting')
        .maybeSingle()
        .throwOnError()
      return data
    },
    staleTime: 10_000,
  })
}

export type Approval = NonNullable<ReturnType<typeof useApproval>['data']>

/** Let it go, or throw it away. Whatever the engine says, the conversation is read again. */
export function useDecide({ id, conversation_id: conversationId }: Approval) {
  const { api } = useBackend()
  const announce = useAnnounce()
  const onSettled = () => {
    announce({ type: 'message', conversationId, messageId: id })
    announce({ type: 'conversation', conversationId })
  }
  const params = { path: { message_id: id } }
  const approve = useMutation({
    mutationFn: (text: string | null) =>
      answered(api.POST('/api/messages/{message_id}/approve', { params, body: { text } })),
    onSettled,
  })
  const discard = useMutation({
    mutationFn: (reason: string) =>
      answered(api.POST('/api/messages/{message_id}/discard', { params, body: { reason } })),
    onSettled,
  })
  return { approve, discard }
}

/** What a person should look at once more in their words, once they pause; null when there is nothing. */
export function useWarning(text: string): string | null {
  const { api } = useBackend()
  const [settled, setSettled] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), PAUSE_BEFORE_CHECKING)
    return () => clearTimeout(timer)
  }, [text])
  const warnings = useQuery({
    queryKey: ['wording', settled],
    queryFn: ({ signal }) => answered(api.POST('/api/wording', { body: { text: settled.slice(0, 4096) }, signal })),
    enabled: settled.length > 3,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  })
  return settled === '' || text.trim() === '' ? null : (warnings.data?.steering ?? null)
}
