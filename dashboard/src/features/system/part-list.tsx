import type { components } from '@/lib/api/schema'
import { Dot, Section } from './section'
import { partName } from './words'

/** What the engine depends on, and who writes the answers. */
export function PartList({ parts, model }: { parts: components['schemas']['Part'][]; model: string }) {
  return (
    <Section title="Parts">
      <ul className="mt-2 flex flex-col gap-2">
        {parts.map((part) => (
          <li key={part.name} className="flex items-baseline gap-2.5">
            <Dot tone={part.state === 'up' ? 'fine' : 'down'} />
            <span className="min-w-0 flex-1">
              <span className="font-medium">{partName(part.name)}</span>
              {part.detail && <span className="block text-[13px] text-muted-foreground">{part.detail}</span>}
            </span>
            <span className="text-[13px] text-muted-foreground">{part.state === 'up' ? 'Up' : 'Away'}</span>
          </li>
        ))}
      </ul>
      <p className="mt-3 border-t pt-3 text-[13px] text-muted-foreground">
        {model === 'playbook'
          ? 'Answers are written by the playbook; no language model is connected.'
          : `Answers are written by ${model}.`}
      </p>
    </Section>
  )
}
