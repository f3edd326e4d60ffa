import {
  type InfiniteData,
  skipToken,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useMemo } from 'react'
import { uuidv7 } from 'uuidv7'

import { answered, type Backend, CommandError, useBackend } from '@/lib/backend'
import { type Conversation, conversationKey } from '@/lib/conversation'
import { useAnnounce, useGathered, useLiveEvents } from '@/lib/live/provider'
import { type Message, MESSAGE_COLUMNS } from './message'
import { type MessagePage, type Outgoing, upsert } from './thread'

const PAGE = 50

type Cursor = { at: string; id: string } | null

const messagesKey = (conversationId: string) => ['messages', conversationId] as const
const outgoingKey = (conversationId: string) => ['outgoing', conversationId] as const
const turnsKey = (conversationId: string) => ['turns', conversationId] as const

/** The newest messages first; further pages go back in time. */
export function useMessages(conversationId: string) {
  const { supabase } = useBackend()
  return useInfiniteQuery({
    queryKey: messagesKey(conversationId),
    queryFn: async ({ pageParam, signal }): Promise<MessagePage> => {
      let query = supabase
        .from('messages')
        .select(MESSAGE_COLUMNS)
        .eq('conversation_id', conversationId)
        .order('sent_at', { ascending: false })
        .order('id', { ascending: false })
        .limit(PAGE)
        .abortSignal(signal)
      if (pageParam) {
        query = query.or(`sent_at.lt.${pageParam.at},and(sent_at.eq.${pageParam.at},id.lt.${pageParam.id})`)
      }
      const { data } = await query.throwOnError()
      return { rows: data, hasMore: data.length === PAGE }
    },
    initialPageParam: null as Cursor,
    getNextPageParam: (page): Cursor | undefined => {
      const last = page.rows.at(-1)
      return page.hasMore && last ? { at: last.sent_at, id: last.id } : undefined
    },
    staleTime: 60_000,
  })
}

async function readMessages({ supabase }: Backend, ids: string[]): Promise<Message[]> {
  const { data } = await supabase.from('messages').select(MESSAGE_COLUMNS).in('id', ids).throwOnError()
  return data
}

function useShowMessages(conversationId: string): (found: Message[]) => void {
  const queryClient = useQueryClient()
  return (found) =>
    queryClient.setQueryData<InfiniteData<MessagePage, Cursor>>(messagesKey(conversationId), (thread) =>
      thread ? { ...thread, pages: upsert(thread.pages, found) } : thread,
    )
}

/** New messages, statuses and turns of the open conversation appear as they happen. */
export function useLiveMessages(conversationId: string): void {
  const backend = useBackend()
  const queryClient = useQueryClient()
  const show = useShowMessages(conversationId)
  const gatherMessages = useGathered((ids) => {
    readMessages(backend, ids).then(show, () =>
      queryClient.invalidateQueries({ queryKey: messagesKey(conversationId) }),
    )
  }, 60)
  const gatherTurns = useGathered((ids) => {
    void queryClient.invalidateQueries({ queryKey: turnsKey(conversationId) })
    for (const id of ids) void queryClient.invalidateQueries({ queryKey: ['turn', id] })
  })
  useLiveEvents((event) => {
    if (event.type === 'resync' || event.type === 'channel' || event.conversationId !== conversationId) return
    if (event.type === 'message') gatherMessages(event.messageId)
    if (event.type === 'turn') gatherTurns(event.turnId)
  })
}

const TURN_COLUMNS =
  'id, state, opened_at, last_message_at, attempts, reason, decision, model, runner, tokens_in, tokens_out, tokens_cached, cost_micros, cost_currency, took_ms'

/** Turns that wait, run, or were parked for a person to look at. */
export function useOpenTurns(conversationId: string) {
  const { supabase } = useBackend()
  return useQuery({
    queryKey: turnsKey(conversationId),
    queryFn: async () => {
      const { data } = await supabase
        .from('turns')
        .select(TURN_COLUMNS)
        .eq('conversation_id', conversationId)
        .in('state', ['gathering', 'running', 'settling', 'parked'])
        .order('opened_at', { ascending: false })
        .limit(10)
        .throwOnError()
      return data
    },
    staleTime: 10_000,
  })
}

export type OpenTurn = NonNullable<ReturnType<typeof useOpenTurns>['data']>[number]

/** Why one answer says what it says; read when somebody asks. */
export function useTurn(turnId: string, asked: boolean) {
  const { supabase } = useBackend()
  return useQuery({
    queryKey: ['turn', turnId],
    queryFn: async () => {
      const { data } = await supabase.from('turns').select(TURN_COLUMNS).eq('id', turnId).maybeSingle().throwOnError()
      return data
    },
    enabled: asked,
    staleTime: 5 * 60_000,
  })
}

