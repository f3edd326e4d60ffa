import { XIcon } from 'lucide-react'
import { useState } from 'react'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { useUserId } from '@/lib/session'
import { shortDate } from '@/lib/time'
import { type DaysOff, type Member, useAddDaysOff, useRemoveDaysOff } from './api'
import { Fate, Field, SELECT } from '@/components/card'

type DaysOffListProps = { daysOff: DaysOff[]; members: Member[]; inCharge: boolean; mayAdd: boolean }

/** Holidays of everybody and days off of one. */
export function DaysOffList({ daysOff, members, inCharge, mayAdd }: DaysOffListProps) {
  const me = useUserId()
  const remove = useRemoveDaysOff()
  const nameOf = (id: string | null) =>
    id === null ? 'Everybody' : (members.find((each) => each.user_id === id)?.display_name ?? 'A colleague')
  return (
    <>
      {daysOff.length === 0 && <p className="text-sm text-muted-foreground">No days off are planned.</p>}
      <ul className="flex flex-col divide-y">
        {daysOff.map((each) => (
          <li key={each.id} className="flex items-center gap-3 py-1.5 text-sm">
            <span className="min-w-0 flex-1">
              <span className="font-medium">{days(each)}</span>{' '}
              <span className="text-muted-foreground">
                {nameOf(each.user_id)}
                {each.reason && `, ${each.reason}`}
              </span>
            </span>
            {(inCharge || each.user_id === me) && (
              <Button
                variant="ghost"
                size="icon-sm"
                aria-label={`Remove ${days(each)}, ${nameOf(each.user_id)}`}
                disabled={remove.isPending}
                onClick={() => remove.mutate(each.id)}
              >
                <XIcon />
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Fate error={remove.error} />
      {mayAdd && <NewDaysOff members={members} inCharge={inCharge} me={me} />}
    </>
  )
}

/** "25 Dec 2026", or from and to. Dates without a time are read as local ones. */
function days({ first_day: first, last_day: last }: DaysOff): string {
  const from = shortDate(new Date(`${first}T00:00`))
  return first === last ? from : `${from} to ${shortDate(new Date(`${last}T00:00`))}`
}

function NewDaysOff({ members, inCharge, me }: { members: Member[]; inCharge: boolean; me: string }) {
  const add = useAddDaysOff()
  const [whose, setWhose] = useState(me)
  const [first, setFirst] = useState('')
  const [last, setLast] = useState('')
  const [reason, setReason] = useState('')
  return (
    <form
      className="mt-3 flex flex-wrap items-end gap-3 border-t pt-4"
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate(
          { user_id: whose || null, first_day: first, last_day: last || first, reason: reason.trim() || null },
          {
            onSuccess: () => {
              setFirst('')
              setLast('')
              setReason('')
            },
          },
        )
      }}
    >
      {inCharge && (
        <Field label="Whose">
          {(id) => (
            <select
              id={id}
              value={whose}
              onChange={(event) => setWhose(event.target.value)}
              className={`${SELECT} block w-40`}
            >
              <option value="">Everybody</option>
              {members.map((each) => (
                <option key={each.user_id} value={each.user_id}>
                  {each.display_name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Field label="First day">
        {(id) => (
          <Input
            id={id}
            type="date"
            required
            value={first}
            className="h-9 w-40 text-sm"
            onChange={(event) => setFirst(event.target.value)}
          />
        )}
      </Field>
      <Field label="Last day">
        {(id) => (
          <Input
            id={id}
            type="date"
            value={last}
            className="h-9 w-40 text-sm"
            onChange={(event) => setLast(event.target.value)}
          />
        )}
      </Field>
      <Field label="Reason">
        {(id) => (
          <Input
            id={id}
            value={reason}
            maxLength={200}
            placeholder="May stay empty"
            className="h-9 w-44 text-sm"
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="outline" disabled={add.isPending}>
        Add days off
      </Button>
      <div className="w-full empty:hidden">{add.error && <Fate error={add.error} />}</div>
    </form>
  )
}
