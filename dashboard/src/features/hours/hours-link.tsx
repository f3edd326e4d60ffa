import { Link } from '@tanstack/react-router'
import { CalendarClockIcon } from 'lucide-react'

import { Tooltip } from '@/components/ui/tooltip'

/** The way to the page on which people say when they take meetings. */
export function HoursLink({ side, className }: { side: 'right' | 'bottom'; className: string }) {
  return (
    <Tooltip hint="Hours" side={side}>
      <Link to="/hours" aria-label="Hours" className={className}>
        <CalendarClockIcon className="size-5" />
      </Link>
    </Tooltip>
  )
}
