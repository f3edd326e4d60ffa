import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import type { components } from '@/lib/api/schema'
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

export type MeetingState = components['schemas']['MeetingState']
export type FreeSlot = components['schemas']['FreeSlot']

export type MeetingChange =
  | { to: 'cancelled'; reason: string; tell: boolean }
  | { to: 'moved'; slot: FreeSlot; reason: string; tell: boolean }
  | { to: 'ended'; state: 'happened' | 'no_show'; tell: boolean }

/** Call a meeting off, move it, or say how it ended; says what became of the message to the lead. */
export function useChangeMeeting(meetingId: string, leadId: string, conversationId: string) {
  const { api } = useBackend()
  const queryClient = useQueryClient()
  const announce = useAnnounce()
  const params = { path: { meeting_id: meetingId } }
  return useMutation({
    mutationFn: (change: MeetingChange): Promise<MeetingState> => {
      if (change.to === 'ended') {
        return answered(
          api.POST('/api/meetings/{meeting_id}/outcome', { params, body: { state: change.state, tell: change.tell } }),
        )
      }
      const body = { reason: change.reason.trim() || null, tell: change.tell }
      if (change.to === 'cancelled') return answered(api.POST('/api/meetings/{meeting_id}/cancel', { params, body }))
      const { starts_at, agent_id } = change.slot
      return answered(api.POST('/api/meetings/{meeting_id}/move', { params, body: { ...body, starts_at, agent_id } }))
    },
    onSettled: () => {
      announce({ type: 'conversation', conversationId })
      return queryClient.invalidateQueries({ queryKey: aboutKey(leadId) })
    },
  })
}

/** When a meeting could be instead. */
export function useFreeSlots(meetingId: string) {
  const { api } = useBackend()
  return useQuery({
    queryKey: ['free-slots', meetingId],
    queryFn: ({ signal }) =>
      answered(
        api.GET('/api/meetings/{meeting_id}/free-slots', { params: { path: { meeting_id: meetingId } }, signal }),
      ),
    gcTime: 0,
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
