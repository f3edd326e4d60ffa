import { ExternalLinkIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import { Command, Dot, Section } from './section'
import { n8nAddress, n8nState, type System, type Tone } from './words'

const SETTINGS: Record<System['runner_setting'], string> = {
  auto: 'n8n answers while it is healthy, the built-in runner while it is not.',
  n8n: 'n8n alone may answer.',
  inline: 'The built-in runner alone answers; n8n is not asked.',
}

/** How n8n is, and the way into it. */
export function N8nCard({ n8n, setting }: { n8n: System['n8n']; setting: System['runner_setting'] }) {
  const address = n8nAddress(n8n.url)
  const tone: Tone = n8n.state === 'up' ? 'fine' : setting === 'n8n' ? 'down' : 'look'
  return (
    <Section title="n8n">
      <p className="mt-2 flex items-baseline gap-2.5">
        <Dot tone={tone} />
        <span className="min-w-0 flex-1">
          <span className="font-medium">{n8nState(n8n.state)}</span>
          {n8n.detail && <span className="block text-[13px] text-muted-foreground">{n8n.detail}</span>}
        </span>
      </p>
      {n8n.state === 'absent' && (
        <p className="mt-2 text-[13px] text-muted-foreground">
          To set it up: <Command>lead-reviver n8n install</Command>
        </p>
      )}
      <p className="mt-2 text-[13px] text-muted-foreground">{SETTINGS[setting]}</p>
      {address && (
        <Button asChild variant="outline" size="sm" className="mt-3">
          <a href={address} target="_blank" rel="noreferrer">
            Open n8n <ExternalLinkIcon aria-hidden />
          </a>
        </Button>
      )}
    </Section>
  )
}
