import { useQuery, useQueryClient } from '@tanstack/react-query'

import { type Backend, useBackend } from '@/lib/backend'
import { useGathered, useLiveEvents } from '@/lib/live/provider'
import { DAY, parseTime } from '@/lib/time'

const COLUMNS =
  'id, workspace_id, mode, assigned_to, waiting_for_person_since, waiting_reason, last_inbound_at, last_message_at, window_closed_at, unread_count, channel:channels!inner(id, name, display_phone_number, paused_reason), lead:leads!inner(id, name, phone, email, language, time_zone, source, stage, score, score_reasons, fields, owner_id, opted_out_at, came_back_at, marketing_stopped_at, created_at)'

async function readConversation({ supabase }: Backend, id: string) {
  const { data } = await supabase.from('conversations').select(COLUMNS).eq('id', id).maybeSingle().throwOnError()
  return data
}

/** A conversation with its lead, as the thread and the lead panel show it. */
export type Conversation = NonNullable<Awaited<ReturnType<typeof readConversation>>>

export const conversationKey = (id: string) => ['conversation', id] as const

/** One conversation, kept true by events; `data` is null when it is not there or not for this member to see. */
export function useConversation(id: string) {
  const backend = useBackend()
  return useQuery({ queryKey: conversationKey(id), queryFn: () => readConversation(backend, id), staleTime: 30_000 })
}

/** Read the open conversation again whenever an event says that it changed. Once per page. */
export function useLiveConversation(id: string): void {
  const queryClient = useQueryClient()
  const gather = useGathered(() => void queryClient.invalidateQueries({ queryKey: conversationKey(id) }))
  useLiveEvents((event) => {
    if (event.type === 'channel' || (event.type !== 'resync' && event.conversationId === id)) gather(id)
  })
}

/**
 * When the lead asked not to be written to, and whether they have written again since: then a person may answer.
 * Null when they did not ask.
 */
export function optedOut(
  lead: Pick<Conversation['lead'], 'opted_out_at' | 'came_back_at'>,
): { at: Date; cameBack: boolean } | null {
  if (lead.opted_out_at === null) return null
  return { at: parseTime(lead.opted_out_at), cameBack: lead.came_back_at !== null }
}

export type Window = { open: true; closesAt: Date } | { open: false; closedAt: Date | null }

/**
 * Whether free text may go to the lead: within 24 hours after the lead's last message, unless Meta said earlier
 * that the window is closed.
 */
export function replyWindow(
  conversation: Pick<Conversation, 'last_inbound_at' | 'window_closed_at'>,
  now: Date,
): Window {
  if (conversation.last_inbound_at === null) return { open: false, closedAt: null }
  const inbound = parseTime(conversation.last_inbound_at)
  const closesAt = new Date(inbound.getTime() + DAY)
  if (conversation.window_closed_at !== null) {
    const closedAt = parseTime(conversation.window_closed_at)
    if (closedAt > inbound) return { open: false, closedAt }
  }
  return closesAt > now ? { open: true, closesAt } : { open: false, closedAt: closesAt }
}
