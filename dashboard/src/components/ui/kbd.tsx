import type { ReactNode } from 'react'

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex min-w-6 items-center justify-center rounded border border-b-2 bg-card px-1.5 py-0.5 font-sans text-xs text-muted-foreground">
      {children}
    </kbd>
  )
}
