import { useEffect, useRef, useSyncExternalStore } from 'react'

/** Single-key shortcuts can be switched off, since speech input and shaky hands press keys by accident. */
const KEY = 'lead-reviver-shortcuts'
const listeners = new Set<() => void>()

const areOn = (): boolean => localStorage.getItem(KEY) !== 'off'

export function setShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, 'off')
  for (const listener of listeners) listener()
}

export function useShortcutsOn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, areOn)
}

/** Run something on a plain key, unless somebody is typing, a menu or dialog is open, or shortcuts are off. */
export function useShortcuts(bindings: Record<string, (event: KeyboardEvent) => void>): void {
  const newest = useRef(bindings)
  useEffect(() => {
    newest.current = bindings
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return
      const run = newest.current[event.key]
      if (!run || (!areOn() && event.key.length === 1)) return
      const target = event.target instanceof HTMLElement ? event.target : null
      if (
        target?.closest(
          'input, textarea, select, [contenteditable="true"], [role="menu"], [role="dialog"], [role="slider"]',
        )
      )
        return
      run(event)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
