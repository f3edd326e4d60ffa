import { type ReactNode, useId } from 'react'

/** One part of the page, with its heading. */
export function Card({ title, hint, action, children }: CardProps) {
  const heading = useId()
  return (
    <section aria-labelledby={heading} className="rounded-xl border bg-card p-4 sm:p-5">
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <h2 id={heading} className="text-base font-semibold">
            {title}
          </h2>
          {hint && <p className="text-[13px] text-muted-foreground">{hint}</p>}
        </div>
        {action}
      </div>
      <div className="mt-4">{children}</div>
    </section>
  )
}

type CardProps = { title: string; hint?: ReactNode; action?: ReactNode; children: ReactNode }

/** What became of a command: why not, or that it is done. */
export function Fate({ error, done }: { error: Error | string | null; done?: string | false }) {
  if (error !== null) {
    return (
      <p role="alert" className="mt-2 text-[13px] text-destructive">
        {typeof error === 'string' ? error : error.message}
      </p>
    )
  }
  return (
    <p role="status" className="mt-2 text-[13px] text-muted-foreground empty:hidden">
      {done || null}
    </p>
  )
}

/** A label above what it names. */
export function Field({ label, className, children }: FieldProps) {
  const id = useId()
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium">
        {label}
      </label>
      {children(id)}
    </div>
  )
}

type FieldProps = { label: string; className?: string; children: (id: string) => ReactNode }

export const SELECT = 'focus-ring h-9 rounded-md border border-input bg-card px-2 text-sm'