/** A quoted message that lies before the loaded ones. */
export function useQuoted(conversationId: string, wamid: string, enabled: boolean) {
  const { supabase } = useBackend()
  return useQuery({
    queryKey: ['quoted', conversationId, wamid],
    queryFn: async () => {
      const { data } = await supabase
        .from('messages')
        .select(MESSAGE_COLUMNS)
        .eq('conversation_id', conversationId)
        .eq('wamid', wamid)
        .maybeSingle()
        .throwOnError()
      return data
    },
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** What this page is sending in a conversation. */
export function useOutgoing(conversationId: string): Outgoing[] {
  const { data } = useQuery<Outgoing[]>({
    queryKey: outgoingKey(conversationId),
    queryFn: skipToken,
    gcTime: Number.POSITIVE_INFINITY,
  })
  return useMemo(() => data ?? [], [data])
}

/**
 * Send as a person, shown at once; whoever writes takes the conversation over with it.
 *
 * A text that got stuck stays and can be tried again under the same id.
 */
export function useSend(conversation: Conversation) {
  const backend = useBackend()
  const queryClient = useQueryClient()
  const announce = useAnnounce()
  const show = useShowMessages(conversation.id)
  const key = outgoingKey(conversation.id)

  const keep = (change: (list: Outgoing[]) => Outgoing[]) =>
    queryClient.setQueryData<Outgoing[]>(key, (list) => change(list ?? []))
  const path = { conversation_id: conversation.id }

  const deliver = async (outgoing: Outgoing) => {
    keep((list) => [
      ...list.filter((each) => each.id !== outgoing.id),
      { ...outgoing, state: 'sending', problem: null },
    ])
    try {
      const sent = await answered(
        backend.api.POST('/api/conversations/{conversation_id}/messages', {
          params: { path },
          body: { id: outgoing.id, text: outgoing.text, reply_to: outgoing.replyTo },
        }),
      )
      const stored = await readMessages(backend, [sent.message_id])
      if (stored.length === 0) throw new CommandError(sent.reason ?? 'It was not sent.', sent.status)
      show(stored)
      keep((list) => list.filter((each) => each.id !== outgoing.id))
      announce({ type: 'conversation', conversationId: conversation.id })
    } catch (error) {
      const problem = error instanceof CommandError ? error.message : 'It could not be sent. Try again.'
      keep((list) => list.map((each) => (each.id === outgoing.id ? { ...each, state: 'stuck', problem } : each)))
    }
  }

  return {
    send: (text: string, quoted: Message | null) =>
      void deliver({
        id: uuidv7(),
        text,
        replyTo: quoted?.id ?? null,
        quotedWamid: quoted?.wamid ?? null,
        at: new Date().toISOString(),
        state: 'sending',
        problem: null,
      }),
    retry: (outgoing: Outgoing) => void deliver(outgoing),
    discard: (outgoing: Outgoing) => keep((list) => list.filter((each) => each.id !== outgoing.id)),
  }
}

/** Take over, hand back: the new state shows at once and is read again when the engine has answered. */
export function useWhoAnswers(conversationId: string, me: string) {
  const { api } = useBackend()
  const queryClient = useQueryClient()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: async (who: 'me' | 'bot') => {
      const params = { params: { path: { conversation_id: conversationId } } }
      await (who === 'me'
        ? answered(api.POST('/api/conversations/{conversation_id}/take-over', params))
        : answered(api.POST('/api/conversations/{conversation_id}/hand-back', params)))
    },
    onMutate: (who) => {
      const before = queryClient.getQueryData<Conversation>(conversationKey(conversationId))
      if (before) {
        queryClient.setQueryData<Conversation>(conversationKey(conversationId), {
          ...before,
          mode: who === 'me' ? 'human' : 'bot',
          assigned_to: who === 'me' ? me : null,
        })
      }
      return { before }
    },
    onError: (_error, _who, context) => {
      if (context?.before) queryClient.setQueryData(conversationKey(conversationId), context.before)
    },
    onSettled: () => announce({ type: 'conversation', conversationId }),
  })
}

export function useMarkRead(conversationId: string) {
  const { api } = useBackend()
  const queryClient = useQueryClient()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: async () => {
      await answered(
        api.POST('/api/conversations/{conversation_id}/read', {
          params: { path: { conversation_id: conversationId } },
        }),
      )
    },
    onSuccess: () => {
      queryClient.setQueryData<Conversation>(
        conversationKey(conversationId),
        (before) => before && { ...before, unread_count: 0 },
      )
      announce({ type: 'conversation', conversationId })
    },
  })
}

export function useResumeChannel(channelId: string) {
  const { api } = useBackend()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: async () => {
      await answered(api.POST('/api/channels/{channel_id}/resume', { params: { path: { channel_id: channelId } } }))
    },
    onSettled: () => announce({ type: 'channel' }),
  })
}

export function useRetryTurn(conversationId: string) {
  const { api } = useBackend()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: async (turnId: string) => {
      await answered(api.POST('/api/turns/{turn_id}/retry', { params: { path: { turn_id: turnId } } }))
    },
    onSettled: (_data, _error, turnId) => {
      announce({ type: 'turn', conversationId, turnId })
      announce({ type: 'conversation', conversationId })
    },
  })
}
