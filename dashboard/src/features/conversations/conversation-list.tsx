import { useVirtualizer, defaultRangeExtractor } from '@tanstack/react-virtual'
import { CheckCheckIcon, InboxIcon, MessageCircleIcon, SearchIcon } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

import { EmptyNotice, RetryNotice } from '@/components/notices'
import { Skeleton } from '@/components/ui/skeleton'
import { useShortcuts } from '@/lib/shortcuts'
import { useNow } from '@/lib/use-now'
import { useMemberNames } from '@/lib/workspace'
import { useConversations, useLiveConversations } from './api'
import { ConversationRow, ROW_HEIGHT } from './conversation-row'
import { type Filter, FILTERS } from './placing'
import { Filters, SearchBox } from './search-and-filters'

type ConversationListProps = {
  filter: Filter
  search: string
  openId: string | undefined
  onFilter: (filter: Filter) => void
  onSearch: (search: string) => void
  /** A row was opened by Enter: whoever did it wants to go on there. */
  onOpenedByKey: () => void
}

export function ConversationList({ filter, search, openId, onFilter, onSearch, onOpenedByKey }: ConversationListProps) {
  useLiveConversations(openId)
  const searchBox = useRef<HTMLInputElement>(null)
  useShortcuts({
    '/': (event) => {
      event.preventDefault()
      searchBox.current?.focus()
      searchBox.current?.select()
    },
    ...Object.fromEntries(FILTERS.map((each, index) => [String(index + 1), () => onFilter(each)])),
  })
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-col gap-3 px-4 pt-4 pb-3">
        <h2 className="text-xl font-semibold tracking-tight">Inbox</h2>
        <SearchBox ref={searchBox} value={search} onChange={onSearch} />
        <Filters chosen={filter} onChoose={onFilter} />
      </div>
      <Rows filter={filter} search={search} openId={openId} onOpenedByKey={onOpenedByKey} onSearch={onSearch} />
    </div>
  )
}

type RowsProps = Pick<ConversationListProps, 'filter' | 'search' | 'openId' | 'onOpenedByKey' | 'onSearch'>

function Rows({ filter, search, openId, onOpenedByKey, onSearch }: RowsProps) {
  const conversations = useConversations(filter, search)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = conversations
  const rows = useMemo(() => conversations.data?.pages.flatMap((page) => page.rows) ?? [], [conversations.data])
  const nameOf = useMemberNames()
  const now = useNow()
  const scroller = useRef<HTMLDivElement>(null)
  const [focusedId, setFocusedId] = useState<string | null>(null)
  const idOrOpen = focusedId ?? openId
  const active = Math.max(
    0,
    rows.findIndex((row) => row.id === idOrOpen),
  )

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 6,
    // The row that Tab reaches is always there, also when it is scrolled away.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range)
      return rows.length === 0 || indexes.includes(active) ? indexes : [...indexes, active].toSorted((a, b) => a - b)
    },
  })
  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= rows.length - 12) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, rows.length])

  const focusRow = useCallback(
    (index: number) => {
      const row = rows[index]
      if (!row) return
      setFocusedId(row.id)
      virtual.scrollToIndex(index)
      requestAnimationFrame(() =>
        requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.focus()),
      )
    },
    [rows, virtual],
  )
  const inside = () => scroller.current?.contains(document.activeElement) ?? false
  const step = (by: 1 | -1) => (event: KeyboardEvent) => {
    if (event.key.startsWith('Arrow') && !inside()) return
    event.preventDefault()
    const began = inside() || openId !== undefined
    focusRow(began ? Math.min(rows.length - 1, Math.max(0, active + by)) : 0)
  }
  useShortcuts({ j: step(1), k: step(-1), ArrowDown: step(1), ArrowUp: step(-1) })

  if (conversations.isPending) return <ListSkeleton />
  if (conversations.isError) return <RetryNotice what="conversations" onRetry={() => void conversations.refetch()} />
  if (rows.length === 0) return <NothingHere filter={filter} search={search} onClear={() => onSearch('')} />

  return (
    <div
      ref={scroller}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain"
      onFocus={(event) => setFocusedId(event.target.closest<HTMLElement>('[data-id]')?.dataset.id ?? null)}
      onBlur={() => setFocusedId(null)}
    >
      <ul aria-label="Conversations" style={{ height: virtual.getTotalSize() }} className="relative">
        {items.map((item) => {
          const row = rows[item.index]
          if (!row) return null
          return (
            <li
              key={item.key}
              data-index={item.index}
              data-id={row.id}
              aria-setsize={hasNextPage ? -1 : rows.length}
              aria-posinset={item.index + 1}
              style={{ transform: `translateY(${item.start}px)`, height: ROW_HEIGHT }}
              className="absolute inset-x-0 top-0"
            >
              <ConversationRow
                conversation={row}
                isOpen={row.id === openId}
                tabIndex={item.index === active ? 0 : -1}
                personName={row.mode === 'human' ? nameOf(row.assigned_to).split(' ')[0]! : null}
                now={now}
                onOpened={onOpenedByKey}
              />
            </li>
          )
        })}
      </ul>
      {isFetchingNextPage && <p className="py-3 text-center text-xs text-muted-foreground">Loading more…</p>}
    </div>
  )
}

