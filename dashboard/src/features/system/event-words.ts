const WORDS = new Map([
  ['message', 'A message from WhatsApp'],
  ['status', 'News about a message that we sent'],
  ['echo', 'A message written in the WhatsApp app'],
  ['user_preferences', "A lead's wish about marketing messages"],
  ['identity', "A lead's change of number"],
  ['account', 'News about the WhatsApp account'],
  ['template', 'News about a template'],
])

/** A kind of webhook event in words for a person. WhatsApp may bring new kinds at any time. */
export function whatCameIn(kind: string): string {
  return WORDS.get(kind) ?? 'Something from WhatsApp'
}

const CHANGES = {
  booked: 'was booked',
  moved: 'was moved',
  cancelled: 'was called off',
  happened: 'took place',
  no_show: 'was missed',
} as const

/** "A first viewing with Ana was moved": a change of a meeting in words for a person. */
export function whatChanged(event: { event: keyof typeof CHANGES; kind: string; lead_name: string | null }): string {
  const kind = event.kind.replaceAll('_', ' ')
  const article = /^[aeiou]/i.test(kind) ? 'An' : 'A'
  return `${article} ${kind} with ${event.lead_name ?? 'a lead'} ${CHANGES[event.event]}`
}
