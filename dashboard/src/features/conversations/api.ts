import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'

import { type Backend, useBackend } from '@/lib/backend'
import { useGathered, useLiveEvents } from '@/lib/live/provider'
import { useOffers } from '@/lib/offers'
import { useUserId } from '@/lib/session'
import { useWorkspace } from '@/lib/workspace'
import {
  type ConversationRow,
  type Filter,
  type Listing,
  type Page,
  place,
  searchDigits,
  searchWords,
  waitsSince,
} from './placing'

const PAGE = 40
const OWN =
  'id, mode, assigned_to, waiting_for_person_since, waiting_reason, approval_waiting_since, last_message_at, last_message_preview, unread_count'
const LEAD = 'id, name, phone, opted_out_at, score'
const COLUMNS = `${OWN}, lead:leads!inner(${LEAD})` as const
const BEST = 100

type Cursor = { at: string; id: string } | null

/** The conversations of the leads with the highest scores; nobody reads on beyond them. */
async function readBest(
  { supabase }: Backend,
  workspaceId: string,
  search: string,
  signal: AbortSignal,
): Promise<Page> {
  let query = supabase
    .from('leads')
    .select(`${LEAD}, conversations!inner(${OWN})`)
    .eq('workspace_id', workspaceId)
    .not('score', 'is', null)
    .order('score', { ascending: false })
    .order('id', { ascending: false })
    .limit(BEST)
    .abortSignal(signal)
  const words = searchWords(search)
  if (words !== '') {
    const digits = searchDigits(search)
    query = query.or(`name.ilike.*${words}*${digits ? `,phone.like.*${digits}*` : ''}`)
  }
  const { data } = await query.throwOnError()
  const rows = data.flatMap(({ conversations, ...lead }) => conversations.map((each) => ({ ...each, lead })))
  return { rows, hasMore: false }
}

async function readPage(
  backend: Backend,
  workspaceId: string,
  { filter, search, me, offered = [] }: Listing,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<Page> {
  if (filter === 'best') return readBest(backend, workspaceId, search, signal)
  if (filter === 'offered' && offered.length === 0) return { rows: [], hasMore: false }
  const { supabase } = backend
  const waits = waitsSince(filter)
  const byWait = waits !== null
  const column = waits ?? 'last_message_at'
  let query = supabase
    .from('conversations')
    .select(COLUMNS)
    .eq('workspace_id', workspaceId)
    .order(column, { ascending: byWait })
    .order('id', { ascending: byWait })
    .limit(PAGE)
    .abortSignal(signal)
  if (filter === 'unread') query = query.gt('unread_count', 0)
  if (waits !== null) query = query.not(waits, 'is', null)
  if (filter === 'offered') query = query.in('id', offered)
  if (filter === 'mine') query = query.eq('assigned_to', me)
  const words = searchWords(search)
  if (words !== '') {
    const digits = searchDigits(search)
    query = query.or(`name.ilike.*${words}*${digits ? `,phone.like.*${digits}*` : ''}`, { referencedTable: 'lead' })
  }
  if (cursor) {
    const beyond = byWait ? 'gt' : 'lt'
    query = query.or(`${column}.${beyond}.${cursor.at},and(${column}.eq.${cursor.at},id.${beyond}.${cursor.id})`)
  }
  const { data } = await query.throwOnError()
  return { rows: data, hasMore: data.length === PAGE }
}

/** One page after the other of the conversations that a filter and a search let through. */
export function useConversations(filter: Filter, search: string) {
  const backend = useBackend()
  const { workspaceId } = useWorkspace()
  const me = useUserId()
  const offers = useOffers()
  const offered = filter === 'offered' ? offers.data : undefined
  return useInfiniteQuery({
    // Whatever is offered anew or no longer makes another list.
    queryKey: ['conversations', workspaceId, filter, search, ...(offered ?? [])],
    queryFn: ({ pageParam, signal }) =>
      readPage(backend, workspaceId, { filter, search, me, offered }, pageParam, signal),
    enabled: filter !== 'offered' || offered !== undefined,
    initialPageParam: null as Cursor,
    getNextPageParam: (page): Cursor | undefined => {
      const last = page.rows.at(-1)
      if (!page.hasMore || !last) return undefined
      const waits = waitsSince(filter)
      return { at: (waits !== null && last[waits]) || last.last_message_at, id: last.id }
    },
    placeholderData: search === '' ? undefined : keepPreviousData,
    staleTime: 60_000,
  })
}

export type Counts = Record<Exclude<Filter, 'all' | 'offered' | 'best'>, number>

export function useCounts() {
  const { supabase } = useBackend()
  const { workspaceId } = useWorkspace()
  const me = useUserId()
  return useQuery({
    queryKey: ['conversation-counts', workspaceId],
    queryFn: async (): Promise<Counts> => {
      const all = () =>
        supabase.from('conversations').select('id', { count: 'exact', head: true }).eq('workspace_id', workspaceId)
      const [unread, waiting, approval, mine] = await Promise.all([
        all().gt('unread_count', 0).throwOnError(),
        all().not('waiting_for_person_since', 'is', null).throwOnError(),
        all().not('approval_waiting_since', 'is', null).throwOnError(),
        all().eq('assigned_to', me).throwOnError(),
      ])
      return {
        unread: unread.count ?? 0,
        waiting: waiting.count ?? 0,
        approval: approval.count ?? 0,
        mine: mine.count ?? 0,
      }
    },
    staleTime: 60_000,
  })
}

/** Keep every loaded list and the counts true while events come in. */
export function useLiveConversations(openId: string | undefined): void {
  const { supabase } = useBackend()
  const { workspaceId } = useWorkspace()
  const me = useUserId()
  const queryClient = useQueryClient()
  const countsDue = useRef(0)

  const gather = useGathered(async (ids) => {
    const { data } = await supabase.from('conversations').select(COLUMNS).in('id', ids)
    if (data === null) {
      await queryClient.invalidateQueries({ queryKey: ['conversations', workspaceId] })
      return
    }
    const found: ConversationRow[] = data
    const lists = queryClient.getQueriesData<InfiniteData<Page, Cursor>>({ queryKey: ['conversations', workspaceId] })
    for (const [key, list] of lists) {
      if (!list) continue
      const listing = {
        filter: key[2] as Filter,
        search: key[3] as string,
        me,
        openId,
        offered: key.slice(4) as string[],
      }
      queryClient.setQueryData(key, { ...list, pages: place(list.pages, ids, found, listing) })
    }
    if (Date.now() < countsDue.current) return
    countsDue.current = Date.now() + 1_000
    setTimeout(() => void queryClient.invalidateQueries({ queryKey: ['conversation-counts', workspaceId] }), 1_000)
  })

  useLiveEvents((event) => {
    if (event.type === 'conversation' || event.type === 'message') gather(event.conversationId)
  })
}
