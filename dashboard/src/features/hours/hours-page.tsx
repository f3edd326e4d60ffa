import { useState } from 'react'

import { RetryNotice } from '@/components/notices'
import { Skeleton } from '@/components/ui/skeleton'
import { useUserId } from '@/lib/session'
import { useInCharge, useWorkspace } from '@/lib/workspace'
import { type Hours, useHours } from './api'
import { CalendarCard } from './calendar-card'
import { Card, Field, SELECT } from '@/components/card'
import { DaysOffList } from './days-off'
import { MeetingTypes } from './meeting-types'
import { shownEnd } from './week'
import { WeekEditor } from './week-editor'

/** When the bot may offer times: hours, days off, kinds of meeting, and a calendar kept elsewhere. */
export function HoursPage() {
  const hours = useHours()
  if (hours.isPending) {
    return (
      <div role="status" aria-label="Loading hours" className="flex flex-col gap-4">
        <Skeleton className="h-72 w-full rounded-xl" />
        <Skeleton className="h-40 w-full rounded-xl" />
      </div>
    )
  }
  if (hours.isError) return <RetryNotice what="hours" onRetry={() => void hours.refetch()} />
  return <Loaded hours={hours.data} />
}

function Loaded({ hours }: { hours: Hours }) {
  const me = useUserId()
  const { role, timeZone } = useWorkspace()
  const inCharge = useInCharge()
  const [whose, setWhose] = useState(() =>
    hours.members.some((each) => each.user_id === me) ? me : (hours.members[0]?.user_id ?? ''),
  )
  const own = hours.weekly.filter((row) => row.user_id === whose)
  const zone = own[0]?.time_zone ?? timeZone
  const spans = own.map((row) => ({
    weekday: row.weekday ?? 1,
    starts_at: row.starts_at.slice(0, 5),
    ends_at: shownEnd(row.ends_at),
  }))
  const mayEdit = inCharge || (role === 'agent' && whose === me)
  return (
    <div className="flex flex-col gap-4">
      <Card title="Weekly hours" hint="Times are only offered within these hours, by the clock of the zone below.">
        <Field label="Whose hours">
          {(id) => (
            <select
              id={id}
              value={whose}
              onChange={(event) => setWhose(event.target.value)}
              className={`${SELECT} w-full sm:w-64`}
            >
              {hours.members.map((each) => (
                <option key={each.user_id} value={each.user_id}>
                  {each.display_name}
                  {each.user_id === me ? ' (you)' : ''}
                </option>
              ))}
            </select>
          )}
        </Field>
        <WeekEditor key={whose} userId={whose} spans={spans} zone={zone} mayEdit={mayEdit} />
      </Card>
      <Card title="Days off" hint="No times are offered on these days. Meetings that are booked already stay.">
        <DaysOffList daysOff={hours.daysOff} members={hours.members} inCharge={inCharge} mayAdd={role !== 'viewer'} />
      </Card>
      <Card
        title="Kinds of meeting"
        hint="A playbook names kinds of meeting; here stands how each is planned. Without one the bot offers no times."
      >
        <MeetingTypes types={hours.types} named={hours.named} mayEdit={inCharge} />
      </Card>
      {role !== 'viewer' && (
        <Card
          title="My calendar"
          hint="What you are busy with there is not offered, and your meetings are written into it. Nobody here reads what you do."
        >
          <CalendarCard calendar={hours.calendar} />
        </Card>
      )}
    </div>
  )
}
