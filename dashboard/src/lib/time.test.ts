import { expect, test } from 'vitest'

import { dayIn, dayLabel, duration, HOUR, listTime, moment, parseTime, upcomingDay } from './time'

test('timestamps of hosted Supabase and of Supabase Lite are the same moment', () => {
  const hosted = parseTime('2026-11-22T11:13:32.515576+00:00')
  const lite = parseTime('2026-11-22 11:13:32.515576+00')
  expect(lite.toISOString()).toBe('2026-11-22T11:13:32.515Z')
  expect(hosted).toEqual(lite)
})

test('a list says the clock today, Yesterday, then weekday, then the date', () => {
  const now = new Date(2026, 10, 22, 9, 30)
  expect(listTime(new Date(2026, 10, 22, 8, 5), now)).toBe('08:05')
  expect(listTime(new Date(2026, 10, 21, 23, 59), now)).toBe('Yesterday')
  expect(listTime(new Date(2026, 10, 18, 12, 0), now)).toMatch(/Wed/)
  expect(listTime(new Date(2025, 10, 18, 12, 0), now)).toMatch(/2025/)
  expect(dayLabel(new Date(2026, 10, 22, 0, 0), now)).toBe('Today')
})

test('a moment reads well inside a sentence', () => {
  const now = new Date(2026, 10, 22, 9, 30)
  expect(moment(new Date(2026, 10, 22, 8, 5), now)).toBe('at 08:05')
  expect(moment(new Date(2026, 10, 21, 8, 5), now)).toBe('yesterday at 08:05')
  expect(moment(new Date(2026, 10, 3, 8, 5), now)).toMatch(/^on .*3.* at 08:05$/)
})

test('what lies ahead is today, tomorrow or a day', () => {
  const now = new Date(2026, 10, 22, 23, 30)
  expect(upcomingDay(new Date(2026, 10, 22, 23, 45), now)).toBe('Today')
  expect(upcomingDay(new Date(2026, 10, 23, 0, 15), now)).toBe('Tomorrow')
  expect(upcomingDay(new Date(2026, 10, 24, 9, 0), now)).toMatch(/24/)
})

test('a wait is told in the largest whole unit', () => {
  expect([20_000, 6 * 60_000, 3.9 * HOUR, 24 * HOUR, 49 * HOUR].map(duration)).toEqual([
    'just now',
    '6 min',
    '3 h',
    '1 day',
    '2 days',
  ])
})

test('a day is the one that the calendar of the zone showed', () => {
  const now = new Date('2026-11-22T12:00:00Z')
  const night = new Date('2026-05-02T22:30:00Z')
  expect(dayIn('Europe/Madrid', night, now)).toMatch(/3/)
  expect(dayIn('UTC', night, now)).not.toMatch(/3|2026/)
  expect(dayIn('UTC', new Date('2025-05-02T12:00:00Z'), now)).toMatch(/2025/)
  expect(dayIn('Mars/Olympus', night, now)).toBe(dayIn('UTC', night, now))
})
