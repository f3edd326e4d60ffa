import { Link } from '@tanstack/react-router'
import { ArrowLeftIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import { HoursPage } from '@/features/hours/hours-page'
import { PhoneMenus } from '../shell'

export function HoursRoom() {
  return (
    <main className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto max-w-4xl px-4 pt-3 pb-10 sm:px-6 md:pt-6">
        <div className="mb-3 flex items-center gap-2 md:mb-4">
          <Button asChild variant="ghost" size="icon" className="-ml-2 md:hidden">
            <Link to="/inbox" search={{ filter: 'all' }} aria-label="Back to the inbox">
              <ArrowLeftIcon />
            </Link>
          </Button>
          <h1 className="flex-1 text-xl font-semibold tracking-tight">Hours</h1>
          <PhoneMenus />
        </div>
        <HoursPage />
      </div>
    </main>
  )
}
