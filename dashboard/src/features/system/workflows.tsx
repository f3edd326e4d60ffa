import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { Command, Dot, Section } from './section'
import { type System, type Workflow, workflowWords } from './words'

/** Which of our workflows stand in n8n, in which version, and what somebody may do about each. */
export function Workflows({ n8n }: { n8n: System['n8n'] }) {
  const now = useNow()
  const newest = n8n.workflows.map((each) => parseTime(each.checked_at).getTime())
  return (
    <Section
      title="Workflows"
      place="workflows"
      hint={newest.length > 0 && `As they were found in n8n ${moment(new Date(Math.max(...newest)), now)}.`}
    >
      {n8n.workflows.length === 0 ? (
        <p className="mt-3 text-muted-foreground">
          None stands in n8n yet. To put them there: <Command>lead-reviver n8n provision</Command>
        </p>
      ) : (
        <table className="mt-3 w-full text-left">
          <thead className="text-[13px] text-muted-foreground">
            <tr className="border-b">
              <th scope="col" className="py-1.5 pr-4 font-medium">
                Name
              </th>
              <th scope="col" className="py-1.5 pr-4 font-medium">
                Version
              </th>
              <th scope="col" className="w-1/2 py-1.5 font-medium">
                State
              </th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {n8n.workflows.map((workflow) => (
              <WorkflowRow key={workflow.id} workflow={workflow} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

function WorkflowRow({ workflow }: { workflow: Workflow }) {
  const { tone, state, todo, command } = workflowWords(workflow)
  return (
    <tr className="align-baseline">
      <th scope="row" className="py-2 pr-4 font-medium">
        {workflow.name}
      </th>
      <td className="py-2 pr-4 tabular-nums">{workflow.version}</td>
      <td className="py-2">
        <span className="flex items-baseline gap-2">
          <Dot tone={tone} />
          <span className="min-w-0">
            {state}
            {(todo || command) && (
              <span className="block text-[13px] text-muted-foreground">
                {todo} {command && <Command>{command}</Command>}
              </span>
            )}
          </span>
        </span>
      </td>
    </tr>
  )
}
