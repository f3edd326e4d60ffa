import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { components } from '@/lib/api/schema'
import { answered, useBackend } from '@/lib/backend'
import { useWorkspace } from '@/lib/workspace'

/** A setting of the workspace; what holds is read again when it is done. */
function useSetting<Asked>(command: (asked: Asked) => Promise<unknown>) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: command,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['memberships'] }),
  })
}

export function useSwitchApproval() {
  const { api } = useBackend()
  const params = { path: { workspace_id: useWorkspace().workspaceId } }
  return useSetting((on: boolean) =>
    answered(api.POST('/api/workspaces/{workspace_id}/approval', { params, body: { on } })),
  )
}

export function useSetHandoverTimes() {
  const { api } = useBackend()
  const params = { path: { workspace_id: useWorkspace().workspaceId } }
  return useSetting((body: components['schemas']['HandoverTimes']) =>
    answered(api.PUT('/api/workspaces/{workspace_id}/handover', { params, body })),
  )
}
