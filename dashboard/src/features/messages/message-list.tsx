import { ArrowDownIcon, HandshakeIcon } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'

import { EmptyNotice, RetryNotice } from '@/components/notices'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { cn } from '@/lib/cn'
import { useJumps } from '@/lib/jumps'
import { useNow } from '@/lib/use-now'
import { ApprovalBubble } from './approval-bubble'
import { useApproval } from './approvals'
import { useMessages, useOpenTurns, useOutgoing, type useSend } from './api'
import { contentOf } from './content'
import type { Message } from './message'
import { MessageBubble } from './message-bubble'
import { OutgoingBubble } from './outgoing-bubble'
import { firstUnread, inReadingOrder, stillOutgoing, threadItems } from './thread'
import { OpenTurns } from './turns'

type MessageListProps = {
  conversationId: string
  /** How many were unread when the conversation was opened. */
  unreadAtOpening: number
  canWrite: boolean
  authorName: (message: Message) => string
  sending: Pick<ReturnType<typeof useSend>, 'retry' | 'discard'>
  onReply: (message: Message) => void
}

/** Closer to the end than this counts as reading along. */
const NEAR = 80

export function MessageList({
  conversationId,
  unreadAtOpening,
  canWrite,
  authorName,
  sending,
  onReply,
}: MessageListProps) {
  const thread = useMessages(conversationId)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = thread
  const turns = useOpenTurns(conversationId)
  const approval = useApproval(conversationId)
  const outgoingAll = useOutgoing(conversationId)
  const now = useNow(60_000)

  const messages = useMemo(() => inReadingOrder(thread.data?.pages ?? []), [thread.data])
  const outgoing = useMemo(() => stillOutgoing(outgoingAll, messages), [outgoingAll, messages])
  const byWamid = useMemo(
    () => new Map(messages.flatMap((message) => (message.wamid ? [[message.wamid, message] as const] : []))),
    [messages],
  )
  const unreadFrom = useUnreadFrom(messages, unreadAtOpening)
  const items = useMemo(() => threadItems(messages, unreadFrom, now), [messages, unreadFrom, now])

  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const [missed, setMissed] = useState(0)
  const [highlighted, setHighlighted] = useState<string | null>(null)

  const toEnd = useCallback((behavior: ScrollBehavior = 'auto') => {
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior })
    atEnd.current = true
    setMissed(0)
  }, [])

  // Keep what is being read where it is: at the end stay at the end, with older pages above stay on the same line.
  const firstId = messages[0]?.id
  const lastId = outgoing.at(-1)?.id ?? messages.at(-1)?.id
  const before = useRef({ firstId, lastId, height: 0, count: 0 })
  useLayoutEffect(() => {
    const box = scroller.current
    if (!box) return
    const was = before.current
    const arrived = messages.length + outgoing.length - was.count
    if (was.firstId !== undefined && firstId !== was.firstId && lastId === was.lastId) {
      box.scrollTop += box.scrollHeight - was.height
    } else if (atEnd.current || outgoing.at(-1)?.id === lastId) {
      toEnd()
    } else if (lastId !== was.lastId && arrived > 0) {
      setMissed((count) => count + arrived)
    }
    before.current = { firstId, lastId, height: box.scrollHeight, count: messages.length + outgoing.length }
  }, [firstId, lastId, messages.length, outgoing, toEnd])

  // Photos and explanations grow after they were placed.
  useEffect(() => {
    if (!content.current) return
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd()
      before.current.height = scroller.current?.scrollHeight ?? 0
    })
    observer.observe(content.current)
    if (scroller.current) observer.observe(scroller.current)
    return () => observer.disconnect()
  }, [toEnd, thread.isPending])

  const onScroll = () => {
    const box = scroller.current
    if (!box) return
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR
    if (atEnd.current && missed > 0) setMissed(0)
    if (box.scrollTop < 400 && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }

  const jumpTo = useRef<string | null>(null)
  const jumpToId = useCallback(
    (id: string) => {
      const element = document.getElementById(`message-${id}`)
      if (!element) {
        jumpTo.current = id
        void fetchNextPage()
        return
      }
      jumpTo.current = null
      atEnd.current = false
      element.scrollIntoView({ block: 'center', behavior: 'smooth' })
      setHighlighted(id)
    },
    [fetchNextPage],
  )
  const jump = useCallback((message: Message) => jumpToId(message.id), [jumpToId])
  useJumps(jumpToId)
  useEffect(() => {
    const message = messages.find((each) => each.id === jumpTo.current)
    if (message) jumpToId(message.id)
    else if (jumpTo.current && hasNextPage) void fetchNextPage()
  }, [messages, jumpToId, hasNextPage, fetchNextPage])
  useEffect(() => {
    if (highlighted === null) return
    const timer = setTimeout(() => setHighlighted(null), 1600)
    return () => clearTimeout(timer)
  }, [highlighted])

  if (thread.isPending) return <ThreadSkeleton />
  if (thread.isError && messages.length === 0)
    return <RetryNotice what="messages" onRetry={() => void thread.refetch()} />

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        onScroll={onScroll}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label="Messages"
        aria-live="polite"
        aria-relevant="additions"
        className="focus-inset h-full overflow-y-auto overscroll-contain [overflow-anchor:none]"
      >
        <div ref={content} className="flex min-h-full flex-col justify-end pt-6 pb-4">
          {isFetchingNextPage && (
            <p className="pb-2 text-center text-xs text-muted-foreground">Loading older messages…</p>
          )}
          {!hasNextPage && messages.length === 0 && outgoing.length === 0 && (
            <EmptyNotice icon={<HandshakeIcon />} title="Nothing said yet">
              Messages appear here as soon as somebody writes.
            </EmptyNotice>
          )}
          {items.map((item) => {
            switch (item.type) {
              case 'day':
                return (
                  <p
                    key={item.key}
                    className="mx-auto mt-4 mb-1 rounded-full bg-foreground/6 px-3 py-0.5 text-xs font-medium text-muted-foreground"
                  >
                    {item.label}
                  </p>
                )
              case 'unread':
                return (
                  <p
                    key={item.key}
                    className="mt-4 mb-1 flex items-center gap-3 px-4 text-xs font-medium text-primary before:h-px before:flex-1 before:bg-primary/30 after:h-px after:flex-1 after:bg-primary/30 sm:px-6"
                  >
                    New
                  </p>
                )
              case 'note': {
                const note = contentOf(item.message)
                return (
                  <p
                    key={item.key}
                    id={`message-${item.message.id}`}
                    className="mx-auto mt-3 max-w-sm px-4 text-center text-xs text-balance text-muted-foreground"
                  >
                    {note.type === 'note' || note.type === 'text' ? note.text : 'Something about this contact changed.'}
                  </p>
                )
              }
              case 'message':
                return (
                  <MessageBubble
                    key={item.key}
                    conversationId={conversationId}
                    message={item.message}
                    startsGroup={item.startsGroup}
                    endsGroup={item.endsGroup}
                    authorName={authorName(item.message)}
                    quoted={item.message.context_wamid === null ? undefined : byWamid.get(item.message.context_wamid)}
                    highlighted={highlighted === item.message.id}
                    canWrite={canWrite}
                    nameOf={authorName}
                    onJump={jump}
                    onReply={onReply}
                  />
                )
            }
          })}
          {outgoing.map((each) => (
            <OutgoingBubble
              key={each.id}
              outgoing={each}
              onRetry={() => sending.retry(each)}
              onDiscard={() => sending.discard(each)}
            />
          ))}
          <OpenTurns conversationId={conversationId} turns={turns.data ?? []} canWrite={canWrite} />
          {approval.data && <ApprovalBubble key={approval.data.id} approval={approval.data} canWrite={canWrite} />}
        </div>
      </div>
      {missed > 0 && (
        <Button
          size="sm"
          onClick={() => toEnd('smooth')}
          className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-lg"
        >
          <ArrowDownIcon /> {missed === 1 ? '1 new message' : `${missed} new messages`}
        </Button>
      )}
    </div>
  )
}

/** Where the unread messages began when the conversation was opened; it does not move while somebody reads. */
function useUnreadFrom(messages: Message[], unread: number): string | null {
  const [found, setFound] = useState<string | null | undefined>(undefined)
  if (found === undefined && messages.length > 0) setFound(firstUnread(messages, unread))
  return found ?? null
}

function ThreadSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading messages"
      className="flex min-h-0 flex-1 flex-col justify-end gap-3 overflow-hidden px-6 pb-6"
    >
      {[52, 38, 64, 30, 46].map((width, row) => (
        <Skeleton
          key={width}
          className={cn('h-12 rounded-2xl', row % 2 === 1 && 'self-end')}
          style={{ width: `${width}%` }}
        />
      ))}
    </div>
  )
}
