import type { Author, Json, Status, Transcript } from '@/lib/database'

/** A message as the thread shows it. */
export type Message = {
  id: string
  turn_id: string | null
  direction: 'in' | 'out'
  author: Author
  author_id: string | null
  kind: string
  body: string | null
  content: Json
  wamid: string | null
  context_wamid: string | null
  status: Status
  error_code: number | null
  reason: string | null
  gate: Json | null
  lead_reaction: string | null
  our_reaction: string | null
  sent_at: string
  edited_at: string | null
  deleted_at: string | null
  transcript: Transcript | null
}

export const MESSAGE_COLUMNS =
  'id, turn_id, direction, author, author_id, kind, body, content, wamid, context_wamid, status, error_code, reason, gate, lead_reaction, our_reaction, sent_at, edited_at, deleted_at, transcript'
