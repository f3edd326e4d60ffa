import { CalendarPlusIcon, CheckIcon, UserXIcon } from 'lucide-react'
import { useId, useState } from 'react'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { Skeleton } from '@/components/ui/skeleton'
import { clockTime, parseTime, upcomingDay } from '@/lib/time'
import { useNow } from '@/lib/use-now'
import { useCanWrite, useMemberNames } from '@/lib/workspace'
import { type FreeSlot, type LeadMeeting, useCalendarFile, useChangeMeeting, useFreeSlots } from './api'
import { toldOf } from './told'

type MeetingProps = { meeting: LeadMeeting; leadId: string; conversationId: string }

/** What can be done about a meeting that is ahead. */
export function MeetingActions({ meeting, leadId, conversationId }: MeetingProps) {
  const canWrite = useCanWrite()
  const [asks, setAsks] = useState<'cancel' | 'move' | null>(null)
  const file = useCalendarFile()
  const close = () => setAsks(null)
  if (asks !== null) {
    const Form = asks === 'cancel' ? CancelForm : MoveForm
    return <Form meeting={meeting} leadId={leadId} conversationId={conversationId} onClose={close} />
  }
  return (
    <>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="sm" variant="outline" disabled={file.isPending} onClick={() => file.mutate(meeting.id)}>
          <CalendarPlusIcon /> To my calendar
        </Button>
        {canWrite && (
          <>
            <Button size="sm" variant="ghost" onClick={() => setAsks('move')}>
              Move…
            </Button>
            <Button size="sm" variant="ghost" onClick={() => setAsks('cancel')}>
              Cancel…
            </Button>
          </>
        )}
      </div>
      <Problem error={file.error} />
    </>
  )
}

type FormProps = MeetingProps & { onClose: () => void }

function CancelForm({ meeting, leadId, conversationId, onClose }: FormProps) {
  const change = useChangeMeeting(meeting.id, leadId, conversationId)
  const [reason, setReason] = useState('')
  const [tell, setTell] = useState(true)
  return (
    <div className="mt-3" role="group" aria-label="Cancel this meeting">
      <TellLead reason={reason} onReason={setReason} tell={tell} onTell={setTell} />
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="sm" disabled={change.isPending} onClick={() => change.mutate({ to: 'cancelled', reason, tell })}>
          Cancel the meeting
        </Button>
        <Button size="sm" variant="ghost" onClick={onClose}>
          Keep it
        </Button>
      </div>
      <Problem error={change.error} />
    </div>
  )
}

function MoveForm({ meeting, leadId, conversationId, onClose }: FormProps) {
  const slots = useFreeSlots(meeting.id)
  const change = useChangeMeeting(meeting.id, leadId, conversationId)
  const nameOf = useMemberNames()
  const now = useNow()
  const id = useId()
  const [chosen, setChosen] = useState('')
  const [reason, setReason] = useState('')
  const [tell, setTell] = useState(true)
  if (slots.isPending) return <Skeleton className="mt-3 h-24 w-full" />
  if (slots.isError) return <Problem error={slots.error} />
  const slot = slots.data.find((each) => keyOf(each) === chosen)
  return (
    <div className="mt-3" role="group" aria-label="Move this meeting">
      {slots.data.length === 0 ? (
        <p className="text-[13px] text-muted-foreground">
          Nobody is free in the time in which these meetings are offered. Look at Hours.
        </p>
      ) : (
        <>
          <label htmlFor={id} className="text-[13px] font-medium">
            New time
          </label>
          <select
            id={id}
            value={chosen}
            onChange={(event) => setChosen(event.target.value)}
            className="focus-ring mt-1 mb-3 h-10 w-full rounded-md border border-input bg-card px-2 text-sm"
          >
            <option value="">Choose a free time</option>
            {slots.data.map((each) => (
              <option key={keyOf(each)} value={keyOf(each)}>
                {upcomingDay(parseTime(each.starts_at), now)}, {clockTime(parseTime(each.starts_at))},{' '}
                {nameOf(each.agent_id)}
              </option>
            ))}
          </select>
          <TellLead reason={reason} onReason={setReason} tell={tell} onTell={setTell} />
        </>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          size="sm"
          disabled={!slot || change.isPending}
          onClick={() => slot && change.mutate({ to: 'moved', slot, reason, tell })}
        >
          Move the meeting
        </Button>
        <Button size="sm" variant="ghost" onClick={onClose}>
          Keep it
        </Button>
      </div>
      <Problem error={change.error} />
    </div>
  )
}

const keyOf = (slot: FreeSlot) => `${slot.agent_id} ${slot.starts_at}`

type TellLeadProps = {
  reason: string
  onReason: (reason: string) => void
  tell: boolean
  onTell: (tell: boolean) => void
}

function TellLead({ reason, onReason, tell, onTell }: TellLeadProps) {
  const id = useId()
  return (
    <>
      <label className="flex items-center gap-2 text-[13px]">
        <input
          type="checkbox"
          checked={tell}
          onChange={(event) => onTell(event.target.checked)}
          className="focus-ring size-4 accent-primary"
        />
        Tell the lead on WhatsApp
      </label>
      {tell && (
        <>
          <label htmlFor={id} className="mt-3 block text-[13px] font-medium">
            Why, as the lead will read it
          </label>
          <Input
            id={id}
            value={reason}
            maxLength={300}
            placeholder="May stay empty"
            className="mt-1 h-9 text-sm"
            onChange={(event) => onReason(event.target.value)}
          />
        </>
      )}
    </>
  )
}

/** Whether the lead came: one click, and a lead who did not is kindly offered another time. */
export function MeetingEnd({ meeting, leadId, conversationId }: MeetingProps) {
  const canWrite = useCanWrite()
  const change = useChangeMeeting(meeting.id, leadId, conversationId)
  if (!canWrite || (meeting.state !== 'booked' && !change.data)) return null
  if (change.data) {
    return (
      <p role="status" className="mt-1 text-[13px] text-muted-foreground">
        {toldOf(change.data)}
      </p>
    )
  }
  return (
    <div className="mt-2 flex flex-wrap gap-2" role="group" aria-label="How this meeting ended">
      <Button
        size="sm"
        variant="outline"
        disabled={change.isPending}
        onClick={() => change.mutate({ to: 'ended', state: 'happened', tell: false })}
      >
        <CheckIcon /> Took place
      </Button>
      <Button
        size="sm"
        variant="outline"
        disabled={change.isPending}
        onClick={() => change.mutate({ to: 'ended', state: 'no_show', tell: true })}
      >
        <UserXIcon /> Did not come
      </Button>
      <Problem error={change.error} />
    </div>
  )
}

function Problem({ error }: { error: Error | null }) {
  if (error === null) return null
  return (
    <p role="alert" className="mt-2 text-[13px] text-destructive">
      {error.message}
    </p>
  )
}
