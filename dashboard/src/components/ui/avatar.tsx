import { cn } from '@/lib/cn'

const HUES = [18, 48, 92, 150, 188, 222, 262, 300, 335]

/** Initials on a colour that stays the same for the same person. Decorative: the name stands beside it. */
export function Avatar({ name, seed, className }: { name: string; seed: string; className?: string }) {
  let hash = 0
  for (const char of seed) hash = (hash * 31 + char.codePointAt(0)!) >>> 0
  const hue = HUES[hash % HUES.length]
  return (
    <span
      aria-hidden
      style={{ '--hue': hue } as React.CSSProperties}
      className={cn(
        'inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-[oklch(0.91_0.045_var(--hue))] text-[13px] font-semibold text-[oklch(0.36_0.07_var(--hue))] select-none dark:bg-[oklch(0.34_0.05_var(--hue))] dark:text-[oklch(0.9_0.05_var(--hue))]',
        className,
      )}
    >
      {initials(name)}
    </span>
  )
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word))
  const first = words[0]?.[0] ?? '·'
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''
  return (first + last).toLocaleUpperCase()
}