function NothingHere({ filter, search, onClear }: { filter: Filter; search: string; onClear: () => void }) {
  if (search !== '') {
    return (
      <EmptyNotice icon={<SearchIcon />} title={`Nobody found for “${search}”`}>
        Try part of the name or the last digits of the number.{' '}
        <button type="button" onClick={onClear} className="focus-ring rounded font-medium text-primary hover:underline">
          Clear the search
        </button>
      </EmptyNotice>
    )
  }
  switch (filter) {
    case 'unread':
      return (
        <EmptyNotice icon={<CheckCheckIcon />} title="All read">
          New messages of your leads show up here at once.
        </EmptyNotice>
      )
    case 'waiting':
      return (
        <EmptyNotice icon={<CheckCheckIcon />} title="Nobody is waiting">
          When a lead needs a person, you find them here, the longest wait first.
        </EmptyNotice>
      )
    case 'offered':
      return (
        <EmptyNotice icon={<CheckCheckIcon />} title="Nothing is offered to you">
          Leads who need a person are offered to one of the team after the other.
        </EmptyNotice>
      )
    case 'approval':
      return (
        <EmptyNotice icon={<CheckCheckIcon />} title="Nothing to send">
          In approval mode, what the bot proposes waits here for your click, the longest wait first.
        </EmptyNotice>
      )
    case 'mine':
      return (
        <EmptyNotice icon={<InboxIcon />} title="Nothing on your desk">
          Take a conversation over and it appears here.
        </EmptyNotice>
      )
    case 'best':
      return (
        <EmptyNotice icon={<InboxIcon />} title="No lead has a score yet">
          Leads get one with their first answer; the highest comes first.
        </EmptyNotice>
      )
    default:
      return (
        <EmptyNotice icon={<MessageCircleIcon />} title="No lead has written yet">
          As soon as somebody writes on WhatsApp, the conversation starts here.
        </EmptyNotice>
      )
  }
}

function ListSkeleton() {
  return (
    <div role="status" aria-label="Loading conversations" className="flex flex-col overflow-hidden">
      {Array.from({ length: 9 }, (_, row) => (
        <div key={row} className="flex gap-3 px-4 py-3" style={{ height: ROW_HEIGHT }}>
          <Skeleton className="mt-0.5 size-10 rounded-full" />
          <div className="flex flex-1 flex-col gap-2 pt-1">
            <Skeleton className="h-3.5 w-2/5" />
            <Skeleton className="h-3 w-4/5" />
            <Skeleton className="h-3 w-1/4" />
          </div>
        </div>
      ))}
    </div>
  )
}
