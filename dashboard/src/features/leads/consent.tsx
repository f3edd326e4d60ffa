import { BanIcon, CircleCheckIcon, CircleHelpIcon, MegaphoneOffIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import type { Conversation } from '@/lib/conversation'
import { parseTime, shortDate } from '@/lib/time'
import type { useAboutLead } from './api'

type About = NonNullable<ReturnType<typeof useAboutLead>['data']>

/** Whether and since when the lead may be written to. */
export function ConsentState({ lead, consent }: { lead: Conversation['lead']; consent: About['consent'] }) {
  if (lead.opted_out_at !== null) {
    return (
      <State icon={<BanIcon />} title="Asked not to be written to">
        On {shortDate(parseTime(lead.opted_out_at))}. Nothing automatic goes out any more.
      </State>
    )
  }
  if (lead.marketing_stopped_at !== null) {
    return (
      <State icon={<MegaphoneOffIcon />} title="Stopped marketing in WhatsApp">
        On {shortDate(parseTime(lead.marketing_stopped_at))}. Answers to their own messages are fine.
      </State>
    )
  }
  if (!consent) {
    return (
      <State icon={<CircleHelpIcon />} title="No consent on file">
        Answer when they write; do not start marketing.
      </State>
    )
  }
  if (consent.withdrawn_at !== null) {
    return (
      <State icon={<BanIcon />} title={`Withdrew consent to ${consent.purpose}`}>
        On {shortDate(parseTime(consent.withdrawn_at))}.
      </State>
    )
  }
  return (
    <State
      icon={<CircleCheckIcon />}
      title={consent.purpose === 'marketing' ? 'May be written to' : 'May be written to about their request'}
    >
      {consent.source}, {shortDate(parseTime(consent.given_at))}
      {consent.evidence && <p className="mt-0.5">{consent.evidence}</p>}
    </State>
  )
}

function State({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className="flex gap-3 [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted-foreground">
      {icon}
      <div>
        <p className="font-medium">{title}</p>
        <div className="text-[13px] text-muted-foreground">{children}</div>
      </div>
    </div>
  )
}
