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
