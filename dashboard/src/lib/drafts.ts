import { useEffect, useRef } from 'react'

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

/** Who has a box to write in listens here; who only has words for it offers them. */
const offered = new EventTarget()

class Words extends Event {
  readonly conversationId: string
  readonly text: string
  constructor(conversationId: string, text: string) {
    super('words')
    this.conversationId = conversationId
    this.text = text
  }
}

/** Put words into the box of a conversation, for whoever writes there to change and send. */
export function offerWords(conversationId: string, text: string): void {
  offered.dispatchEvent(new Words(conversationId, text))
}

/** Be given words to write in a conversation. */
export function useOfferedWords(conversationId: string, take: (text: string) => void): void {
  const latest = useRef(take)
  useEffect(() => {
    latest.current = take
  })
  useEffect(() => {
    const listener = (event: Event) => {
      if (event instanceof Words && event.conversationId === conversationId) latest.current(event.text)
    }
    offered.addEventListener('words', listener)
    return () => offered.removeEventListener('words', listener)
  }, [conversationId])
}

/** What stands in the box once words are put into it: whatever somebody began to write stays below them. */
export function withWords(begun: string, words: string): string {
  if (begun.trim() === '') return words
  return begun.includes(words) ? begun : `${words}\n${begun}`
}
