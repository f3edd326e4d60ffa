import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import type { components } from '@/lib/api/schema'
import { answered, useBackend } from '@/lib/backend'
import type { Database } from '@/lib/database'
import { useWorkspace } from '@/lib/workspace'
import type { Span } from './week'

export type MeetingType = Database['public']['Tables']['meeting_types']['Row']
export type DaysOff = Database['public']['Tables']['days_off']['Row']
export type Member = { user_id: string; display_name: string; role: string }
export type MeetingTypeBody = components['schemas']['MeetingTypeBody']

const hoursKey = (workspaceId: string) => ['hours', workspaceId] as const

/** Who takes meetings and when, days off, kinds of meeting, and one's own calendar. */
export function useHours() {
  const { supabase, api } = useBackend()
  const { workspaceId } = useWorkspace()
  return useQuery({
    queryKey: hoursKey(workspaceId),
    queryFn: async ({ signal }) => {
      const [members, availability, daysOff, types, inForce, calendar] = await Promise.all([
        supabase
          .from('members')
          .select('user_id, display_name, role')
          .eq('workspace_id', workspaceId)
          .neq('role', 'viewer')
          .order('display_name')
          .throwOnError(),
        supabase
          .from('availability')
          .select('user_id, weekday, starts_at, ends_at, time_zone, available')
          .eq('workspace_id', workspaceId)
          .throwOnError(),
        supabase.from('days_off').select('*').eq('workspace_id', workspaceId).order('first_day').throwOnError(),
        supabase.from('meeting_types').select('*').eq('workspace_id', workspaceId).order('kind').throwOnError(),
        supabase
          .from('playbooks')
          .select('meetings:body->meetings')
          .eq('workspace_id', workspaceId)
          .not('published_at', 'is', null)
          .order('published_at', { ascending: false })
          .limit(1)
          .throwOnError(),
        answered(api.GET('/api/calendar', { params: { query: { workspace_id: workspaceId } }, signal })),
      ])
      return {
        members: members.data,
        weekly: availability.data.filter((row) => row.weekday !== null && row.available),
        daysOff: daysOff.data,
        types: types.data,
        /** Kinds of meeting that the playbook in force names. */
        named: (inForce.data[0]?.meetings ?? []).map((each) => each.kind),
        calendar: calendar ?? null,
      }
    },
    refetchInterval: 30_000,
  })
}

export type Hours = NonNullable<ReturnType<typeof useHours>['data']>

/** A command about hours; everything is read again when it is done. */
function useCommand<Asked>(command: (asked: Asked) => Promise<unknown>) {
  const { workspaceId } = useWorkspace()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: command,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: hoursKey(workspaceId) }),
  })
}

function useQueryOfWorkspace() {
  return { workspace_id: useWorkspace().workspaceId }
}

export function useSetWeek(userId: string) {
  const { api } = useBackend()
  const query = useQueryOfWorkspace()
  return useCommand((week: { time_zone: string; hours: Span[] }) =>
    answered(api.PUT('/api/hours/{user_id}', { params: { path: { user_id: userId }, query }, body: week })),
  )
}

export function useAddDaysOff() {
  const { api } = useBackend()
  const query = useQueryOfWorkspace()
  return useCommand((body: components['schemas']['NewDaysOff']) =>
    answered(api.POST('/api/days-off', { params: { query }, body })),
  )
}

export function useRemoveDaysOff() {
  const { api } = useBackend()
  return useCommand((id: string) =>
    answered(api.DELETE('/api/days-off/{days_off_id}', { params: { path: { days_off_id: id } } })),
  )
}

/** Make a kind of meeting, or plan it anew; a retired one is offered again. */
export function useSetMeetingType() {
  const { api } = useBackend()
  const query = useQueryOfWorkspace()
  return useCommand(({ kind, plan }: { kind: string; plan: MeetingTypeBody }) =>
    answered(api.PUT('/api/meeting-types/{kind}', { params: { path: { kind }, query }, body: plan })),
  )
}

export function useRetireMeetingType() {
  const { api } = useBackend()
  const query = useQueryOfWorkspace()
  return useCommand((kind: string) =>
    answered(api.DELETE('/api/meeting-types/{kind}', { params: { path: { kind }, query } })),
  )
}

export function useConnectCalendar() {
  const { api } = useBackend()
  const query = useQueryOfWorkspace()
  return useCommand((body: components['schemas']['NewCalendar']) =>
    answered(api.PUT('/api/calendar', { params: { query }, body })),
  )
}

export function useDisconnectCalendar() {
  const { api } = useBackend()
  const query = useQueryOfWorkspace()
  return useCommand(() => answered(api.DELETE('/api/calendar', { params: { query } })))
}
