import { BellIcon } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'

import { DropdownMenuItem } from '@/components/ui/dropdown-menu'
import { useLiveOffers, useOffers } from '@/lib/offers'

const TITLE = 'Lead-Reviver'

/** The number of leads offered to somebody, in the title of the tab; and a notice of a new one where that was asked for. */
export function OfferNotices() {
  useLiveOffers()
  const { data: offers } = useOffers()
  const known = useRef<Set<string> | null>(null)
  const count = offers?.length ?? 0
  useEffect(() => {
    document.title = count > 0 ? `(${count}) ${TITLE}` : TITLE
    return () => {
      document.title = TITLE
    }
  }, [count])
  useEffect(() => {
    if (!offers) return
    const fresh = offers.some((id) => known.current !== null && !known.current.has(id))
    known.current = new Set(offers)
    if (fresh && document.visibilityState === 'hidden' && mayNotify()) {
      // No name and no word of the lead: the notice may show on a locked screen.
      const notice = new Notification(TITLE, { body: 'A lead is waiting for you.', tag: 'offer' })
      notice.addEventListener('click', () => window.focus(), { once: true })
    }
  }, [offers])
  return null
}

/** How many leads are offered to the reader, on the door to the inbox. */
export function OfferCount() {
  const { data: offers } = useOffers()
  if (!offers?.length) return null
  return (
    <span className="absolute top-0.5 right-0.5 flex h-4 min-w-4 items-center justify-center rounded-full bg-waiting-mark px-1 text-[11px] leading-none font-semibold text-black tabular-nums">
      {offers.length}
      <span className="sr-only"> offered to you</span>
    </span>
  )
}

/** Asks the browser for notices only when somebody chose this; gone once it was answered. */
export function NotifyMe() {
  const [asks, setAsks] = useState(() => 'Notification' in window && Notification.permission === 'default')
  if (!asks) return null
  return (
    <DropdownMenuItem onSelect={() => void Notification.requestPermission().then(() => setAsks(false))}>
      <BellIcon /> Notify me of leads offered to me
    </DropdownMenuItem>
  )
}

function mayNotify(): boolean {
  return 'Notification' in window && Notification.permission === 'granted'
}
