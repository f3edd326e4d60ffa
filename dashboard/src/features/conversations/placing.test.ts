import { expect, test } from 'vitest'

import { belongs, type ConversationRow, type Listing, place, searchDigits, searchWords } from './placing'

function aConversation(id: string, at: string, more: Partial<ConversationRow> = {}): ConversationRow {
  return {
    id,
    mode: 'bot',
    assigned_to: null,
    waiting_for_person_since: null,
    waiting_reason: null,
    approval_waiting_since: null,
    last_message_at: `2026-11-22T${at}:00+00:00`,
    last_message_preview: 'Hello',
    unread_count: 0,
    lead: { id: `lead-${id}`, name: 'Lucía Fernández', phone: '+34611222333', opted_out_at: null, score: null },
    ...more,
  }
}

const ALL: Listing = { filter: 'all', search: '', me: 'me' }
const ids = (pages: { rows: ConversationRow[] }[]) => pages.map((page) => page.rows.map((row) => row.id))

test('a conversation with a new message moves to the top', () => {
  const pages = [
    { rows: [aConversation('a', '10:00'), aConversation('b', '09:00')], hasMore: true },
    { rows: [aConversation('c', '08:00')], hasMore: false },
  ]
  expect(ids(place(pages, ['c'], [aConversation('c', '11:00')], ALL))).toEqual([['c', 'a', 'b'], []])
})

test('an older conversation beyond the loaded pages waits for its page', () => {
  const pages = [{ rows: [aConversation('a', '10:00')], hasMore: true }]
  expect(ids(place(pages, ['z'], [aConversation('z', '07:00')], ALL))).toEqual([['a']])
  expect(ids(place([{ ...pages[0]!, hasMore: false }], ['z'], [aConversation('z', '07:00')], ALL))).toEqual([
    ['a', 'z'],
  ])
})

test('what was read leaves the unread list, unless it is the open one', () => {
  const unread = aConversation('a', '10:00', { unread_count: 2 })
  const pages = [{ rows: [unread], hasMore: false }]
  const read = { ...unread, unread_count: 0 }
  const listing: Listing = { ...ALL, filter: 'unread' }
  expect(ids(place(pages, ['a'], [read], listing))).toEqual([[]])
  expect(ids(place(pages, ['a'], [read], { ...listing, openId: 'a' }))).toEqual([['a']])
})

test('a conversation that may no longer be seen disappears', () => {
  const pages = [{ rows: [aConversation('a', '10:00')], hasMore: false }]
  expect(ids(place(pages, ['a'], [], ALL))).toEqual([[]])
})

test('who waits longest for a person comes first', () => {
  const early = aConversation('early', '08:00', {
    waiting_for_person_since: '2026-11-22T08:00:00+00:00',
    waiting_reason: 'asked',
  })
  const late = aConversation('late', '11:00', {
    waiting_for_person_since: '2026-11-22T11:00:00+00:00',
    waiting_reason: 'asked',
  })
  const pages = [{ rows: [late], hasMore: false }]
  expect(ids(place(pages, ['early'], [early], { ...ALL, filter: 'waiting' }))).toEqual([['early', 'late']])
})

test('a search finds part of a name and a number however it is spaced', () => {
  const row = aConversation('a', '10:00')
  expect(belongs(row, { ...ALL, search: 'lucía' })).toBe(true)
  expect(belongs(row, { ...ALL, search: '611 22' })).toBe(true)
  expect(belongs(row, { ...ALL, search: 'pedro' })).toBe(false)
  expect(searchWords('a*%b,(c)')).toBe('a b c')
  expect(searchDigits('+34 (611) 222')).toBe('34611222')
  expect(searchDigits('Bo')).toBeNull()
})

test('what is offered to me stays listed until somebody else is asked, the longest wait first', () => {
  const waiting = (id: string, since: string) =>
    aConversation(id, '10:00', { waiting_for_person_since: `2026-11-22T${since}:00+00:00` })
  const listing: Listing = { ...ALL, filter: 'offered', offered: ['a', 'b'] }
  const pages = [{ rows: [waiting('a', '09:30')], hasMore: false }]
  expect(ids(place(pages, ['b', 'c'], [waiting('b', '09:00'), waiting('c', '08:00')], listing))).toEqual([['b', 'a']])
  expect(ids(place(pages, ['a'], [waiting('a', '09:30')], { ...listing, offered: [] }))).toEqual([[]])
})

test('whoever waits longest for a click comes first, and leaves the list once somebody clicked', () => {
  const listing: Listing = { ...ALL, filter: 'approval' }
  const proposed = (id: string, at: string) =>
    aConversation(id, '12:00', { approval_waiting_since: `2026-11-22T${at}:00+00:00` })
  const pages = [{ rows: [proposed('b', '10:00')], hasMore: false }]
  expect(ids(place(pages, ['a'], [proposed('a', '09:00')], listing))).toEqual([['a', 'b']])
  expect(ids(place(pages, ['b'], [aConversation('b', '12:00')], listing))).toEqual([[]])
})

test('among the best the higher score comes first, and nobody without one', () => {
  const scored = (id: string, score: number | null) => {
    const row = aConversation(id, '10:00')
    return { ...row, lead: { ...row.lead, score } }
  }
  const pages = [{ rows: [scored('a', 80), scored('b', 40)], hasMore: false }]
  const listing: Listing = { ...ALL, filter: 'best' }
  expect(ids(place(pages, ['b', 'c'], [scored('b', 90), scored('c', null)], listing))).toEqual([['b', 'a']])
})
