import { expect, test } from 'vitest'

import { withWords } from './drafts'

test('words are put into an empty box as they are', () => {
  expect(withWords('  ', 'Is now a better time?')).toBe('Is now a better time?')
})

test('whatever somebody began to write stays, below the words', () => {
  expect(withWords('I hope', 'Hi Ana.')).toBe('Hi Ana.\nI hope')
})

test('the same words are not put in twice', () => {
  expect(withWords('Hi Ana. How are you?', 'Hi Ana.')).toBe('Hi Ana. How are you?')
})
