import { CircleAlertIcon, RotateCwIcon } from 'lucide-react'
import type { ReactNode } from 'react'

import { Button } from '@/components/ui/button'

/** Something could not be loaded; says so and offers to try again. */
export function RetryNotice({ what, onRetry }: { what: string; onRetry: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-10 text-center">
      <CircleAlertIcon className="size-6 text-muted-foreground" aria-hidden />
      <p className="max-w-60 text-balance text-muted-foreground">
        The {what} could not be loaded. Your connection or our service may be down for a moment.
      </p>
      <Button variant="outline" size="sm" onClick={onRetry}>
        <RotateCwIcon /> Try again
      </Button>
    </div>
  )
}

/** Nothing here, and why that is fine. */
export function EmptyNotice({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-8 py-12 text-center">
      {icon && <span className="mb-1 text-muted-foreground [&_svg]:size-7 [&_svg]:stroke-[1.5]">{icon}</span>}
      <p className="font-medium">{title}</p>
      {children && <p className="max-w-64 text-balance text-muted-foreground">{children}</p>}
    </div>
  )
}
