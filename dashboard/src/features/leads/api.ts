import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { answered, CommandError, useBackend } from '@/lib/backend'
import type { Database } from '@/lib/database'
import { useAnnounce, useLiveEvents } from '@/lib/live/provider'

export type LeadMeeting = Pick<
  Database['public']['Tables']['meetings']['Row'],
  'id' | 'kind' | 'state' | 'starts_at' | 'ends_at' | 'time_zone' | 'agent_id'
>

const aboutKey = (leadId: string) => ['about-lead', leadId] as const

/** Tags, meetings, notes and the newest consent of one lead; read again when something happens in the conversation. */
export function useAboutLead(leadId: string, conversationId?: string) {
  const { supabase } = useBackend()
  const queryClient = useQueryClient()
  useLiveEvents((event) => {
    if (event.type === 'conversation' && event.conversationId === conversationId) {
      void queryClient.invalidateQueries({ queryKey: aboutKey(leadId) })
    }
  })
  return useQuery({
    queryKey: aboutKey(leadId),
    queryFn: async () => {
      const [tags, meetings, notes, consents] = await Promise.all([
        supabase.from('lead_tags').select('tag:tags!inner(id, name)').eq('lead_id', leadId).throwOnError(),
        supabase
          .from('meetings')
          .select('id, kind, state, starts_at, ends_at, time_zone, agent_id')
          .eq('lead_id', leadId)
          .neq('state', 'held')
          .order('starts_at', { ascending: false })
          .limit(5)
          .throwOnError(),
        supabase
          .from('notes')
          .select('id, body, author_id, created_at')
          .eq('lead_id', leadId)
          .order('created_at', { ascending: false })
          .limit(20)
          .throwOnError(),
        supabase
          .from('consents')
          .select('id, purpose, source, evidence, given_at, withdrawn_at')
          .eq('lead_id', leadId)
          .order('given_at', { ascending: false })
          .limit(1)
          .throwOnError(),
      ])
      return {
        tags: tags.data.map((row) => row.tag),
        meetings: meetings.data,
        notes: notes.data,
        consent: consents.data[0] ?? null,
      }
    },
    staleTime: 60_000,
  })
}

/** Call a meeting off; the lead is not told by it. */
export function useCancelMeeting(leadId: string, conversationId: string) {
  const { api } = useBackend()
  const queryClient = useQueryClient()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: async (meetingId: string) => {
      await answered(api.POST('/api/meetings/{meeting_id}/cancel', { params: { path: { meeting_id: meetingId } } }))
    },
    onSettled: () => {
      announce({ type: 'conversation', conversationId })
      return queryClient.invalidateQueries({ queryKey: aboutKey(leadId) })
    },
  })
}

/** Save a meeting as a file that the reader's own calendar takes. */
export function useCalendarFile() {
  const { authorizedFetch } = useBackend()
  return useMutation({
    mutationFn: async (meetingId: string) => {
      const answer = await authorizedFetch(`/api/meetings/${encodeURIComponent(meetingId)}.ics`)
      if (!answer.ok) throw new CommandError('The calendar file cannot be had just now. Try again.', 'calendar')
      const address = URL.createObjectURL(await answer.blob())
      const link = document.createElement('a')
      link.href = address
      link.download = 'meeting.ics'
      link.click()
      URL.revokeObjectURL(address)
    },
  })
}
