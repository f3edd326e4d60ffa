/** What somebody began to write, kept per conversation until it is sent or they sign out. */

const PREFIX = 'lead-reviver-draft:'

export function readDraft(conversationId: string): string {
  return localStorage.getItem(PREFIX + conversationId) ?? ''
}

export function keepDraft(conversationId: string, text: string): void {
  if (text.trim() === '') localStorage.removeItem(PREFIX + conversationId)
  else localStorage.setItem(PREFIX + conversationId, text)
}

export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key)
}
