import { useEffect, useRef } from 'react'

/** Who shows messages listens here; who only knows the id of one asks. */
const asked = new EventTarget()

class Jump extends Event {
  readonly messageId: string
  constructor(messageId: string) {
    super('jump')
    this.messageId = messageId
  }
}

/** Ask the open thread to show a message. */
export function jumpToMessage(messageId: string): void {
  asked.dispatchEvent(new Jump(messageId))
}

/** Be told which message to show. */
export function useJumps(show: (messageId: string) => void): void {
  const latest = useRef(show)
  useEffect(() => {
    latest.current = show
  })
  useEffect(() => {
    const listener = (event: Event) => {
      if (event instanceof Jump) latest.current(event.messageId)
    }
    asked.addEventListener('jump', listener)
    return () => asked.removeEventListener('jump', listener)
  }, [])
}
