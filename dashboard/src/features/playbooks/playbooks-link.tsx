import { Link } from '@tanstack/react-router'
import { BookOpenTextIcon } from 'lucide-react'

import { Tooltip } from '@/components/ui/tooltip'

/** The way to the page with what the bot says, asks and knows. */
export function PlaybooksLink({ side, className }: { side: 'right' | 'bottom'; className: string }) {
  return (
    <Tooltip hint="Playbooks" side={side}>
      <Link to="/playbooks" aria-label="Playbooks" className={className}>
        <BookOpenTextIcon className="size-5" />
      </Link>
    </Tooltip>
  )
}
