/** Times as people read them, in the reader's own time zone. Pure: `now` comes in. */

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/**
 * A Postgres timestamp as a Date. Supabase Lite writes `2026-11-22 11:13:32.515576+00`, hosted Supabase
 * `2026-11-22T11:13:32.515576+00:00`; only the second is a form that every browser reads.
 */
export function parseTime(text: string): Date {
  const iso = text
    .replace(' ', 'T')
    .replace(/(\.\d{3})\d+/, '$1')
    .replace(/([+-]\d{2})$/, '$1:00')
  return new Date(iso)
}

export function sameDay(a: Date, b: Date): boolean {
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate()
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const dayMonthYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short', hourCycle: 'h23' })

export const clockTime = (at: Date): string => clock.format(at)
export const shortDate = (at: Date): string => dayMonthYear.format(at)
export const fullTime = (at: Date): string => full.format(at)

/** 09:41 today, Yesterday, Thu this week, 3 Nov, 3 Nov 2024. */
export function listTime(at: Date, now: Date): string {
  if (sameDay(at, now)) return clock.format(at)
  if (sameDay(at, new Date(now.getTime() - DAY))) return 'Yesterday'
  if (now.getTime() - at.getTime() < 6 * DAY) return weekday.format(at)
  return at.getFullYear() === now.getFullYear() ? dayMonth.format(at) : dayMonthYear.format(at)
}

/** The words on a day separator. */
export function dayLabel(at: Date, now: Date): string {
  if (sameDay(at, now)) return 'Today'
  if (sameDay(at, new Date(now.getTime() - DAY))) return 'Yesterday'
  return at.getFullYear() === now.getFullYear() ? longDay.format(at) : dayMonthYear.format(at)
}

/** The time of day on the clocks of a time zone; the zone's name where the browser does not know it. */
export function timeIn(zone: string, at: Date): string {
  try {
    return new Intl.DateTimeFormat(undefined, {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(at)
  } catch {
    return zone
  }
}

/** "3 May", "3 May 2025": a day on the calendar of a time zone, as the engine's own sentences name it. */
export function dayIn(zone: string, at: Date, now: Date): string {
  const format = (more: Intl.DateTimeFormatOptions) => {
    try {
      return new Intl.DateTimeFormat(undefined, { ...more, timeZone: zone })
    } catch {
      return new Intl.DateTimeFormat(undefined, { ...more, timeZone: 'UTC' })
    }
  }
  const year = format({ year: 'numeric' })
  const sameYear = year.format(at) === year.format(now)
  return format({ day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }).format(at)
}

/** Today, Tomorrow, then the day: for what lies ahead as well as behind. */
export function upcomingDay(at: Date, now: Date): string {
  return sameDay(at, new Date(now.getTime() + DAY)) ? 'Tomorrow' : dayLabel(at, now)
}

/** "at 09:41", "yesterday at 09:41", "on 3 Nov at 09:41": when something was, inside a sentence. */
export function moment(at: Date, now: Date): string {
  if (sameDay(at, now)) return `at ${clock.format(at)}`
  if (sameDay(at, new Date(now.getTime() - DAY))) return `yesterday at ${clock.format(at)}`
  return `on ${at.getFullYear() === now.getFullYear() ? dayMonth.format(at) : dayMonthYear.format(at)} at ${clock.format(at)}`
}

/** "just now", "6 min", "3 h", "2 days": how long something has lasted. */
export function duration(milliseconds: number): string {
  if (milliseconds < MINUTE) return 'just now'
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`
  if (milliseconds < DAY) return `${Math.floor(milliseconds / HOUR)} h`
  const days = Math.floor(milliseconds / DAY)
  return days === 1 ? '1 day' : `${days} days`
}
