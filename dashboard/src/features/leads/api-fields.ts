import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import type { components } from '@/lib/api/schema'
import { answered, useBackend } from '@/lib/backend'
import { conversationKey } from '@/lib/conversation'
import { useAnnounce } from '@/lib/live/provider'

export type EditableField = components['schemas']['EditableField']

const editableKey = (leadId: string) => ['lead-fields', leadId] as const
const correctionsKey = (leadId: string) => ['lead-corrections', leadId] as const

/** How each field of a lead is edited, in the playbook's order. */
export function useEditableFields(leadId: string) {
  const { api } = useBackend()
  return useQuery({
    queryKey: editableKey(leadId),
    queryFn: () => answered(api.GET('/api/leads/{lead_id}/fields', { params: { path: { lead_id: leadId } } })),
    staleTime: 5 * 60_000,
  })
}

/** What people put right, newest first. */
export function useCorrections(leadId: string, asked: boolean) {
  const { supabase } = useBackend()
  return useQuery({
    queryKey: correctionsKey(leadId),
    queryFn: async () => {
      const { data } = await supabase
        .from('field_corrections')
        .select('id, field, before, after, corrected_by, corrected_at')
        .eq('lead_id', leadId)
        .order('corrected_at', { ascending: false })
        .limit(20)
        .throwOnError()
      return data
    },
    enabled: asked,
    staleTime: 30_000,
  })
}

export type Correction = { id: string; field: string; value: unknown }

/** Put a field right. The id is the caller's, so that a second try changes nothing the first one did. */
export function useCorrectField(leadId: string, conversationId: string) {
  const { api } = useBackend()
  const queryClient = useQueryClient()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: (correction: Correction) =>
      answered(
        api.PATCH('/api/leads/{lead_id}/fields', {
          params: { path: { lead_id: leadId } },
          body: { ...correction, value: correction.value as components['schemas']['FieldCorrection']['value'] },
        }),
      ),
    onSuccess: async () => {
      announce({ type: 'conversation', conversationId })
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: conversationKey(conversationId) }),
        queryClient.invalidateQueries({ queryKey: correctionsKey(leadId) }),
      ])
    },
  })
}
