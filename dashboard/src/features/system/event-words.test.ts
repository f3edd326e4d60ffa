import { expect, test } from 'vitest'

import { whatCameIn, whatChanged } from './event-words'

test('an event that could not be read in is named in plain words', () => {
  expect(whatCameIn('message')).toBe('A message from WhatsApp')
  expect(whatCameIn('user_preferences')).toBe("A lead's wish about marketing messages")
})

test('a kind that nobody has a word for yet still says where it came from', () => {
  expect(whatCameIn('group')).toBe('Something from WhatsApp')
  expect(whatCameIn('constructor')).toBe('Something from WhatsApp')
})

test('a change of a meeting says what, with whom', () => {
  expect(whatChanged({ event: 'moved', kind: 'first_viewing', lead_name: 'Ana' })).toBe(
    'A first viewing with Ana was moved',
  )
  expect(whatChanged({ event: 'cancelled', kind: 'estimate', lead_name: null })).toBe(
    'An estimate with a lead was called off',
  )
})
