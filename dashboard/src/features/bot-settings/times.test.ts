import { expect, test } from 'vitest'

import { problemOf } from './times'

test('times that can be are fine, at both ends too', () => {
  for (const [minutes, hours] of [
    ['1', '0'],
    ['1440', '144'],
    [' 10 ', '24'],
  ] as const) {
    expect(problemOf(minutes, hours)).toBeNull()
  }
})

test('times that cannot be are told with what to choose', () => {
  for (const minutes of ['', '0', '1441', '2.5', 'ten']) expect(problemOf(minutes, '24')).toContain('choose 1 to 1440')
  for (const hours of ['', '-1', '145']) expect(problemOf('10', hours)).toContain('0 for never')
})
