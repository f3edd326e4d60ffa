import { useQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'

import { useBackend } from '@/lib/backend'
import type { Role } from '@/lib/database'
import { useUserId } from '@/lib/session'

export type Membership = {
  workspaceId: string
  name: string
  timeZone: string
  role: Role
  approval: boolean
  /** How long somebody has to take a conversation before the next one is asked. */
  handoverMinutes: number
  /** How long a lead waits for the person who took over before the bot answers again; 0: for ever. */
  giveBackHours: number
}
export type Workspace = Membership & { mine: Membership[]; choose: (workspaceId: string) => void }

export const WorkspaceContext = createContext<Workspace | null>(null)

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext)
  if (!workspace) throw new Error('useWorkspace needs a WorkspaceContext above it')
  return workspace
}

/** Owners and managers change what holds for everybody. */
export function useInCharge(): boolean {
  const { role } = useWorkspace()
  return role === 'owner' || role === 'manager'
}

/** Viewers read everything and change nothing. */
export function useCanWrite(): boolean {
  return useWorkspace().role !== 'viewer'
}

/** The workspaces that the signed-in user works in, by name. */
export function useMemberships() {
  const { supabase } = useBackend()
  const userId = useUserId()
  return useQuery({
    queryKey: ['memberships', userId],
    queryFn: async (): Promise<Membership[]> => {
      const { data } = await supabase
        .from('members')
        // By the name of its key, since other tables lead from members to workspaces too.
        .select(
          'workspace_id, role, workspace:workspaces!members_workspace_id_fkey!inner(name, time_zone, approval, handover_minutes, give_back_hours)',
        )
        .eq('user_id', userId)
        .throwOnError()
      return data
        .map((row) => ({
          workspaceId: row.workspace_id,
          role: row.role,
          name: row.workspace.name,
          timeZone: row.workspace.time_zone,
          approval: row.workspace.approval,
          handoverMinutes: row.workspace.handover_minutes,
          giveBackHours: row.workspace.give_back_hours,
        }))
        .toSorted((a, b) => a.name.localeCompare(b.name))
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** The name of a colleague, by user id. */
export function useMemberNames(): (userId: string | null) => string {
  const { supabase } = useBackend()
  const { workspaceId } = useWorkspace()
  const userId = useUserId()
  const members = useQuery({
    queryKey: ['members', workspaceId],
    queryFn: async () => {
      const { data } = await supabase
        .from('members')
        .select('user_id, display_name')
        .eq('workspace_id', workspaceId)
        .throwOnError()
      return new Map(data.map((row) => [row.user_id, row.display_name]))
    },
    staleTime: 5 * 60_000,
  })
  return (id) => {
    if (id === null) return 'A person'
    if (id === userId) return 'You'
    return members.data?.get(id) ?? 'A colleague'
  }
}
