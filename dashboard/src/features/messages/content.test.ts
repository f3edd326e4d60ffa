import { expect, test } from 'vitest'

import type { Json } from '@/lib/database'
import { contentOf, forwardedMark, safeFilename } from './content'
import { richText } from './rich-text-tokens'

const inbound = (kind: string, content: Json, body: string | null = null) =>
  contentOf({ kind, content, body, direction: 'in' })

test('every kind that Meta sends is shown as what it is', () => {
  expect(inbound('image', { id: '1', caption: 'The terrace' }, 'The terrace')).toEqual({
    type: 'image',
    caption: 'The terrace',
  })
  expect(inbound('audio', { id: '1', voice: true })).toEqual({ type: 'audio', voice: true })
  expect(inbound('document', { id: '1', filename: 'plan.pdf' }, 'plan.pdf')).toEqual({
    type: 'document',
    filename: 'plan.pdf',
    caption: null,
    format: 'PDF',
  })
  expect(inbound('location', { latitude: 36.7, longitude: -4.3 })).toEqual({
    type: 'location',
    latitude: 36.7,
    longitude: -4.3,
    name: null,
    address: null,
  })
  expect(inbound('contacts', { contacts: [{ name: { formatted_name: 'Bo' }, phones: [{ phone: '+34 6' }] }] })).toEqual(
    { type: 'contacts', contacts: [{ name: 'Bo', phones: ['+34 6'], emails: [], company: null }] },
  )
  expect(
    inbound('interactive', { type: 'list_reply', list_reply: { id: 's', title: 'Tue 10:00', description: '30 min' } }),
  ).toEqual({ type: 'choice', title: 'Tue 10:00', description: '30 min' })
  expect(
    inbound('interactive', { type: 'nfm_reply', nfm_reply: { response_json: '{"flow_token":"t","first_name":"Bo"}' } }),
  ).toEqual({ type: 'form', answers: [['first name', 'Bo']] })
  expect(inbound('interactive', { type: 'nfm_reply', nfm_reply: { response_json: '[1]' } })).toEqual({
    type: 'form',
    answers: [],
  })
  expect(inbound('button', { payload: 'STOP', text: 'Stop' }, 'Stop')).toEqual({
    type: 'choice',
    title: 'Stop',
    description: null,
  })
})

test('what we asked keeps its buttons, in our own form and in Meta’s', () => {
  const ours = contentOf({
    kind: 'interactive',
    direction: 'out',
    body: 'When?',
    content: { buttons: [{ id: 'a', title: 'Soon' }] },
  })
  const metas = contentOf({
    kind: 'interactive',
    direction: 'out',
    body: null,
    content: { body: { text: 'When?' }, action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'Soon' } }] } },
  })
  expect(ours).toEqual({ type: 'question', text: 'When?', footer: null, options: ['Soon'], link: null })
  expect(metas).toEqual(ours)
})

test('what cannot be shown says so and never breaks the thread', () => {
  expect(inbound('unsupported', { unsupported: { type: 'poll_creation' } })).toMatchObject({
    type: 'unsupported',
    text: expect.stringMatching(/^A poll/),
  })
  expect(inbound('hologram', { anything: [1] })).toMatchObject({
    type: 'unsupported',
    text: expect.stringMatching(/hologram/),
  })
  expect(inbound('location', { latitude: 'north' }, 'Somewhere')).toEqual({ type: 'text', text: 'Somewhere' })
  expect(inbound('contacts', {})).toMatchObject({ type: 'unsupported' })
})

test('a stranger’s filename cannot point anywhere or hide its ending', () => {
  expect(safeFilename('../../etc/passwd')).toBe('passwd')
  expect(safeFilename('invoice\u202Efdp.exe')).toBe('invoicefdp.exe')
  expect(safeFilename('..')).toBe('document')
})

test('forwarded messages are marked', () => {
  expect(forwardedMark({ content: { body: 'x', forwarded: true } })).toBe('Forwarded')
  expect(forwardedMark({ content: { frequently_forwarded: true } })).toBe('Forwarded many times')
  expect(forwardedMark({ content: {} })).toBeNull()
})

test('marks and links become tokens, and nothing else does', () => {
  expect(richText('See *this*: https://example.com/a_b_c. _Now_ 2*3*4')).toEqual([
    { type: 'text', text: 'See ' },
    { type: 'bold', text: 'this' },
    { type: 'text', text: ': ' },
    { type: 'link', text: 'https://example.com/a_b_c', href: 'https://example.com/a_b_c' },
    { type: 'text', text: '. ' },
    { type: 'italic', text: 'Now' },
    { type: 'text', text: ' 2*3*4' },
  ])
  expect(richText('javascript:alert(1) <b>x</b>')).toEqual([{ type: 'text', text: 'javascript:alert(1) <b>x</b>' }])
})
