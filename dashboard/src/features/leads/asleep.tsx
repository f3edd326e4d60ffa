import { useMutation, useQueryClient } from '@tanstack/react-query'
import { MoonIcon } from 'lucide-react'

import { Button } from '@/components/ui/button'
import { answered, useBackend } from '@/lib/backend'
import type { Conversation } from '@/lib/conversation'
import { jumpToMessage } from '@/lib/jumps'
import { useAnnounce } from '@/lib/live/provider'
import { inSentence } from '@/lib/people'
import { snoozeKey, untilDay, useSnooze, whatTheyAsked } from '@/lib/snooze'
import { useNow } from '@/lib/use-now'
import { useCanWrite, useMemberNames, useWorkspace } from '@/lib/workspace'

type AsleepProps = { conversation: Conversation; onJump: () => void }

/** Until when the lead is left alone, and in whose words; nothing while it is awake. */
export function Asleep({ conversation, onJump }: AsleepProps) {
  const { timeZone } = useWorkspace()
  const nameOf = useMemberNames()
  const now = useNow()
  const canWrite = useCanWrite()
  const wake = useWake(conversation)
  const snooze = useSnooze(conversation.lead.id, conversation.id).data
  if (!snooze || snooze.until === null) return null
  const { until, why } = snooze
  const asked = why && whatTheyAsked(why, timeZone, now)
  const messageId = why?.message_id ?? null
  return (
    <section aria-label="Left alone" className="px-6 py-5">
      <h3 className="mb-3 text-[13px] font-semibold text-muted-foreground">Left alone</h3>
      <p className="flex items-start gap-2">
        <MoonIcon className="mt-0.5 size-4 shrink-0 text-primary" aria-hidden />
        <span className="min-w-0">
          Until <span className="font-medium">{untilDay(until, why, timeZone, now)}</span>
          {why?.set_by === 'person' && `, chosen by ${inSentence(nameOf(why.person_id))}`}
        </span>
      </p>
      {asked && <p className="mt-2 text-muted-foreground">{asked}:</p>}
      {why?.said && (
        <blockquote className="mt-1 border-l-2 pl-3 whitespace-pre-line [overflow-wrap:anywhere]">
          <span className="line-clamp-6">{why.said}</span>
        </blockquote>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {messageId !== null && (
          <Button
            size="sm"
            variant="outline"
            onClick={() => {
              onJump()
              jumpToMessage(messageId)
            }}
          >
            Show the message
          </Button>
        )}
        {canWrite && (
          <Button size="sm" variant="outline" disabled={wake.isPending} onClick={() => wake.mutate()}>
            Wake now
          </Button>
        )}
      </div>
      {wake.isError && (
        <p role="alert" className="mt-2 text-[13px] text-destructive">
          {wake.error.message}
        </p>
      )}
    </section>
  )
}

function useWake({ id, lead }: Conversation) {
  const { api } = useBackend()
  const queryClient = useQueryClient()
  const announce = useAnnounce()
  const params = { path: { conversation_id: id } }
  return useMutation({
    mutationFn: () =>
      answered(api.POST('/api/conversations/{conversation_id}/snooze', { params, body: { until: null } })),
    onSettled: () => {
      announce({ type: 'conversation', conversationId: id })
      return queryClient.invalidateQueries({ queryKey: snoozeKey(lead.id) })
    },
  })
}
