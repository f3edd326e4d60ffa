import { expect, test } from 'vitest'

import { meantBy, typedOf } from './typed-value'

const typed = (from: string, to = '', currency = 'EUR') => ({ from, to, currency })
const euros = (min: number | null, max: number | null) => ({
  value: { min_minor: min, max_minor: max, currency: 'EUR' },
})

test('amounts are understood as people write them', () => {
  for (const each of ['300000', '300,000', '300.000', '300 000', "300'000"]) {
    expect(meantBy('money', typed(each))).toEqual(euros(30_000_000, null))
  }
  expect(meantBy('money', typed('', '1250,50'))).toEqual(euros(null, 125_050))
  expect(meantBy('money', typed('1,250.50', '2,000'))).toEqual(euros(125_050, 200_000))
  expect(meantBy('money', typed('5000', '', 'jpy'))).toEqual({
    value: { min_minor: 5000, max_minor: null, currency: 'JPY' },
  })
})

test('what cannot be meant is refused with what to write', () => {
  expect(meantBy('money', typed(''))).toHaveProperty('problem')
  expect(meantBy('money', typed('300k'))).toHaveProperty('problem')
  expect(meantBy('money', typed('5', '4'))).toHaveProperty('problem')
  expect(meantBy('money', typed('5', '', 'euro'))).toHaveProperty('problem')
  expect(meantBy('number', typed('two'))).toHaveProperty('problem')
  expect(meantBy('number', typed('3', '2'))).toHaveProperty('problem')
  expect(meantBy('yes_no', typed(''))).toHaveProperty('problem')
  expect(meantBy('text', typed('  '))).toHaveProperty('problem')
})

test('the boxes show what is there, and mean the same again', () => {
  const there = [
    ['money', { min_minor: 30_000_000, max_minor: null, currency: 'EUR' }],
    ['number', 3],
    ['number', { min: 2, max: 3 }],
    ['yes_no', false],
    ['choice', 'soon'],
    ['text', 'Nerja'],
  ] as const
  for (const [type, value] of there) expect(meantBy(type, typedOf(type, value, 'EUR'))).toEqual({ value })
  expect(typedOf('money', null, 'EUR')).toEqual(typed(''))
})
