import { readableCost, readableTokens } from '@/lib/model-use'
import { Section } from './section'
import type { System } from './words'

/** What the language model took today, and what is left of its budget. */
export function ModelUse({ use }: { use: NonNullable<System['model_use']> }) {
  return (
    <Section title="Language model today" hint="Since midnight, UTC">
      <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-[13px] [&>dd]:text-right [&>dd]:tabular-nums [&>dt]:text-muted-foreground">
        <dt>Turns</dt>
        <dd>{use.turns.toLocaleString()}</dd>
        <dt>Tokens</dt>
        <dd>{readableTokens(use) ?? 'None'}</dd>
        <dt>Cost</dt>
        <dd>{readableCost(use) ?? (use.turns > 0 ? 'No list price' : 'None')}</dd>
        <dt>A turn waited</dt>
        <dd>{use.turns > 0 ? `${(use.median_ms / 1000).toFixed(1)} s (median)` : '–'}</dd>
        <dt>Tokens left today</dt>
        <dd>{use.tokens_left.toLocaleString()}</dd>
      </dl>
    </Section>
  )
}
