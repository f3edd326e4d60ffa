import { useId, useState } from 'react'

import { Card, Fate } from '@/components/card'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { useInCharge, useWorkspace } from '@/lib/workspace'
import { useSetHandoverTimes } from './api'
import { problemOf } from './times'

/** How long people have to take a conversation, and to answer in it. */
export function HandoverTimes() {
  const { handoverMinutes, giveBackHours } = useWorkspace()
  const inCharge = useInCharge()
  const save = useSetHandoverTimes()
  const [minutes, setMinutes] = useState(String(handoverMinutes))
  const [hours, setHours] = useState(String(giveBackHours))
  const [problem, setProblem] = useState<string | null>(null)
  const kept = `${handoverMinutes} ${giveBackHours}`
  const [known, setKnown] = useState(kept)
  if (known !== kept) {
    setKnown(kept)
    setMinutes(String(handoverMinutes))
    setHours(String(giveBackHours))
  }
  const changed = minutes !== String(handoverMinutes) || hours !== String(giveBackHours)
  return (
    <Card title="Handing over" hint="When a lead needs a person.">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          const found = problemOf(minutes, hours)
          setProblem(found)
          if (found === null) save.mutate({ handover_minutes: Number(minutes), give_back_hours: Number(hours) })
        }}
        className="flex flex-col gap-4"
      >
        <TimeField
          label="Minutes until the next person is asked"
          says="Whoever is asked has so long to take the conversation; only working hours count."
          value={minutes}
          min={1}
          max={1440}
          disabled={!inCharge}
          onChange={setMinutes}
        />
        <TimeField
          label="Hours until the bot answers again"
          says="A person who took over and lets the lead wait so long loses the conversation to the bot; 0 means never."
          value={hours}
          min={0}
          max={144}
          disabled={!inCharge}
          onChange={setHours}
        />
        {inCharge && (
          <Button type="submit" variant="outline" className="self-start" disabled={!changed || save.isPending}>
            Save times
          </Button>
        )}
      </form>
      <Fate error={problem ?? save.error} done={save.isSuccess && !changed && 'Saved.'} />
    </Card>
  )
}

type TimeFieldProps = {
  label: string
  says: string
  value: string
  min: number
  max: number
  disabled: boolean
  onChange: (value: string) => void
}

function TimeField({ label, says, value, min, max, disabled, onChange }: TimeFieldProps) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="block text-[13px] font-medium">
        {label}
      </label>
      <p id={`${id}-says`} className="mb-1.5 text-[13px] text-muted-foreground">
        {says}
      </p>
      <Input
        id={id}
        type="number"
        inputMode="numeric"
        min={min}
        max={max}
        value={value}
        disabled={disabled}
        aria-describedby={`${id}-says`}
        className="h-9 w-28 text-sm tabular-nums"
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  )
}
