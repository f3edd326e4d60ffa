import { CalendarIcon, CalendarPlusIcon } from 'lucide-react'
import { useState } from 'react'

import { Button } from '@/components/ui/button'
import { clockTime, parseTime, timeIn, upcomingDay } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useCanWrite, useMemberNames } from '@/lib/workspace'
import { type LeadMeeting, useCalendarFile, useCancelMeeting } from './api'

type MeetingsProps = { meetings: LeadMeeting[]; leadId: string; conversationId: string }

/** The next meeting, with what can be done about it, and those before. */
export function Meetings({ meetings, leadId, conversationId }: MeetingsProps) {
  const now = useNow()
  const ahead = meetings.filter((each) => each.state === 'booked' && parseTime(each.ends_at) > now)
  const next = ahead.at(-1)
  const others = meetings.filter((each) => each !== next)
  return (
    <div className="flex flex-col gap-4">
      {next && <NextMeeting key={next.id} meeting={next} leadId={leadId} conversationId={conversationId} />}
      {others.length > 0 && (
        <ul className="flex flex-col gap-3">
          {others.map((meeting) => (
            <li key={meeting.id} className="flex gap-3">
              <CalendarIcon className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-hidden />
              <When meeting={meeting} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function NextMeeting({ meeting, leadId, conversationId }: { meeting: LeadMeeting } & Omit<MeetingsProps, 'meetings'>) {
  const canWrite = useCanWrite()
  const [asks, setAsks] = useState(false)
  const cancel = useCancelMeeting(leadId, conversationId)
  const file = useCalendarFile()
  const problem = cancel.error ?? file.error
  return (
    <div className="rounded-lg border bg-card p-3">
      <div className="flex gap-3">
        <CalendarIcon className="mt-0.5 size-4 shrink-0 text-primary" aria-hidden />
        <When meeting={meeting} />
      </div>
      {asks ? (
        <div className="mt-3" role="group" aria-label="Cancel this meeting">
          <p className="text-[13px] text-muted-foreground">The lead is not told by itself: write to them as well.</p>
          <div className="mt-2 flex flex-wrap gap-2">
            <Button size="sm" disabled={cancel.isPending} onClick={() => cancel.mutate(meeting.id)}>
              Cancel the meeting
            </Button>
            <Button size="sm" variant="ghost" onClick={() => setAsks(false)}>
              Keep it
            </Button>
          </div>
        </div>
      ) : (
        <div className="mt-3 flex flex-wrap gap-2">
          <Button size="sm" variant="outline" disabled={file.isPending} onClick={() => file.mutate(meeting.id)}>
            <CalendarPlusIcon /> To my calendar
          </Button>
          {canWrite && (
            <Button size="sm" variant="ghost" onClick={() => setAsks(true)}>
              Cancel…
            </Button>
          )}
        </div>
      )}
      {problem && (
        <p role="alert" className="mt-2 text-[13px] text-destructive">
          {problem.message}
        </p>
      )}
    </div>
  )
}

function When({ meeting }: { meeting: LeadMeeting }) {
  const nameOf = useMemberNames()
  const now = useNow()
  const starts = parseTime(meeting.starts_at)
  const theirs = timeIn(meeting.time_zone, starts)
  return (
    <span className="min-w-0">
      <span className={meeting.state === 'cancelled' ? 'line-through' : 'font-medium'}>
        {upcomingDay(starts, now)}, {clockTime(starts)}
      </span>
      <span className="block text-[13px] text-muted-foreground first-letter:uppercase">
        {meeting.kind.replaceAll('_', ' ')}
        {meeting.agent_id !== null && ` with ${nameOf(meeting.agent_id)}`}
        {theirs !== clockTime(starts) && ` · ${theirs} for them`}
        {meeting.state !== 'booked' && ` · ${MEETING_STATES[meeting.state]}`}
      </span>
    </span>
  )
}

const MEETING_STATES = {
  held: 'offered, not chosen yet',
  booked: 'booked',
  cancelled: 'cancelled',
  happened: 'took place',
  no_show: 'the lead did not come',
}
