import { expect, test } from 'vitest'

import { problemOf, shownEnd, withMore } from './week'

const monday = { weekday: 1, starts_at: '09:00', ends_at: '13:00' }

test('hours that can be are fine, also two spans that touch', () => {
  expect(problemOf([monday, { weekday: 1, starts_at: '13:00', ends_at: '18:00' }])).toBeNull()
})

test('hours that cannot be are told by their day', () => {
  expect(problemOf([{ ...monday, ends_at: '08:00' }])).toBe('Monday: 09:00 to 08:00 ends before it begins.')
  expect(problemOf([monday, { weekday: 1, starts_at: '12:00', ends_at: '14:00' }])).toContain('overlap at 12:00')
  expect(problemOf([{ ...monday, ends_at: '' }])).toBe('Monday: fill in both times.')
})

test('one more span stands after the last one of its day', () => {
  expect(withMore([monday], 1)[1]).toEqual({ weekday: 1, starts_at: '14:00', ends_at: '17:00' })
  expect(withMore([], 3)).toEqual([{ weekday: 3, starts_at: '09:00', ends_at: '18:00' }])
  expect(problemOf(withMore([{ ...monday, ends_at: '21:00' }], 1))).toBeNull()
  expect(withMore([{ ...monday, ends_at: '21:00' }], 1)[1]).toEqual({
    weekday: 1,
    starts_at: '22:00',
    ends_at: '00:00',
  })
})

test('until midnight is until the end of the day', () => {
  const late = { weekday: 1, starts_at: '20:00', ends_at: '00:00' }
  expect(problemOf([late])).toBeNull()
  expect(problemOf([late, { weekday: 1, starts_at: '22:00', ends_at: '23:00' }])).toContain('overlap at 22:00')
  expect(shownEnd('24:00:00')).toBe('00:00')
  expect(shownEnd('18:30:00')).toBe('18:30')
})
