import { expect, test } from 'vitest'

import { toldOf } from './told'

test('a person reads what became of the message, in the words of the gate where it said no', () => {
  expect(toldOf({ told: 'sent', told_reason: null })).toContain('asked for another time')
  expect(toldOf({ told: 'not_sent', told_reason: 'Not sent: they asked on 3 May not to be written to.' })).toBe(
    'Noted. Not sent: they asked on 3 May not to be written to.',
  )
  expect(toldOf({ told: null, told_reason: null })).toBe('Noted.')
})
