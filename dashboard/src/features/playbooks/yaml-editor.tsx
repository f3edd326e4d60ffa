import { type ChangeEvent, type Ref, useImperativeHandle, useMemo, useRef, useState } from 'react'

import { cn } from '@/lib/cn'
import { spanOfLine } from './words'

/** Pixels; the text area, its numbers and its marks share it. */
const LINE = 20
const TOP = 8

export type YamlEditorHandle = { goTo: (line: number) => void }
type YamlEditorProps = {
  ref?: Ref<YamlEditorHandle>
  label: string
  value: string
  onChange: (text: string) => void
  /** Lines that something is wrong with. */
  marked: readonly number[]
  /** Id of what tells the problems. */
  describedBy?: string
}

/** A text area with line numbers, in which lines can be marked. */
export function YamlEditor({ ref, label, value, onChange, marked, describedBy }: YamlEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  const [scrolled, setScrolled] = useState(0)
  const count = useMemo(() => value.split('\n').length, [value])
  const numbers = useMemo(() => Array.from({ length: count }, (_, index) => index + 1).join('\n'), [count])

  useImperativeHandle(
    ref,
    () => ({
      goTo(line) {
        const field = area.current
        if (!field) return
        field.focus()
        field.setSelectionRange(...spanOfLine(field.value, line))
        field.scrollTop = Math.max(0, (line - 1) * LINE - field.clientHeight / 2)
        field.scrollLeft = 0
      },
    }),
    [],
  )

  return (
    <div className="relative flex h-[60dvh] min-h-72 overflow-hidden rounded-lg border border-input bg-card font-mono text-[13px] focus-within:border-ring focus-within:ring-[3px] focus-within:ring-ring/30">
      <div aria-hidden className="pointer-events-none absolute inset-0">
        {marked.map((line) => (
          <div
            key={line}
            className="absolute inset-x-0 border-l-[3px] border-destructive bg-destructive/12"
            style={{ top: TOP + (line - 1) * LINE - scrolled, height: LINE }}
          />
        ))}
      </div>
      <div aria-hidden className="relative shrink-0 overflow-hidden border-r select-none">
        <pre
          className="px-2 text-right font-mono text-muted-foreground tabular-nums"
          style={{ lineHeight: `${LINE}px`, paddingTop: TOP, transform: `translateY(-${scrolled}px)` }}
        >
          {numbers}
        </pre>
      </div>
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={marked.length > 0}
        aria-describedby={describedBy}
        value={value}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event: ChangeEvent<HTMLTextAreaElement>) => onChange(event.target.value)}
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
        className={cn(
          'relative min-w-0 flex-1 resize-none overflow-auto bg-transparent px-2 whitespace-pre outline-none',
        )}
        style={{ lineHeight: `${LINE}px`, paddingTop: TOP, paddingBottom: TOP }}
      />
    </div>
  )
}
