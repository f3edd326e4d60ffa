import { expect, test } from 'vitest'

import type { Message } from './message'
import { firstUnread, inReadingOrder, type Outgoing, stillOutgoing, threadItems, upsert } from './thread'

const NOW = new Date(2026, 10, 22, 18, 0)

function aMessage(id: string, at: Date, more: Partial<Message> = {}): Message {
  return {
    id,
    turn_id: null,
    direction: 'in',
    author: 'lead',
    author_id: null,
    kind: 'text',
    body: id,
    content: {},
    wamid: `wamid.${id}`,
    context_wamid: null,
    status: 'received',
    error_code: null,
    reason: null,
    gate: null,
    lead_reaction: null,
    our_reaction: null,
    sent_at: at.toISOString(),
    edited_at: null,
    deleted_at: null,
    transcript: null,
    ...more,
  }
}

const at = (hours: number, minutes = 0, day = 22) => new Date(2026, 10, day, hours, minutes)

test('messages of one author within five minutes are one group, and every day has its line', () => {
  const items = threadItems(
    [
      aMessage('a', at(23, 58, 21)),
      aMessage('b', at(9, 0)),
      aMessage('c', at(9, 3)),
      aMessage('d', at(9, 20)),
      aMessage('e', at(9, 21), { author: 'bot', direction: 'out' }),
    ],
    null,
    NOW,
  )
  const told = items.map((item) =>
    item.type === 'message'
      ? `${item.message.id}${item.startsGroup ? ' starts' : ''}${item.endsGroup ? ' ends' : ''}`
      : item.type === 'day'
        ? item.label
        : item.type,
  )
  expect(told).toEqual(['Yesterday', 'a starts ends', 'Today', 'b starts', 'c ends', 'd starts ends', 'e starts ends'])
})

test('the line above what is new stands where the unread messages begin', () => {
  const messages = [
    aMessage('a', at(9)),
    aMessage('b', at(9, 1)),
    aMessage('c', at(9, 2), { direction: 'out', author: 'bot' }),
    aMessage('d', at(9, 3)),
  ]
  expect(firstUnread(messages, 2)).toBe('b')
  expect(firstUnread(messages, 0)).toBeNull()
  const items = threadItems(messages, 'b', NOW)
  expect(items.map((item) => item.type)).toEqual(['day', 'message', 'unread', 'message', 'message', 'message'])
})

test('a notice of WhatsApp stands between the bubbles', () => {
  const items = threadItems(
    [aMessage('a', at(9)), aMessage('note', at(9, 1), { kind: 'system', author: 'system' }), aMessage('b', at(9, 2))],
    null,
    NOW,
  )
  expect(items.map((item) => item.type)).toEqual(['day', 'message', 'note', 'message'])
  expect(items.at(-1)).toMatchObject({ startsGroup: true })
})

test('a new status replaces the message in place; a new message is added; an old one waits for its page', () => {
  const pages = [
    { rows: [aMessage('c', at(11)), aMessage('b', at(10))], hasMore: true },
    { rows: [aMessage('a', at(9))], hasMore: true },
  ]
  const changed = upsert(pages, [
    aMessage('b', at(10), { status: 'read' }),
    aMessage('d', at(12)),
    aMessage('old', at(7)),
  ])
  expect(inReadingOrder(changed).map((message) => `${message.id}:${message.status}`)).toEqual([
    'a:received',
    'b:read',
    'c:received',
    'd:received',
  ])
})

test('the first message of an empty conversation appears', () => {
  expect(
    inReadingOrder(upsert([{ rows: [], hasMore: false }], [aMessage('a', at(9))])).map((message) => message.id),
  ).toEqual(['a'])
})

test('what is being sent is shown until the engine has it, never twice', () => {
  const outgoing: Outgoing[] = [
    {
      id: 'x',
      text: 'On its way',
      replyTo: null,
      quotedWamid: null,
      at: NOW.toISOString(),
      state: 'sending',
      problem: null,
    },
    {
      id: 'y',
      text: 'Stuck',
      replyTo: null,
      quotedWamid: null,
      at: NOW.toISOString(),
      state: 'stuck',
      problem: 'Offline',
    },
  ]
  expect(
    stillOutgoing(outgoing, [aMessage('x', NOW, { direction: 'out', author: 'person' })]).map((each) => each.id),
  ).toEqual(['y'])
})
