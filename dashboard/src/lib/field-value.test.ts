import { expect, test } from 'vitest'

import { readableValue } from './field-value'

test('amounts in minor units read as money, with open bounds in words', () => {
  expect(readableValue({ currency: 'EUR', min_minor: null, max_minor: 42_000_000 })).toMatch(/^Up to .*420,000/)
  expect(readableValue({ currency: 'EUR', min_minor: 30_000_000, max_minor: 42_000_000 })).toMatch(
    /300,000 to .*420,000/,
  )
  expect(readableValue({ currency: 'JPY', min_minor: 5_000, max_minor: null })).toMatch(/^From .*5,000/)
})

test('any other value is said plainly', () => {
  expect([true, 3, 'soon', ['Nerja', 'Mijas'], null].map(readableValue)).toEqual([
    'Yes',
    '3',
    'Soon',
    'Nerja, Mijas',
    'Not known',
  ])
})
