import { createParser } from 'eventsource-parser'
import * as z from 'zod'

/** Events carry ids only; what changed is read under row-level security. */
export type LiveEvent =
  | { type: 'message'; conversationId: string; messageId: string }
  | { type: 'conversation'; conversationId: string }
  | { type: 'turn'; conversationId: string; turnId: string }
  | { type: 'channel' }
  | { type: 'resync' }

const idsSchema = z.object({
  conversation_id: z.string(),
  message_id: z.string().optional(),
  turn_id: z.string().optional(),
})

/** The event as a value; null for kinds this version does not know. */
export function readEvent(name: string | undefined, data: string): LiveEvent | null {
  if (name === 'resync' || name === 'channel') return { type: name }
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch {
    return null
  }
  const ids = idsSchema.safeParse(json)
  if (!ids.success) return null
  const { conversation_id: conversationId, message_id: messageId, turn_id: turnId } = ids.data
  if (name === 'message' && messageId) return { type: 'message', conversationId, messageId }
  if (name === 'conversation') return { type: 'conversation', conversationId }
  if (name === 'turn' && turnId) return { type: 'turn', conversationId, turnId }
  return null
}

/** How long to wait before try `attempt` (0, 1, 2, …): half a second, doubling up to 20 s, spread by `chance` in 0..1. */
export function backoff(attempt: number, chance: number): number {
  const ceiling = Math.min(20_000, 500 * 2 ** attempt)
  return ceiling / 2 + (ceiling / 2) * chance
}

export type StreamState = 'connecting' | 'live' | 'down'

type StreamOptions = {
  /** Open the stream with the given headers; the caller adds authorization. */
  open: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>
  onEvent: (event: LiveEvent) => void
  onState: (state: StreamState) => void
  /** Called when the engine says that the token no longer counts. */
  onUnauthorized: () => Promise<void>
  /** Without a byte for this long (heartbeats come every 15 s), the connection counts as dead. */
  silenceMs?: number
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** A stream of events that comes back by itself and asks for what it missed. */
export class EventStream {
  private readonly options: Required<StreamOptions>
  private readonly stopped = new AbortController()
  private lastEventId = ''
  private attempt = 0
  private wake: (() => void) | null = null

  constructor(options: StreamOptions) {
    this.options = { silenceMs: 40_000, wait: pause, ...options }
  }

  async run(): Promise<void> {
    const { signal } = this.stopped
    while (!signal.aborted) {
      this.options.onState(this.attempt === 0 ? 'connecting' : 'down')
      try {
        await this.connect()
      } catch {
        // Whatever ended it, the answer is the same: come back.
      }
      if (signal.aborted) return
      this.options.onState('down')
      const waking = new AbortController()
      this.wake = () => waking.abort()
      await this.options.wait(backoff(this.attempt, Math.random()), AbortSignal.any([signal, waking.signal]))
      this.wake = null
      this.attempt += 1
    }
  }

  /** Try again now: the browser came online, or somebody looks at the page again. */
  hurry(): void {
    this.wake?.()
  }

  stop(): void {
    this.stopped.abort()
  }

  private async connect(): Promise<void> {
    const connection = new AbortController()
    const signal = AbortSignal.any([this.stopped.signal, connection.signal])
    let silence = setTimeout(() => connection.abort(), this.options.silenceMs)
    const heard = () => {
      this.attempt = 0
      clearTimeout(silence)
      silence = setTimeout(() => connection.abort(), this.options.silenceMs)
    }
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (this.lastEventId !== '') headers['Last-Event-ID'] = this.lastEventId
      const response = await this.options.open(headers, signal)
      signal.throwIfAborted()
      if (response.status === 401) await this.options.onUnauthorized()
      if (!response.ok || !response.body) throw new Error(`event stream answered ${response.status}`)
      this.options.onState('live')
      await this.read(response.body, heard)
    } finally {
      clearTimeout(silence)
      connection.abort()
    }
  }

  private async read(body: ReadableStream<Uint8Array>, heard: () => void): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.lastEventId = id
        const live = readEvent(event, data)
        if (live) this.options.onEvent(live)
      },
    })
    const reader = body.getReader()
    const decoder = new TextDecoder()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard()
      parser.feed(decoder.decode(value, { stream: true }))
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
