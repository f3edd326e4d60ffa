import * as z from 'zod'

import type { Status } from '@/lib/database'
import type { Message } from './message'

export type Tick = {
  sign: 'clock' | 'check' | 'checks' | 'played' | 'problem' | 'blocked'
  /** The lead has seen it. */
  seen: boolean
  label: string
}

const TICKS: Record<Exclude<Status, 'received'>, Tick> = {
  sending: { sign: 'clock', seen: false, label: 'Sending' },
  accepted: { sign: 'clock', seen: false, label: 'WhatsApp has it and will send it' },
  sent: { sign: 'check', seen: false, label: 'Sent' },
  delivered: { sign: 'checks', seen: false, label: 'Delivered' },
  read: { sign: 'checks', seen: true, label: 'Read' },
  played: { sign: 'played', seen: true, label: 'Played' },
  failed: { sign: 'problem', seen: false, label: 'Not delivered' },
  not_sent: { sign: 'blocked', seen: false, label: 'Not sent' },
}

/** The sign under a message of ours; null for messages of the lead. */
export function tickOf(message: Pick<Message, 'direction' | 'status'>): Tick | null {
  if (message.direction === 'in' || message.status === 'received') return null
  return TICKS[message.status]
}

/** Meta's codes that people meet, in words that say what it means for them. */
const FAILURES: Record<number, string> = {
  131026: 'This number cannot be reached on WhatsApp right now.',
  131047: 'More than 24 hours have passed since the lead last wrote; only an approved template may go out.',
  131049: 'WhatsApp held it back: this person gets enough marketing already. Try again in a few days.',
  131050: 'The lead turned off marketing messages in WhatsApp.',
  131056: 'Too many messages to this person in a short time.',
  130429: 'Too many messages at once from this number.',
  130472: 'WhatsApp does not show marketing to this person; only they can start.',
  131042: 'There is a problem with the payment method at Meta.',
  132015: 'The template is paused by Meta.',
  132016: 'The template was disabled by Meta.',
}

/** The policy gate's verdict, as far as people read it. */
const gateReasons = z.object({ reasons: z.array(z.object({ sentence: z.string() })) })

/** The gate's sentences begin with it; where they are shown, it stands before them already. */
function withoutNotSent(sentence: string): string {
  const rest = sentence.replace(/^Not sent: /, '')
  return rest.charAt(0).toLocaleUpperCase() + rest.slice(1)
}

/** Why a message did not get there, in plain words; null when it did or may still. */
export function whyNot(message: Pick<Message, 'status' | 'reason' | 'error_code' | 'gate'>): string | null {
  if (message.status !== 'failed' && message.status !== 'not_sent') return null
  if (message.status === 'failed' && message.error_code !== null) {
    const words = FAILURES[message.error_code] ?? message.reason ?? 'WhatsApp could not deliver it.'
    return `${words} (code ${message.error_code})`
  }
  if (message.reason) return withoutNotSent(message.reason)
  const reasons = gateReasons.safeParse(message.gate).data?.reasons
  if (reasons && reasons.length > 0) return reasons.map(({ sentence }) => withoutNotSent(sentence)).join(' ')
  return message.status === 'failed' ? 'WhatsApp could not deliver it.' : 'A rule held it back.'
}
