import { Link, Outlet } from '@tanstack/react-router'
import {
  InboxIcon,
  KeyboardIcon,
  LogOutIcon,
  MonitorIcon,
  MoonIcon,
  SunIcon,
  SunMoonIcon,
  WifiOffIcon,
} from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'

import { Logo } from '@/components/logo'
import { Avatar } from '@/components/ui/avatar'
import { Button } from '@/components/ui/button'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '@/components/ui/dropdown-menu'
import { Tooltip } from '@/components/ui/tooltip'
import { NotifyMe, OfferCount, OfferNotices } from '@/features/handovers/offer-notices'
import { HoursLink } from '@/features/hours/hours-link'
import { PlaybooksLink } from '@/features/playbooks/playbooks-link'
import { SystemLink } from '@/features/system/system-link'
import { cn } from '@/lib/cn'
import { useLiveState } from '@/lib/live/provider'
import { useSession } from '@/lib/session'
import { useShortcuts } from '@/lib/shortcuts'
import { setTheme, type Theme, useTheme } from '@/lib/theme'
import { useWorkspace } from '@/lib/workspace'
import { ShortcutHelp } from './shortcut-help'

/** A door of the rail; the router says which room one is in. */
const ROOM =
  'focus-ring flex size-10 items-center justify-center rounded-lg text-muted-foreground transition-colors hover:bg-accent hover:text-accent-foreground data-[status=active]:bg-accent data-[status=active]:text-accent-foreground'

/** What surrounds every room: where one is, as whom, and whether news still come in. */
export function Shell() {
  const [help, setHelp] = useState(false)
  useShortcuts({ '?': () => setHelp(true) })
  return (
    <div className="flex h-dvh flex-col-reverse md:flex-row">
      <nav
        aria-label="Rooms"
        className="hidden w-[60px] shrink-0 flex-col items-center gap-1 border-r bg-background py-3 md:flex"
      >
        <Logo className="mb-3 size-8" />
        <Tooltip hint="Inbox" side="right">
          <Link
            to="/inbox"
            search={{ filter: 'all' }}
            activeOptions={{ includeSearch: false }}
            className={cn(ROOM, 'relative')}
          >
            <InboxIcon className="size-5" aria-hidden />
            <span className="sr-only">Inbox </span>
            <OfferCount />
          </Link>
        </Tooltip>
        <PlaybooksLink side="right" className={ROOM} />
        <HoursLink side="right" className={ROOM} />
        <span className="flex-1" />
        <SystemLink side="right" className={ROOM} />
        <ThemeMenu side="right" />
        <Tooltip hint="Keyboard shortcuts (?)" side="right">
          <Button variant="ghost" size="icon" aria-label="Keyboard shortcuts" onClick={() => setHelp(true)}>
            <KeyboardIcon />
          </Button>
        </Tooltip>
        <AccountMenu side="right" />
      </nav>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <ConnectionNotice />
        <OfferNotices />
        <Outlet />
      </div>
      <ShortcutHelp open={help} onOpenChange={setHelp} />
    </div>
  )
}

/** The same menus for narrow screens, beside the inbox's heading. */
export function PhoneMenus() {
  return (
    <div className="flex items-center md:hidden">
      <PlaybooksLink side="bottom" className={cn(ROOM, 'size-9')} />
      <HoursLink side="bottom" className={cn(ROOM, 'size-9')} />
      <SystemLink side="bottom" className={cn(ROOM, 'size-9')} />
      <ThemeMenu side="bottom" />
      <AccountMenu side="bottom" />
    </div>
  )
}

const THEMES: { theme: Theme; name: string; icon: ReactNode }[] = [
  { theme: 'system', name: 'Like the system', icon: <MonitorIcon /> },
  { theme: 'light', name: 'Light', icon: <SunIcon /> },
  { theme: 'dark', name: 'Dark', icon: <MoonIcon /> },
]

function ThemeMenu({ side }: { side: 'right' | 'bottom' }) {
  const theme = useTheme()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label="Appearance">
          <SunMoonIcon />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent side={side} align="end">
        <DropdownMenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
          {THEMES.map((each) => (
            <DropdownMenuRadioItem key={each.theme} value={each.theme}>
              {each.icon} {each.name}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}

const ROLES = { owner: 'Owner', manager: 'Manager', agent: 'Agent', viewer: 'Viewer, read only' }

function AccountMenu({ side }: { side: 'right' | 'bottom' }) {
  const { session, signOut } = useSession()
  const workspace = useWorkspace()
  const email = session?.user.email ?? ''
  return (
    <DropdownMenu>
      <DropdownMenuTrigger aria-label={`Account: ${email}, ${workspace.name}`} className="focus-ring mt-1 rounded-full">
        <Avatar name={email} seed={email} className="size-8 text-xs" />
      </DropdownMenuTrigger>
      <DropdownMenuContent side={side} align="end" className="w-60">
        <DropdownMenuLabel>
          <span className="block truncate text-sm text-foreground">{email}</span>
          <span className="font-normal">{ROLES[workspace.role]}</span>
        </DropdownMenuLabel>
        <DropdownMenuSeparator />
        <DropdownMenuLabel>{workspace.mine.length > 1 ? 'Workspaces' : 'Workspace'}</DropdownMenuLabel>
        <DropdownMenuRadioGroup value={workspace.workspaceId} onValueChange={workspace.choose}>
          {workspace.mine.map((each) => (
            <DropdownMenuRadioItem key={each.workspaceId} value={each.workspaceId}>
              <span className="truncate">{each.name}</span>
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
        <DropdownMenuSeparator />
        <NotifyMe />
        <DropdownMenuItem onSelect={() => void signOut()}>
          <LogOutIcon /> Sign out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}

/** Says that news do not come in, after a moment of grace. */
function ConnectionNotice() {
  const state = useLiveState()
  return <div role="status">{state !== 'live' && <Interrupted />}</div>
}

function Interrupted() {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 2_000)
    return () => clearTimeout(timer)
  }, [])
  if (!late) return null
  return (
    <p className="flex items-center justify-center gap-2 bg-waiting px-4 py-1.5 text-[13px] text-waiting-foreground">
      <WifiOffIcon className="size-4" aria-hidden /> Live updates are interrupted. Trying to connect again…
    </p>
  )
}
