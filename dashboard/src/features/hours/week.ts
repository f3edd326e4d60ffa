/** Weekly hours as they are edited: times as an input shows them, "09:00"; until "00:00" is until the end of the day. */
export type Span = { weekday: number; starts_at: string; ends_at: string }

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

/** The name of a weekday, 1 is Monday. */
export const dayName = (weekday: number): string => WEEKDAYS[weekday - 1] ?? ''

/** Spans in the order of the week. */
export function inOrder(spans: readonly Span[]): Span[] {
  return spans.toSorted((a, b) => a.weekday - b.weekday || a.starts_at.localeCompare(b.starts_at))
}

/** One more span on a day: after the last one, or usual hours on a free day. */
export function withMore(spans: readonly Span[], weekday: number): Span[] {
  const last = inOrder(spans.filter((each) => each.weekday === weekday)).at(-1)
  const more =
    last && asEnd(last.ends_at) < '23:00'
      ? { weekday, starts_at: laterBy(last.ends_at, 1), ends_at: laterBy(last.ends_at, 4) }
      : { weekday, starts_at: '09:00', ends_at: '18:00' }
  return inOrder([...spans, more])
}

/** An hour of the same day; midnight where the day is over by then. */
function laterBy(time: string, hours: number): string {
  const hour = Number(time.slice(0, 2)) + hours
  return hour < 24 ? `${String(hour).padStart(2, '0')}:${time.slice(3, 5)}` : '00:00'
}

/** The end of hours as an input shows it: the record has 24:00 for the end of the day, which no clock has. */
export const shownEnd = (time: string): string => (time.startsWith('24') ? '00:00' : time.slice(0, 5))

/** An end that can be compared with other times of its day. */
const asEnd = (time: string): string => (time === '00:00' ? '24:00' : time)

/** What is wrong with some hours, in plain words; null when nothing is. */
export function problemOf(spans: readonly Span[]): string | null {
  let before: Span | null = null
  for (const span of inOrder(spans)) {
    const name = dayName(span.weekday)
    if (!span.starts_at || !span.ends_at) return `${name}: fill in both times.`
    if (asEnd(span.ends_at) <= span.starts_at)
      return `${name}: ${span.starts_at} to ${span.ends_at} ends before it begins.`
    if (before?.weekday === span.weekday && span.starts_at < asEnd(before.ends_at)) {
      return `${name}: two spans overlap at ${span.starts_at}; make them one.`
    }
    before = span
  }
  return null
}
