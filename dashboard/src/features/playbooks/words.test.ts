import { expect, test } from 'vitest'

import {
  byName,
  fileName,
  isOver,
  markedLines,
  placeOf,
  type PlaybookVersion,
  price,
  spanOfLine,
  standingOf,
  trialLines,
  triedItem,
  waitText,
} from './words'

const version = (name: string, number: number, more: Partial<PlaybookVersion> = {}): PlaybookVersion => ({
  id: `${name} ${number}`,
  name,
  version: number,
  in_force: false,
  ...more,
})

test('the playbook in force comes first, its newest version on top', () => {
  const buyers = [version('Buyers', 1), version('Buyers', 2)]
  const sellers = [version('Sellers', 1, { in_force: true, published_at: '2026-11-22T10:00:00Z' })]
  const found = byName([...buyers, ...sellers])
  expect(found.map((each) => each.name)).toEqual(['Sellers', 'Buyers'])
  expect(found[1]?.versions.map((each) => each.version)).toEqual([2, 1])
})

test('a version is in force, replaced or a draft', () => {
  const at = '2026-11-22T10:00:00Z'
  expect(standingOf(version('A', 1, { in_force: true, published_at: at }))).toBe('in force')
  expect(standingOf(version('A', 1, { published_at: at }))).toBe('replaced')
  expect(standingOf(version('A', 1))).toBe('draft')
})

test('a listing is over on the day after its last one', () => {
  const now = new Date('2026-11-22T23:30:00Z')
  expect(isOver('2026-11-22', now)).toBe(false)
  expect(isOver('2026-11-21', now)).toBe(true)
  expect(isOver(null, now)).toBe(false)
})

test('a price is written in whole coins, by its currency', () => {
  expect(price(28_500_000, 'EUR').replace(/\D/g, '')).toBe('285000')
  expect(price(28_500_050, 'EUR').replace(/\D/g, '')).toBe('28500050')
  expect(price(5_000_000, 'JPY').replace(/\D/g, '')).toBe('5000000')
})

test('a trial is told kind by kind, also a kind that this page does not know', () => {
  const failed = [{ kind: 'texts', item: 'thanks.en', problem: 'it promises something' }]
  expect(trialLines({ tried: { new_kind: 1, texts: 5 }, failed })).toEqual([
    { kind: 'texts', words: 'Texts that may be said', tried: 5, failed: 1 },
    { kind: 'new_kind', words: 'new kind', tried: 1, failed: 0 },
  ])
})

test('an item of a trial is told as people say it', () => {
  expect(triedItem({ kind: 'texts', item: 'listing_answers.nothing.es' })).toBe('listing answers.nothing, Spanish')
  expect(triedItem({ kind: 'conversations', item: 'pt' })).toBe('Portuguese')
  expect(triedItem({ kind: 'facts', item: 'When are you open?' })).toBe('“When are you open?”')
})

test('a place in a file is told as people say it', () => {
  expect(placeOf('$.questions[2].ask.es')).toBe('questions 3 › ask › es')
  expect(placeOf('$')).toBe('the file')
  expect(placeOf(undefined)).toBe('the file')
})

test('lines are marked once, and found in the text', () => {
  const problems = [{ what: 'a', line: 3 }, { what: 'b', line: 1 }, { what: 'c', line: 3 }, { what: 'd' }]
  expect(markedLines(problems)).toEqual([1, 3])
  const text = 'one\ntwo\nthree'
  expect(text.slice(...spanOfLine(text, 2))).toBe('two')
  expect(text.slice(...spanOfLine(text, 99))).toBe('three')
})

test('a file is called after the playbook', () => {
  expect(fileName('Property buyers', 3)).toBe('property-buyers-v3.yaml')
  expect(fileName('¡Ático!', 1)).toMatch(/tico-v1\.yaml$/)
  expect(fileName('***', 2)).toBe('playbook-v2.yaml')
})

test('a wait is told in the largest whole unit', () => {
  expect([240, 1440, 2880, 45].map(waitText)).toEqual(['4 hours', '1 day', '2 days', '45 minutes'])
})
