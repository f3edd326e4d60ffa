import { expect, test } from 'vitest'

import { optedOut, replyWindow } from './conversation'

const NOON = new Date('2026-11-22T12:00:00Z')

test('a lead who wrote within the last 24 hours may be answered freely', () => {
  const window = replyWindow({ last_inbound_at: '2026-11-21T13:00:00+00:00', window_closed_at: null }, NOON)
  expect(window).toEqual({ open: true, closesAt: new Date('2026-11-22T13:00:00Z') })
})

test('a lead who wrote a day ago needs a template', () => {
  const window = replyWindow({ last_inbound_at: '2026-11-21T12:00:00+00:00', window_closed_at: null }, NOON)
  expect(window).toEqual({ open: false, closedAt: NOON })
})

test('a lead who never wrote needs a template', () => {
  expect(replyWindow({ last_inbound_at: null, window_closed_at: null }, NOON)).toEqual({ open: false, closedAt: null })
})

test('Meta has the last word, until the lead writes again', () => {
  const told = { last_inbound_at: '2026-11-22T10:00:00+00:00', window_closed_at: '2026-11-22T11:00:00+00:00' }
  expect(replyWindow(told, NOON).open).toBe(false)
  expect(replyWindow({ ...told, last_inbound_at: '2026-11-22T11:30:00+00:00' }, NOON).open).toBe(true)
})

test('a lead who opted out may be answered by a person only once they have written again', () => {
  const opted_out_at = '2026-05-03T09:00:00+00:00'
  const at = new Date('2026-05-03T09:00:00Z')
  expect(optedOut({ opted_out_at: null, came_back_at: null })).toBeNull()
  expect(optedOut({ opted_out_at, came_back_at: null })).toEqual({ at, cameBack: false })
  expect(optedOut({ opted_out_at, came_back_at: opted_out_at })).toEqual({ at, cameBack: true })
})
