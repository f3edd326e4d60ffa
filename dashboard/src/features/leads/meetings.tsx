import { CalendarIcon } from 'lucide-react'

import { clockTime, parseTime, timeIn, upcomingDay } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useMemberNames } from '@/lib/workspace'
import type { LeadMeeting } from './api'
import { MeetingActions, MeetingEnd } from './meeting-actions'

type MeetingsProps = { meetings: LeadMeeting[]; leadId: string; conversationId: string }

/** The next meeting, with what can be done about it, and those before: who came is said with one click. */
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
              <div className="min-w-0 flex-1">
                <When meeting={meeting} />
                {parseTime(meeting.ends_at) <= now && (
                  <MeetingEnd meeting={meeting} leadId={leadId} conversationId={conversationId} />
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function NextMeeting({ meeting, ...rest }: { meeting: LeadMeeting } & Omit<MeetingsProps, 'meetings'>) {
  return (
    <div className="rounded-lg border bg-card p-3">
      <div className="flex gap-3">
        <CalendarIcon className="mt-0.5 size-4 shrink-0 text-primary" aria-hidden />
        <When meeting={meeting} />
      </div>
      <MeetingActions meeting={meeting} {...rest} />
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
