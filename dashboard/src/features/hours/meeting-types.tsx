import { useState } from 'react'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { type MeetingType, useSetMeetingType } from './api'
import { Fate, Field } from './card'

const NUMBERS = [
  ['minutes', 'Minutes long'],
  ['minutes_before', 'Free before'],
  ['minutes_after', 'Free after'],
  ['every_minutes', 'Begins every'],
  ['notice_minutes', 'Notice'],
  ['hold_minutes', 'Offer kept for'],
  ['horizon_days', 'Days ahead'],
  ['offered_at_once', 'Times offered'],
] as const

const TEMPLATES = [
  ['reminder_template', 'Reminder'],
  ['cancelled_template', 'We cancel'],
  ['moved_template', 'We move'],
  ['missed_template', 'Did not come'],
] as const

/** How each kind of meeting is planned. */
export function MeetingTypes({ types, mayEdit }: { types: MeetingType[]; mayEdit: boolean }) {
  if (types.length === 0) {
    return (
      <p className="text-sm text-muted-foreground">
        None is planned yet, so the bot offers no times. The demo and the seed files show how one looks.
      </p>
    )
  }
  return (
    <ul className="flex flex-col gap-6">
      {types.map((each) => (
        <li key={each.id}>
          <TypeForm type={each} mayEdit={mayEdit} />
        </li>
      ))}
    </ul>
  )
}

function TypeForm({ type, mayEdit }: { type: MeetingType; mayEdit: boolean }) {
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries([...NUMBERS, ...TEMPLATES].map(([name]) => [name, String(type[name] ?? '')])),
  )
  const save = useSetMeetingType(type.kind)
  const set = (name: string, value: string) => setValues((before) => ({ ...before, [name]: value }))
  const numberOf = (name: string) => Number(values[name])
  const templateOf = (name: string) => values[name]?.trim() || null
  return (
    <form
      aria-label={type.kind}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate({
          minutes: numberOf('minutes'),
          minutes_before: numberOf('minutes_before'),
          minutes_after: numberOf('minutes_after'),
          every_minutes: numberOf('every_minutes'),
          notice_minutes: numberOf('notice_minutes'),
          hold_minutes: numberOf('hold_minutes'),
          horizon_days: numberOf('horizon_days'),
          offered_at_once: numberOf('offered_at_once'),
          reminder_template: templateOf('reminder_template'),
          cancelled_template: templateOf('cancelled_template'),
          moved_template: templateOf('moved_template'),
          missed_template: templateOf('missed_template'),
        })
      }}
    >
      <h3 className="text-sm font-semibold first-letter:uppercase">{type.kind.replaceAll('_', ' ')}</h3>
      <div className="mt-2 grid grid-cols-2 gap-3 sm:grid-cols-4">
        {NUMBERS.map(([name, label]) => (
          <Field key={name} label={label}>
            {(id) => (
              <Input
                id={id}
                type="number"
                inputMode="numeric"
                required
                min={0}
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
        <Button type="submit" variant="outline" className="mt-3" disabled={save.isPending}>
          Save {type.kind.replaceAll('_', ' ')}
        </Button>
      )}
      <Fate error={save.error} done={save.isSuccess && 'Saved.'} />
    </form>
  )
}
