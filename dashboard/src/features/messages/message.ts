import type { MessageRow } from '@/lib/database'

/** A message as the thread shows it. */
export type Message = Omit<MessageRow, 'workspace_id' | 'conversation_id'>

export const MESSAGE_COLUMNS =
  'id, turn_id, direction, author, author_id, kind, body, content, wamid, context_wamid, status, error_code, reason, gate, lead_reaction, our_reaction, sent_at, edited_at, deleted_at, transcript'
