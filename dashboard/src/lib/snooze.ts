import { useQuery, useQueryClient } from '@tanstack/react-query'

import { useBackend } from '@/lib/backend'
import type { Database } from '@/lib/database'
import { useGathered, useLiveEvents } from '@/lib/live/provider'
import { dayIn, parseTime } from '@/lib/time'

const COLUMNS = 'set_by, person_id, asked_at, message_id, said, occasion, woke_at, first_line'

/** Why a lead is, or was until it woke, left alone. */
export type Snooze = Pick<
  Database['public']['Tables']['snoozes']['Row'],
  'set_by' | 'person_id' | 'asked_at' | 'message_id' | 'said' | 'occasion' | 'woke_at' | 'first_line'
>

export const snoozeKey = (leadId: string) => ['snooze', leadId] as const

/** Until when a lead is left alone, if it is, and why; read again when something happens in the conversation. */
export function useSnooze(leadId: string, conversationId: string) {
  const { supabase } = useBackend()
  const queryClient = useQueryClient()
  const gather = useGathered(() => void queryClient.invalidateQueries({ queryKey: snoozeKey(leadId) }))
  useLiveEvents((event) => {
    if (event.type === 'conversation' && event.conversationId === conversationId) gather(leadId)
  })
  return useQuery({
    queryKey: snoozeKey(leadId),
    queryFn: async (): Promise<{ until: string | null; why: Snooze | null }> => {
      const [lead, why] = await Promise.all([
        supabase.from('leads').select('snoozed_until').eq('id', leadId).maybeSingle().throwOnError(),
        supabase.from('snoozes').select(COLUMNS).eq('lead_id', leadId).maybeSingle().throwOnError(),
      ])
      return { until: lead.data?.snoozed_until ?? null, why: why.data }
    },
    staleTime: 30_000,
  })
}

/** Whether a lead's day has come and nobody has written since: then it says why the lead is there. */
export function justWoke(why: Pick<Snooze, 'woke_at'>, lastMessageAt: string): boolean {
  return why.woke_at !== null && parseTime(lastMessageAt) < parseTime(why.woke_at)
}

/** The day until which a lead is left alone. One that the lead named is a date, kept as its midnight in UTC. */
export function untilDay(until: string, why: Pick<Snooze, 'set_by'> | null, timeZone: string, now: Date): string {
  return dayIn(why?.set_by === 'lead' ? 'UTC' : timeZone, parseTime(until), now)
}

const MONTH = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' })
const SOME = /^later:(\w+)s$/
const ONE = /^later:(\w+)$/

/** "after the summer": the time that was recognised in what the lead wrote, for the team; null when none was. */
export function occasionInWords(occasion: string | null): string | null {
  if (occasion === null) return null
  if (occasion === 'after_summer') return 'after the summer'
  if (occasion === 'new_year') return 'in the new year'
  if (occasion.startsWith('month:'))
    return `in ${MONTH.format(new Date(Date.UTC(2026, Number(occasion.slice(6)) - 1)))}`
  const some = SOME.exec(occasion)
  if (some) return `some ${some[1]}s later`
  const one = ONE.exec(occasion)
  return one ? `a ${one[1]} later` : null
}

/** "Asked on 12 June to be written to after the summer"; null for a lead who asked for nothing, or took it back. */
export function whatTheyAsked(why: Snooze, timeZone: string, now: Date): string | null {
  if (why.message_id === null) return null
  const day = dayIn(timeZone, parseTime(why.asked_at), now)
  const when = occasionInWords(why.occasion)
  return when === null ? `Said on ${day} that it was not a good time` : `Asked on ${day} to be written to ${when}`
}
