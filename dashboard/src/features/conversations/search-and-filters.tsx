import { SearchIcon, XIcon } from 'lucide-react'
import { useEffect, useState } from 'react'

import { Kbd } from '@/components/ui/kbd'
import { cn } from '@/lib/cn'
import { useOffers } from '@/lib/offers'
import { useWorkspace } from '@/lib/workspace'
import { useCounts } from './api'
import { type Filter, FILTERS } from './placing'

const FILTER_NAMES: Record<Filter, string> = {
  all: 'All',
  unread: 'Unread',
  waiting: 'Waiting',
  mine: 'Mine',
  offered: 'Offered',
  approval: 'To send',
  best: 'Best',
}

/** Search by name or phone; it waits until somebody pauses typing. */
export function SearchBox({
  ref,
  value,
  onChange,
}: {
  ref: React.RefObject<HTMLInputElement | null>
  value: string
  onChange: (value: string) => void
}) {
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    setTyped(value)
  }
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onChange(typed), 220)
    return () => clearTimeout(timer)
  }, [typed, value, onChange])
  return (
    <div role="search" className="relative">
      <SearchIcon
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted-foreground"
      />
      <input
        ref={ref}
        type="text"
        inputMode="search"
        aria-label="Search by name or phone"
        placeholder="Search by name or phone"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          setTyped('')
          onChange('')
          event.currentTarget.blur()
        }}
        className="h-9 w-full rounded-md bg-muted pr-9 pl-9 text-sm outline-none placeholder:text-muted-foreground focus-visible:ring-2 focus-visible:ring-ring"
      />
      {typed === '' ? (
        <span aria-hidden className="absolute top-1/2 right-2 hidden -translate-y-1/2 md:block">
          <Kbd>/</Kbd>
        </span>
      ) : (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={() => {
            setTyped('')
            onChange('')
          }}
          className="focus-ring absolute top-1/2 right-2 -translate-y-1/2 rounded p-1 text-muted-foreground hover:text-foreground"
        >
          <XIcon className="size-4" />
        </button>
      )}
    </div>
  )
}

/** Which conversations to show, with how many there are. */
export function Filters({ chosen, onChoose }: { chosen: Filter; onChoose: (filter: Filter) => void }) {
  const counts = useCounts()
  const offers = useOffers()
  const { approval } = useWorkspace()
  const countOf = (filter: Filter) =>
    filter === 'all' || filter === 'best'
      ? undefined
      : filter === 'offered'
        ? offers.data?.length
        : counts.data?.[filter]
  // These two take room only while there is something in them.
  const atTimes = (each: Filter) => each === 'offered' || (each === 'approval' && !approval)
  const shown = FILTERS.filter((each) => !atTimes(each) || chosen === each || countOf(each))
  return (
    <div role="group" aria-label="Show" className="-mx-1 flex gap-0.5 overflow-x-auto px-1 py-0.5">
      {shown.map((each) => {
        const count = countOf(each)
        return (
          <button
            key={each}
            type="button"
            aria-pressed={chosen === each}
            onClick={() => onChoose(each)}
            className={cn(
              'focus-ring flex h-8 shrink-0 items-center gap-1 rounded-full px-2.5 text-[13px] font-medium transition-colors',
              chosen === each
                ? 'bg-foreground text-background'
                : 'text-muted-foreground hover:bg-accent hover:text-accent-foreground',
            )}
          >
            <span>
              {FILTER_NAMES[each]}
              {each === 'waiting' && <span className="sr-only"> for a person</span>}
              {each === 'offered' && <span className="sr-only"> to me</span>}
            </span>
            {count ? (
              <span
                className={cn(
                  'text-xs tabular-nums',
                  chosen === each
                    ? 'opacity-80'
                    : each === 'waiting' || each === 'offered' || each === 'approval'
                      ? 'rounded-full bg-waiting px-1.5 text-waiting-foreground'
                      : '',
                )}
              >
                {count}
              </span>
            ) : null}
          </button>
        )
      })}
    </div>
  )
}
