import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { answered, useBackend } from '@/lib/backend'
import { useWorkspace } from '@/lib/workspace'
import type { PlaybookBody } from './body'
import type { Shipped } from './words'

const versionsKey = (workspaceId: string) => ['playbooks', workspaceId] as const

/** The YAML of a request as it is, not as JSON. */
const AS_YAML = { headers: { 'Content-Type': 'application/yaml' }, bodySerializer: (text: string) => text }

/** Every version of every playbook. */
export function usePlaybooks() {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  return useQuery({
    queryKey: versionsKey(workspaceId),
    queryFn: ({ signal }) =>
      answered(api.GET('/api/playbooks', { params: { query: { workspace_id: workspaceId } }, signal })),
    refetchInterval: 30_000,
  })
}

/** What one version says. A version never changes, so it is read once. */
export function usePlaybookBody(id: string) {
  const { supabase } = useBackend()
  return useQuery({
    queryKey: ['playbook', id],
    queryFn: async () => {
      const { data } = await supabase.from('playbooks').select('body').eq('id', id).maybeSingle().throwOnError()
      return (data?.body ?? null) as PlaybookBody | null
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export type Beginning = { from?: string; shipped?: Shipped }

/** The YAML that a new version begins with: of a version, of one that comes with us, or nothing. */
export function useBeginning({ from, shipped }: Beginning) {
  const readYaml = useReadYaml()
  return useQuery({
    queryKey: ['playbook yaml', from ?? shipped ?? null],
    queryFn: () => (from || shipped ? readYaml({ from, shipped }) : ''),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

function useReadYaml() {
  const { api } = useBackend()
  return ({ from, shipped }: Beginning): Promise<string> => {
    const parseAs = 'text'
    if (from)
      return answered(api.GET('/api/playbooks/{playbook_id}', { params: { path: { playbook_id: from } }, parseAs }))
    const path = { name: shipped ?? 'property_buyers' }
    return answered(api.GET('/api/playbooks/shipped/{name}', { params: { path }, parseAs }))
  }
}

/** Put the YAML of a version on somebody's disk. */
export function useDownload() {
  const readYaml = useReadYaml()
  return useMutation({
    mutationFn: async ({ id, file }: { id: string; file: string }) => {
      const url = URL.createObjectURL(new Blob([await readYaml({ from: id })], { type: 'application/yaml' }))
      const link = document.createElement('a')
      link.href = url
      link.download = file
      link.click()
      setTimeout(() => URL.revokeObjectURL(url), 10_000)
    },
  })
}

/** Read and try a text as publishing does; nothing is kept. */
export function useCheckText() {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  return useMutation({
    mutationFn: (text: string) =>
      answered(
        api.POST('/api/playbooks/check', {
          params: { query: { workspace_id: workspaceId } },
          body: text,
          ...AS_YAML,
        }),
      ),
  })
}

/** A command about playbooks; the list is read again, also when it was refused: a trial is kept either way. */
function useCommand<Asked, Said>(command: (asked: Asked) => Promise<Said>) {
  const { workspaceId } = useWorkspace()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: command,
    onSettled: () => queryClient.invalidateQueries({ queryKey: versionsKey(workspaceId) }),
  })
}

export function useSaveText() {
  const { api } = useBackend()
  const { workspaceId } = useWorkspace()
  return useCommand((text: string) =>
    answered(api.POST('/api/playbooks', { params: { query: { workspace_id: workspaceId } }, body: text, ...AS_YAML })),
  )
}

export function useTry(id: string) {
  const { api } = useBackend()
  return useCommand(() =>
    answered(api.POST('/api/playbooks/{playbook_id}/try', { params: { path: { playbook_id: id } } })),
  )
}

export function usePublish(id: string) {
  const { api } = useBackend()
  return useCommand(() =>
    answered(api.POST('/api/playbooks/{playbook_id}/publish', { params: { path: { playbook_id: id } } })),
  )
}

export function useBringBack(id: string) {
  const { api } = useBackend()
  return useCommand(() =>
    answered(api.POST('/api/playbooks/{playbook_id}/bring-back', { params: { path: { playbook_id: id } } })),
  )
}
