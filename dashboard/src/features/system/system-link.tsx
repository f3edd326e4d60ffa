import { Link } from '@tanstack/react-router'
import { ActivityIcon } from 'lucide-react'

import { Tooltip } from '@/components/ui/tooltip'
import { cn } from '@/lib/cn'
import { useLiveState } from '@/lib/live/provider'

/** The way to the system page; its dot says whether news come in. */
export function SystemLink({ side, className }: { side: 'right' | 'bottom'; className: string }) {
  const live = useLiveState() === 'live'
  return (
    <Tooltip hint="System" side={side}>
      <Link
        to="/system"
        aria-label={`System: ${live ? 'live' : 'not connected'}`}
        className={cn('relative', className)}
      >
        <ActivityIcon className="size-5" />
        <span
          aria-hidden
          className={cn(
            'absolute top-2 right-2 size-2 rounded-full ring-2 ring-background',
            live ? 'bg-online' : 'bg-waiting-mark',
          )}
        />
      </Link>
    </Tooltip>
  )
}
