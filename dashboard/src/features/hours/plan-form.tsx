import { type ReactNode, useState } from 'react'

import { Fate, Field } from '@/components/card'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import type { MeetingTypeBody } from './api'

const NUMBERS = [
  ['minutes', 'Minutes long', 5, 480],
  ['minutes_before', 'Free before', 0, 240],
  ['minutes_after', 'Free after', 0, 240],
  ['every_minutes', 'Begins every', 5, 480],
  ['notice_minutes', 'Notice', 0, 20160],
  ['hold_minutes', 'Offer kept for', 1, 1440],
  ['horizon_days', 'Days ahead', 1, 90],
  ['offered_at_once', 'Times offered', 1, 4],
] as const

const TEMPLATES = [
  ['reminder_template', 'Reminder'],
  ['cancelled_template', 'We cancel'],
  ['moved_template', 'We move'],
  ['missed_template', 'Did not come'],
] as const

type PlanFormProps = {
  title: string
  hint?: ReactNode
  plan: MeetingTypeBody
  mayEdit: boolean
  submit: string
  isPending: boolean
  error: Error | string | null
  done?: string | false
  onSubmit: (plan: MeetingTypeBody) => void
  /** What stands above the numbers. */
  first?: ReactNode
  /** What stands beside the button. */
  children?: ReactNode
}

/** How one kind of meeting is planned; times in minutes unless it says days. */
export function PlanForm({ title, hint, plan, mayEdit, submit, first, children, ...state }: PlanFormProps) {
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(Object.entries(plan).map(([name, value]) => [name, String(value ?? '')])),
  )
  const set = (name: string, value: string) => setValues((before) => ({ ...before, [name]: value }))
  const typed = () => ({
    ...plan,
    ...Object.fromEntries(NUMBERS.map(([name]) => [name, Number(values[name])])),
    ...Object.fromEntries(TEMPLATES.map(([name]) => [name, values[name]?.trim() || null])),
  })
  return (
    <form
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault()
        state.onSubmit(typed())
      }}
    >
      <h3 className="text-sm font-semibold first-letter:uppercase">{title}</h3>
      {hint && <p className="text-[13px] text-muted-foreground">{hint}</p>}
      <div className="mt-2">{first}</div>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {NUMBERS.map(([name, label, min, max]) => (
          <Field key={name} label={label}>
            {(id) => (
              <Input
                id={id}
                type="number"
                inputMode="numeric"
                required
                min={min}
                max={max}
                value={values[name]}
                disabled={!mayEdit}
                className="h-9 text-sm tabular-nums"
                onChange={(event) => set(name, event.target.value)}
              />
            )}
          </Field>
        ))}
      </div>
      <p className="mt-3 text-[13px] text-muted-foreground">
        Templates for when a lead has not written for a day. Without one, nobody is told, and a person is asked.
      </p>
      <div className="mt-2 grid grid-cols-1 gap-3 sm:grid-cols-2">
        {TEMPLATES.map(([name, label]) => (
          <Field key={name} label={label}>
            {(id) => (
              <Input
                id={id}
                value={values[name]}
                disabled={!mayEdit}
                placeholder="None"
                spellCheck={false}
                className="h-9 text-sm"
                onChange={(event) => set(name, event.target.value)}
              />
            )}
          </Field>
        ))}
      </div>
      {mayEdit && (
        <div className="mt-3 flex flex-wrap gap-2">
          <Button type="submit" variant="outline" disabled={state.isPending}>
            {submit}
          </Button>
          {children}
        </div>
      )}
      <Fate error={state.error} done={state.done} />
    </form>
  )
}
