import { expect, test } from 'vitest'

import { readableCost, readableTokens } from './model-use'

const use = { tokens_in: 900, tokens_out: 80, tokens_cached: 585, cost_micros: 412, cost_currency: 'USD' }

test('tokens are said with the share that was cached', () => {
  expect(readableTokens(use)).toBe('980 (65 % of what was read was cached)')
  expect(readableTokens({ ...use, tokens_cached: 0 })).toBe('980')
  expect(readableTokens({ ...use, tokens_in: 0, tokens_out: null })).toBeNull()
})

test('the price of one turn is not rounded to nothing', () => {
  expect(readableCost(use)).toMatch(/0\.000412/)
  expect(readableCost({ ...use, cost_micros: 0 })).toBeNull()
})
