import { Card, Fate } from '@/components/card'
import { cn } from '@/lib/cn'
import { useInCharge, useWorkspace } from '@/lib/workspace'
import { useSwitchApproval } from './api'

/** Whether a person looks at every message of the bot before it is sent. */
export function ApprovalSwitch() {
  const { approval } = useWorkspace()
  const inCharge = useInCharge()
  const turn = useSwitchApproval()
  const on = turn.isPending ? turn.variables : approval
  return (
    <Card
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
      <p className="text-[13px] text-muted-foreground">
        {on
          ? 'A person sends what the bot writes. A wish not to be written to is confirmed at once.'
          : 'The bot sends by itself what passes its checks and the gate, unless its playbook asks for approval.'}
      </p>
      <Fate error={turn.error} />
    </Card>
  )
}
