import { useMutation, useQueryClient } from '@tanstack/react-query'

import { answered, useBackend } from '@/lib/backend'
import { cn } from '@/lib/cn'
import { useWorkspace } from '@/lib/workspace'
import { Problem, Section } from './section'

/** Whether a person looks at every message of the bot before it is sent. */
export function ApprovalSwitch({ inCharge }: { inCharge: boolean }) {
  const { api } = useBackend()
  const { workspaceId, approval } = useWorkspace()
  const queryClient = useQueryClient()
  const turn = useMutation({
    mutationFn: (on: boolean) =>
      answered(
        api.POST('/api/workspaces/{workspace_id}/approval', {
          params: { path: { workspace_id: workspaceId } },
          body: { on },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['memberships'] }),
  })
  const on = turn.isPending ? turn.variables : approval
  return (
    <Section
      title="Approval"
      action={
        inCharge ? (
          <button
            type="button"
            role="switch"
            aria-checked={on}
            aria-label="A person sends what the bot writes"
            disabled={turn.isPending}
            onClick={() => turn.mutate(!approval)}
            className={cn(
              'focus-ring relative h-6 w-11 shrink-0 rounded-full border border-transparent transition-colors',
              on ? 'bg-primary' : 'bg-muted-foreground/40',
            )}
          >
            <span
              aria-hidden
              className={cn(
                'absolute top-0.5 left-0.5 size-[1.125rem] rounded-full bg-background shadow transition-transform',
                on && 'translate-x-5',
              )}
            />
          </button>
        ) : (
          <span className="text-[13px] text-muted-foreground">{on ? 'On' : 'Off'}</span>
        )
      }
    >
      <p className="mt-1 text-[13px] text-muted-foreground">
        {on
          ? 'A person sends what the bot writes. A wish not to be written to is confirmed at once.'
          : 'The bot sends by itself what passes its checks and the gate, unless its playbook asks for approval.'}
      </p>
      <Problem error={turn.error} />
    </Section>
  )
}
