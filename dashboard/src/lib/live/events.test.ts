import { describe, expect, test } from 'vitest'

import { backoff, EventStream, type LiveEvent, readEvent, type StreamState } from './events'

describe('reading events', () => {
  test('a message event carries the two ids', () => {
    expect(readEvent('message', '{"conversation_id":"c1","message_id":"m1"}')).toEqual({
      type: 'message',
      conversationId: 'c1',
      messageId: 'm1',
    })
  })

  test('events of a kind that this version does not know are left alone', () => {
    expect(readEvent('weather', '{"conversation_id":"c1"}')).toBeNull()
    expect(readEvent('message', 'not json')).toBeNull()
    expect(readEvent('message', '{"conversation_id":"c1"}')).toBeNull()
  })

  test('resync needs no ids', () => {
    expect(readEvent('resync', '{}')).toEqual({ type: 'resync' })
  })
})

describe('coming back', () => {
  test('waits longer with each try, up to 20 seconds, and never less than half of it', () => {
    expect([0, 1, 2, 3].map((attempt) => backoff(attempt, 1))).toEqual([500, 1000, 2000, 4000])
    expect(backoff(30, 1)).toBe(20_000)
    expect(backoff(30, 0)).toBe(10_000)
  })

  test('a dropped stream comes back and asks for what came after the last event it heard', async () => {
    const served = [
      ['id: 7\nevent: conversation\ndata: {"conversation_id":"c1"}\n\n', 'id: 8\nevent: resync\ndata: {}\n\n'],
      [': still here\n\n', 'id: 9\nevent: turn\nda', 'ta: {"conversation_id":"c1","turn_id":"t1"}\n\n'],
    ]
    const asked: (string | undefined)[] = []
    const heard: LiveEvent[] = []
    const states: StreamState[] = []
    const stream: EventStream = new EventStream({
      open: async (headers) => {
        asked.push(headers['Last-Event-ID'])
        const lines = served[asked.length - 1]
        if (!lines) {
          stream.stop()
          return new Response(null, { status: 503 })
        }
        return new Response(new Blob(lines).stream())
      },
      onEvent: (event) => heard.push(event),
      onState: (state) => states.push(state),
      onUnauthorized: async () => undefined,
      wait: async () => undefined,
    })

    await stream.run()

    expect(asked).toEqual([undefined, '8', '9'])
    expect(heard.map((event) => event.type)).toEqual(['conversation', 'resync', 'turn'])
    expect(states.slice(0, 3)).toEqual(['connecting', 'live', 'down'])
  })

  test('a token that no longer counts is renewed before the next try', async () => {
    let renewed = 0
    const stream: EventStream = new EventStream({
      open: async () => {
        if (renewed === 2) stream.stop()
        return new Response(null, { status: 401 })
      },
      onEvent: () => undefined,
      onState: () => undefined,
      onUnauthorized: async () => {
        renewed += 1
      },
      wait: async () => undefined,
    })

    await stream.run()

    expect(renewed).toBe(2)
  })

  test('a connection without a sound is given up', async () => {
    let opened = 0
    const stream: EventStream = new EventStream({
      open: async (_headers, signal) => {
        opened += 1
        if (opened === 2) stream.stop()
        const silent = new ReadableStream<Uint8Array>({
          start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
        })
        return new Response(silent)
      },
      onEvent: () => undefined,
      onState: () => undefined,
      onUnauthorized: async () => undefined,
      silenceMs: 10,
      wait: async () => undefined,
    })

    await stream.run()

    expect(opened).toBe(2)
  })
})
