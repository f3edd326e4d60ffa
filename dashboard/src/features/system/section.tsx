import { type ReactNode, type Ref, useId } from 'react'

import { cn } from '@/lib/cn'
import type { Place, Tone } from './words'

type SectionProps = {
  title: string
  /** What the address and the list of what needs somebody call it. */
  place?: Place
  hint?: ReactNode
  action?: ReactNode
  headingRef?: Ref<HTMLHeadingElement>
  children: ReactNode
}

/** One part of the page, with its heading. */
export function Section({ title, place, hint, action, headingRef, children }: SectionProps) {
  const heading = useId()
  return (
    <section id={place} aria-labelledby={heading} className="scroll-mt-4 rounded-xl border bg-card p-4 sm:p-5">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 sm:flex-nowrap">
        <div className="min-w-0">
          <h2 ref={headingRef} id={heading} tabIndex={-1} className="rounded text-base font-semibold outline-none">
            {title}
          </h2>
          {hint && <p className="text-[13px] text-muted-foreground">{hint}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}

const DOTS: Record<Tone, string> = { fine: 'bg-online', look: 'bg-waiting-mark', down: 'bg-destructive' }

/** A colour beside words that say the same. */
export function Dot({ tone, className }: { tone: Tone; className?: string }) {
  return <span aria-hidden className={cn('inline-block size-2 shrink-0 rounded-full', DOTS[tone], className)} />
}

/** What one types into a terminal. */
export function Command({ children }: { children: string }) {
  return (
    <code className="inline-block max-w-full rounded bg-muted px-1.5 font-mono text-[12px] text-foreground">
      {children}
    </code>
  )
}

/** Why something that was asked for did not happen. */
export function Problem({ error }: { error: Error | null }) {
  if (error === null) return null
  return (
    <p role="alert" className="mt-1 text-[13px] text-destructive">
      {error.message}
    </p>
  )
}
