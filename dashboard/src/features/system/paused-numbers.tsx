import { PlayIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import type { components } from '@/lib/api/schema'
import { moment, parseTime } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useResumeNumber } from './api'
import { Problem, Section } from './section'

type PausedNumber = components['schemas']['PausedChannel']

/** Numbers that WhatsApp made us stop. Their answers keep in the outbox. */
export function PausedNumbers({ numbers, inCharge }: { numbers: PausedNumber[]; inCharge: boolean }) {
  if (numbers.length === 0) return null
  return (
    <Section
      title="Paused numbers"
      place="paused"
      hint="Nothing is sent from these. Remove the cause first, then let them send; what waited goes out then."
    >
      <ul className="mt-2 flex flex-col divide-y">
        {numbers.map((number) => (
          <PausedNumberRow key={number.id} number={number} inCharge={inCharge} />
        ))}
      </ul>
    </Section>
  )
}

function PausedNumberRow({ number, inCharge }: { number: PausedNumber; inCharge: boolean }) {
  const resume = useResumeNumber()
  const now = useNow()
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 last:pb-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium">{number.name}</p>
        <p className="first-letter:uppercase">{number.reason}</p>
        <p className="text-[13px] text-muted-foreground">Paused {moment(parseTime(number.paused_at), now)}</p>
        <Problem error={resume.error} />
      </div>
      {inCharge && (
        <Button size="sm" variant="outline" disabled={resume.isPending} onClick={() => resume.mutate(number.id)}>
          <PlayIcon /> Let it send again
        </Button>
      )}
    </li>
  )
}
