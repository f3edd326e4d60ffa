import { expect, test } from 'vitest'

import { whatCameIn } from './event-words'

test('an event that could not be read in is named in plain words', () => {
  expect(whatCameIn('message')).toBe('A message from WhatsApp')
  expect(whatCameIn('user_preferences')).toBe("A lead's wish about marketing messages")
})

test('a kind that nobody has a word for yet still says where it came from', () => {
  expect(whatCameIn('group')).toBe('Something from WhatsApp')
  expect(whatCameIn('constructor')).toBe('Something from WhatsApp')
})
