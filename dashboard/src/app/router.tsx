import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import * as z from 'zod'

import { EmptyNotice } from '@/components/notices'
import { FILTERS } from '@/features/conversations/placing'
import { SHIPPED } from '@/features/playbooks/words'
import { HoursRoom } from './routes/hours'
import { ConversationRoom, InboxRoom, NoConversation } from './routes/inbox'
import { SystemRoom } from './routes/system'
import { Shell } from './shell'

const inboxSearch = z.object({
  filter: z.enum(FILTERS).catch('all').default('all'),
  q: z.string().optional().catch(undefined),
  /** The lead panel, on screens where it does not stand beside the thread. */
  panel: z.boolean().optional().catch(undefined),
})

/** What a new version of a playbook begins with. */
const beginning = z.object({
  from: z.uuid().optional().catch(undefined),
  shipped: z
    .enum(SHIPPED.map(([name]) => name))
    .optional()
    .catch(undefined),
})

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <EmptyNotice title="There is nothing here">The address may be mistyped.</EmptyNotice>,
})

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/inbox', search: { filter: 'all' } })
  },
})

const inbox = createRoute({
  getParentRoute: () => root,
  path: '/inbox',
  validateSearch: inboxSearch,
  component: InboxRoom,
})
const nothingOpen = createRoute({ getParentRoute: () => inbox, path: '/', component: NoConversation })
const conversation = createRoute({ getParentRoute: () => inbox, path: '$conversationId', component: ConversationRoom })
const hours = createRoute({ getParentRoute: () => root, path: '/hours', component: HoursRoom })

/** Fetched when somebody goes there: most people of a team rarely do. */
const playbookRooms = () => import('./routes/playbooks')
const playbooks = createRoute({
  getParentRoute: () => root,
  path: '/playbooks',
  component: lazyRouteComponent(playbookRooms, 'PlaybooksRoom'),
})
const newPlaybook = createRoute({
  getParentRoute: () => root,
  path: '/playbooks/new',
  validateSearch: beginning,
  component: lazyRouteComponent(playbookRooms, 'NewPlaybookRoom'),
})
const playbook = createRoute({
  getParentRoute: () => root,
  path: '/playbooks/$playbookId',
  component: lazyRouteComponent(playbookRooms, 'PlaybookRoom'),
})
const system = createRoute({ getParentRoute: () => root, path: '/system', component: SystemRoom })

export const router = createRouter({
  routeTree: root.addChildren([
    index,
    inbox.addChildren([nothingOpen, conversation]),
    hours,
    playbooks,
    newPlaybook,
    playbook,
    system,
  ]),
  defaultPreload: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
