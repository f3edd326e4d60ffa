import { useQuery } from '@tanstack/react-query'

import { useBackend } from '@/lib/backend'

/** Tags, meetings, notes and the newest consent of one lead. */
export function useAboutLead(leadId: string) {
  const { supabase } = useBackend()
  return useQuery({
    queryKey: ['about-lead', leadId],
    queryFn: async () => {
      const [tags, meetings, notes, consents] = await Promise.all([
        supabase.from('lead_tags').select('tag:tags!inner(id, name)').eq('lead_id', leadId).throwOnError(),
        supabase
          .from('meetings')
          .select('id, kind, state, starts_at, ends_at, agent_id')
          .eq('lead_id', leadId)
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
