import { expect, test } from 'vitest'

import type { Status } from '@/lib/database'
import { tickOf, whyNot } from './ticks'

const signs = (status: Status) => tickOf({ direction: 'out', status })

test('ticks follow a message on its way', () => {
  const way: Status[] = ['sending', 'accepted', 'sent', 'delivered', 'read', 'played', 'failed', 'not_sent']
  expect(way.map((status) => signs(status)?.sign)).toEqual([
    'clock',
    'clock',
    'check',
    'checks',
    'checks',
    'played',
    'problem',
    'blocked',
  ])
  expect([signs('delivered')?.seen, signs('read')?.seen]).toEqual([false, true])
  expect(tickOf({ direction: 'in', status: 'received' })).toBeNull()
})

test('a failure is told in words a person understands, with the code for those who look it up', () => {
  expect(whyNot({ status: 'failed', error_code: 131047, reason: 'Re-engagement message', gate: null })).toMatch(
    /24 hours.*\(code 131047\)/,
  )
  expect(whyNot({ status: 'failed', error_code: 999, reason: 'Something new', gate: null })).toBe(
    'Something new (code 999)',
  )
})

test('what the gate held back says the gate’s own reason', () => {
  const gate = { outcome: 'refused', reasons: [{ code: 'opted_out', sentence: 'The lead opted out.' }] }
  expect(whyNot({ status: 'not_sent', error_code: null, reason: null, gate })).toBe('The lead opted out.')
  expect(whyNot({ status: 'not_sent', error_code: null, reason: 'Window closed.', gate })).toBe('Window closed.')
  const dated = 'Not sent: they asked on 3 May not to be written to.'
  expect(whyNot({ status: 'not_sent', error_code: null, reason: dated, gate })).toBe(
    'They asked on 3 May not to be written to.',
  )
  expect(whyNot({ status: 'delivered', error_code: null, reason: null, gate: null })).toBeNull()
})
