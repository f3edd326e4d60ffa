import type { MeetingState } from './api'

/** What became of the message to the lead, in a sentence. */
export function toldOf({ told, told_reason: reason }: Pick<MeetingState, 'told' | 'told_reason'>): string {
  switch (told) {
    case 'sent':
      return 'Noted. The lead was asked for another time.'
    case 'due':
      return 'Noted. The lead is asked for another time as soon as that may be sent.'
    case 'needs_template':
      return 'Noted. The lead could not be written to: the reply window is closed, and no template fits.'
    case 'not_sent':
      return `Noted. ${reason ?? 'The lead was not written to.'}`
    default:
      return 'Noted.'
  }
}
