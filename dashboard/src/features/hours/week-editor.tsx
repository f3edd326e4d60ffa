import { PlusIcon, XIcon } from 'lucide-react'
import { useState } from 'react'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { useSetWeek } from './api'
import { Fate, Field } from '@/components/card'
import { dayName, inOrder, problemOf, type Span, WEEKDAYS, withMore } from './week'

type WeekEditorProps = { userId: string; spans: Span[]; zone: string; mayEdit: boolean }

/** A week of one member, day by day. */
export function WeekEditor({ userId, spans, zone, mayEdit }: WeekEditorProps) {
  const [week, setWeek] = useState(() => inOrder(spans))
  const [timeZone, setTimeZone] = useState(zone)
  const [tried, setTried] = useState<string | null>(null)
  const save = useSetWeek(userId)

  function change(span: Span, by: Partial<Span>) {
    setWeek((before) => before.map((each) => (each === span ? { ...each, ...by } : each)))
  }
  function submit() {
    const problem = problemOf(week)
    setTried(problem)
    if (problem === null) save.mutate({ time_zone: timeZone.trim(), hours: week })
  }

  return (
    <form
      className="mt-4"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <ul className="flex flex-col divide-y">
        {WEEKDAYS.map((name, index) => {
          const weekday = index + 1
          const own = week.flatMap((span, place) => (span.weekday === weekday ? [{ span, place }] : []))
          return (
            <li key={name} className="flex flex-wrap items-start gap-x-4 gap-y-2 py-2">
              <span className="w-full pt-1.5 text-sm font-medium sm:w-24">{name}</span>
              <div className="flex min-w-0 flex-1 flex-col gap-2">
                {own.length === 0 && <span className="pt-1.5 text-sm text-muted-foreground">No meetings</span>}
                {own.map(({ span, place }) => (
                  <SpanRow
                    key={place}
                    span={span}
                    mayEdit={mayEdit}
                    onChange={(by) => change(span, by)}
                    onRemove={() => setWeek((before) => before.filter((each) => each !== span))}
                  />
                ))}
              </div>
              {mayEdit && (
                <Button
                  variant="ghost"
                  size="icon-sm"
                  aria-label={`More hours on ${name}`}
                  onClick={() => setWeek((before) => withMore(before, weekday))}
                >
                  <PlusIcon />
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      <div className="mt-3 flex flex-wrap items-end gap-3">
        <Field label="Time zone">
          {(id) => (
            <Input
              id={id}
              value={timeZone}
              disabled={!mayEdit}
              list="time-zones"
              className="h-9 w-56 text-sm"
              onChange={(event) => setTimeZone(event.target.value)}
            />
          )}
        </Field>
        <datalist id="time-zones">
          {Intl.supportedValuesOf('timeZone').map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        {mayEdit && (
          <Button type="submit" disabled={save.isPending}>
            Save hours
          </Button>
        )}
      </div>
      <Fate error={tried ?? save.error} done={save.isSuccess && 'Saved.'} />
    </form>
  )
}

type SpanRowProps = { span: Span; mayEdit: boolean; onChange: (by: Partial<Span>) => void; onRemove: () => void }

function SpanRow({ span, mayEdit, onChange, onRemove }: SpanRowProps) {
  const name = dayName(span.weekday)
  const time = 'h-9 w-28 px-2 text-sm tabular-nums max-sm:[&::-webkit-calendar-picker-indicator]:hidden'
  return (
    <div className="flex items-center gap-2">
      <Input
        type="time"
        aria-label={`${name} from`}
        value={span.starts_at}
        disabled={!mayEdit}
        className={time}
        onChange={(event) => onChange({ starts_at: event.target.value })}
      />
      <span aria-hidden className="text-muted-foreground">
        –
      </span>
      <Input
        type="time"
        aria-label={`${name} until`}
        value={span.ends_at}
        disabled={!mayEdit}
        className={time}
        onChange={(event) => onChange({ ends_at: event.target.value })}
      />
      {mayEdit && (
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label={`Remove ${name} ${span.starts_at} to ${span.ends_at}`}
          onClick={onRemove}
        >
          <XIcon />
        </Button>
      )}
    </div>
  )
}
