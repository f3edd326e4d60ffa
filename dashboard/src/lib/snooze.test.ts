import { expect, test } from 'vitest'

import { justWoke, occasionInWords, type Snooze, untilDay, whatTheyAsked } from './snooze'

const NOON = new Date('2026-11-22T12:00:00Z')
const ASKED: Snooze = {
  set_by: 'lead',
  person_id: null,
  asked_at: '2026-06-12T10:00:00+00:00',
  message_id: 'm-1',
  said: 'Not now, after the summer',
  occasion: 'after_summer',
  woke_at: null,
  first_line: null,
}

test('the team reads when a lead asked, and for what', () => {
  expect(whatTheyAsked(ASKED, 'UTC', NOON)).toMatch(/^Asked on .*12.* to be written to after the summer$/)
  expect(whatTheyAsked({ ...ASKED, occasion: null }, 'UTC', NOON)).toMatch(/^Said on .* that it was not a good time$/)
})

test('nothing is said of a message that a lead took back, nor of a day that only a colleague chose', () => {
  expect(whatTheyAsked({ ...ASKED, message_id: null, said: null, occasion: null }, 'UTC', NOON)).toBeNull()
})

test.each([
  ['month:3', 'in March'],
  ['new_year', 'in the new year'],
  ['later:week', 'a week later'],
  ['later:months', 'some months later'],
  ['something:new', null],
  [null, null],
])('%s is read as %s', (occasion, words) => {
  expect(occasionInWords(occasion)).toBe(words)
})

test('a lead has just woken until somebody writes', () => {
  const woken = { woke_at: '2026-11-22T00:00:00+00:00' }
  expect(justWoke(woken, '2026-06-12T10:00:00+00:00')).toBe(true)
  expect(justWoke(woken, '2026-11-22T00:00:00+00:00')).toBe(false)
  expect(justWoke(woken, '2026-11-22T09:00:00+00:00')).toBe(false)
  expect(justWoke({ woke_at: null }, '2026-06-12T10:00:00+00:00')).toBe(false)
})

test('a day that the lead named is that day in every time zone', () => {
  const until = '2026-12-01T00:00:00+00:00'
  expect(untilDay(until, ASKED, 'America/Mexico_City', NOON)).toBe(untilDay(until, ASKED, 'Asia/Tokyo', NOON))
  expect(untilDay(until, { set_by: 'person' }, 'America/Mexico_City', NOON)).not.toBe(
    untilDay(until, ASKED, 'UTC', NOON),
  )
})
