import { MessageCircleOffIcon } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'

import { EmptyNotice, RetryNotice } from '@/components/notices'
import { Skeleton } from '@/components/ui/skeleton'
import { type Conversation, useConversation } from '@/lib/conversation'
import { inSentence, leadName } from '@/lib/people'
import { useUserId } from '@/lib/session'
import { useShortcuts } from '@/lib/shortcuts'
import { useCanWrite, useMemberNames } from '@/lib/workspace'
import { useLiveMessages, useMarkRead, useSend, useWhoAnswers } from './api'
import { Composer } from './composer'
import type { Message } from './message'
import { MessageList } from './message-list'
import { ThreadHeader } from './thread-header'

type ThreadProps = {
  conversationId: string
  panelShown: boolean
  /** Shown between header and messages: what concerns this conversation now. */
  notice?: ReactNode
  onBack: () => void
  onPanel: () => void
}

/** One conversation: who answers, what was said, and where to write. */
export function Thread(props: ThreadProps) {
  const conversation = useConversation(props.conversationId)
  if (conversation.isPending) return <ThreadRoomSkeleton />
  if (conversation.isError) return <RetryNotice what="conversation" onRetry={() => void conversation.refetch()} />
  if (conversation.data === null) {
    return (
      <EmptyNotice icon={<MessageCircleOffIcon />} title="This conversation is not here">
        It may belong to a colleague or have been removed.
      </EmptyNotice>
    )
  }
  return <OpenThread key={props.conversationId} {...props} conversation={conversation.data} />
}

function OpenThread({
  conversation,
  panelShown,
  notice,
  onBack,
  onPanel,
}: ThreadProps & { conversation: Conversation }) {
  const me = useUserId()
  const canWrite = useCanWrite()
  const nameOf = useMemberNames()
  const who = useWhoAnswers(conversation.id, me)
  const { send, retry, discard } = useSend(conversation)
  const [quoted, setQuoted] = useState<Message | null>(null)
  const [unreadAtOpening] = useState(conversation.unread_count)
  const box = useRef<HTMLTextAreaElement>(null)
  useLiveMessages(conversation.id)
  useReadWhileLooking(conversation, canWrite)

  const authorName = (message: Message): string => {
    switch (message.author) {
      case 'lead':
        return leadName(conversation.lead)
      case 'bot':
        return message.author_id === null ? 'Bot' : `Bot, sent by ${inSentence(nameOf(message.author_id))}`
      case 'person':
        return nameOf(message.author_id)
      case 'campaign':
        return 'Campaign'
      case 'app':
        return 'From the WhatsApp app'
      case 'system':
        return message.content.type === 'given_back' ? 'Lead-Reviver' : 'WhatsApp'
    }
  }

  useShortcuts({
    r: (event) => {
      event.preventDefault()
      box.current?.focus()
    },
    t: () => {
      if (canWrite && !(conversation.mode === 'human' && conversation.assigned_to === me)) who.mutate('me')
    },
    h: () => {
      if (canWrite && conversation.mode === 'human' && conversation.assigned_to === me) who.mutate('bot')
    },
    p: onPanel,
    Escape: onBack,
  })

  return (
    <section
      aria-label={`Conversation with ${leadName(conversation.lead)}`}
      className="flex h-full min-h-0 flex-col bg-thread"
    >
      <ThreadHeader
        conversation={conversation}
        me={me}
        canWrite={canWrite}
        personName={nameOf(conversation.assigned_to)}
        busy={who.isPending}
        problem={who.isError ? who.error.message : null}
        panelShown={panelShown}
        onWho={(next) => who.mutate(next)}
        onBack={onBack}
        onPanel={onPanel}
      />
      {notice}
      <MessageList
        conversationId={conversation.id}
        unreadAtOpening={unreadAtOpening}
        canWrite={canWrite}
        authorName={authorName}
        sending={{ retry, discard }}
        onReply={setQuoted}
      />
      <Composer
        conversation={conversation}
        canWrite={canWrite}
        box={box}
        quoted={quoted}
        quotedName={quoted ? authorName(quoted) : ''}
        onUnquote={() => setQuoted(null)}
        onSend={(text) => {
          send(text, quoted)
          setQuoted(null)
        }}
      />
    </section>
  )
}

/** What is on the screen of somebody who may answer counts as read. */
function useReadWhileLooking({ id, unread_count: unread }: Conversation, canWrite: boolean): void {
  const { mutate } = useMarkRead(id)
  useEffect(() => {
    if (unread === 0 || !canWrite) return
    const look = () => {
      if (document.visibilityState === 'visible') mutate()
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [unread, canWrite, mutate])
}

function ThreadRoomSkeleton() {
  return (
    <div role="status" aria-label="Loading the conversation" className="flex h-full flex-col bg-thread">
      <div className="flex h-16 items-center gap-3 border-b bg-card px-6">
        <Skeleton className="size-10 rounded-full" />
        <div className="flex flex-col gap-1.5">
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-3 w-28" />
        </div>
      </div>
      <div className="flex-1" />
    </div>
  )
}
