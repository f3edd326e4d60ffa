import { useState } from 'react'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { fullTime, parseTime } from '@/lib/time'
import { type Hours, useConnectCalendar, useDisconnectCalendar } from './api'
import { Fate, Field } from '@/components/card'

/** One's own CalDAV calendar: how it does, or where it is. */
export function CalendarCard({ calendar }: { calendar: Hours['calendar'] }) {
  const disconnect = useDisconnectCalendar()
  if (calendar === null) return <ConnectForm />
  return (
    <>
      <p className="text-sm break-all">
        <span className="font-medium">{calendar.url}</span>{' '}
        <span className="text-muted-foreground">as {calendar.username}</span>
      </p>
      <p className="mt-1 text-[13px] text-muted-foreground">
        {calendar.synced_at
          ? `In step since ${fullTime(parseTime(calendar.synced_at))}.`
          : 'It is read for the first time within a minute.'}
      </p>
      {calendar.problem && <Fate error={`${calendar.problem} It is tried again by itself.`} />}
      <Button
        variant="outline"
        size="sm"
        className="mt-3"
        disabled={disconnect.isPending}
        onClick={() => disconnect.mutate()}
      >
        Disconnect
      </Button>
      <Fate error={disconnect.error} />
    </>
  )
}

function ConnectForm() {
  const connect = useConnectCalendar()
  const [url, setUrl] = useState('')
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const field = 'h-9 text-sm'
  return (
    <form
      className="grid gap-3 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault()
        connect.mutate({ url: url.trim(), username, password })
      }}
    >
      <Field label="Address of the calendar (CalDAV)" className="sm:col-span-2">
        {(id) => (
          <Input
            id={id}
            type="url"
            required
            value={url}
            placeholder="https://cloud.example.com/dav/calendars/marta/work/"
            className={field}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
      </Field>
      <Field label="Name there">
        {(id) => (
          <Input
            id={id}
            required
            value={username}
            autoComplete="off"
            className={field}
            onChange={(event) => setUsername(event.target.value)}
          />
        )}
      </Field>
      <Field label="App password">
        {(id) => (
          <Input
            id={id}
            type="password"
            required
            value={password}
            autoComplete="new-password"
            className={field}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <div className="sm:col-span-2">
        <Button type="submit" variant="outline" disabled={connect.isPending}>
          Connect
        </Button>
        <Fate error={connect.error} />
      </div>
    </form>
  )
}
