import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { uuidv7 } from 'uuidv7'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { cn } from '@/lib/cn'
import { type EditableField, useCorrectField } from './api-fields'
import { meantBy, type Typed, typedOf } from './typed-value'

type FieldEditorProps = {
  leadId: string
  conversationId: string
  field: EditableField
  label: string
  value: unknown
  currency: string
  onClose: () => void
}

/** One field put right in place, by its kind. */
export function FieldEditor({ leadId, conversationId, field, label, value, currency, onClose }: FieldEditorProps) {
  const [typed, setTyped] = useState<Typed>(() => typedOf(field.type, value, currency))
  const [problem, setProblem] = useState<string | null>(null)
  const [id] = useState(uuidv7)
  const correct = useCorrectField(leadId, conversationId)
  const form = useRef<HTMLFormElement>(null)
  const problemId = useId()
  useEffect(() => form.current?.querySelector('input')?.focus(), [])
  useEffect(() => {
    const box = form.current
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      onClose()
    }
    box?.addEventListener('keydown', onKey)
    return () => box?.removeEventListener('keydown', onKey)
  }, [onClose])

  const save = (meant: unknown) => {
    setProblem(null)
    correct.mutate({ id, field: field.field, value: meant }, { onSuccess: onClose })
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    const meant = meantBy(field.type, typed)
    if ('problem' in meant) setProblem(meant.problem)
    else save(meant.value)
  }
  const said = problem ?? correct.error?.message
  const box = (name: keyof Typed, what: string, more: string) => (
    <label className="flex min-w-0 flex-1 flex-col gap-1 text-xs text-muted-foreground">
      {what}
      <Input
        value={typed[name]}
        inputMode={name === 'currency' || field.type === 'text' ? 'text' : 'decimal'}
        maxLength={name === 'currency' ? 3 : 200}
        onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
        aria-invalid={problem !== null}
        aria-describedby={said ? problemId : undefined}
        className={cn('h-9 text-sm text-foreground', more)}
      />
    </label>
  )
  return (
    <form
      ref={form}
      onSubmit={onSubmit}
      aria-label={`Correct ${label}`}
      className="mt-1 flex flex-col gap-2.5 rounded-lg border bg-muted/40 p-2.5"
    >
      {field.type === 'money' ? (
        <div className="flex gap-2">
          {box('from', 'From', 'tabular-nums')}
          {box('to', 'Up to', 'tabular-nums')}
          <div className="flex w-16 shrink-0">{box('currency', 'Currency', 'uppercase')}</div>
        </div>
      ) : field.type === 'number' ? (
        <div className="flex gap-2">
          {box('from', 'Number', 'tabular-nums')}
          {box('to', 'Up to, if a range', 'tabular-nums')}
        </div>
      ) : field.type === 'text' ? (
        box('from', 'What is right', '')
      ) : (
        <Options field={field} label={label} chosen={typed.from} onChoose={(from) => setTyped({ ...typed, from })} />
      )}
      {said && (
        <p id={problemId} role="alert" className="text-[13px] text-destructive">
          {said}
        </p>
      )}
      <div className="flex flex-wrap gap-1.5">
        <Button type="submit" size="sm" disabled={correct.isPending}>
          Save
        </Button>
        <Button type="button" size="sm" variant="outline" disabled={correct.isPending} onClick={() => save(null)}>
          Not known
        </Button>
        <Button type="button" size="sm" variant="ghost" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

type OptionsProps = { field: EditableField; label: string; chosen: string; onChoose: (value: string) => void }

const YES_NO = [
  { value: 'yes', title: 'Yes' },
  { value: 'no', title: 'No' },
]

function Options({ field, label, chosen, onChoose }: OptionsProps) {
  const group = useId()
  return (
    <fieldset className="flex flex-wrap gap-1.5">
      <legend className="sr-only">{label}</legend>
      {(field.type === 'yes_no' ? YES_NO : field.choices).map(({ value, title }) => (
        <label
          key={value}
          className={cn(
            'flex h-8 cursor-pointer items-center rounded-full border bg-card px-3 text-[13px] font-medium has-focus-visible:ring-2 has-focus-visible:ring-ring',
            chosen === value && 'border-transparent bg-foreground text-background',
          )}
        >
          <input
            type="radio"
            name={group}
            value={value}
            checked={chosen === value}
            onChange={() => onChoose(value)}
            className="sr-only"
          />
          {title}
        </label>
      ))}
    </fieldset>
  )
}
