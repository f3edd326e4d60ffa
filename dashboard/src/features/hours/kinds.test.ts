import { expect, test } from 'vitest'

import type { MeetingType } from './api'
import { kindOf, planOf, sortedKinds, USUAL } from './kinds'

const kind = (name: string, retiredAt: string | null = null): MeetingType =>
  ({ id: name, workspace_id: 'w', kind: name, retired_at: retiredAt, ...USUAL }) as MeetingType

test('a name becomes what playbooks write', () => {
  expect(kindOf('Property viewing')).toBe('property_viewing')
  expect(kindOf('  Visita al ático! ')).toBe('visita_al_atico')
  expect(kindOf('2nd call')).toBe('nd_call')
  expect(kindOf('!!!')).toBe('')
})

test('a kind that the playbook names and nobody offers is missing, also when it was retired', () => {
  const found = sortedKinds([kind('viewing'), kind('call', '2026-11-22 10:00:00+00')], ['viewing', 'call', 'valuation'])
  expect(found.offered.map((each) => each.kind)).toEqual(['viewing'])
  expect(found.retired.map((each) => each.kind)).toEqual(['call'])
  expect(found.missing).toEqual(['call', 'valuation'])
})

test('a plan holds what the engine asks for and nothing else', () => {
  expect(planOf(kind('viewing'))).toEqual(USUAL)
})
