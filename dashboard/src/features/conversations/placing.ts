import type { Mode } from '@/lib/database'
import { parseTime } from '@/lib/time'

/** A conversation as the list shows it. */
export type ConversationRow = {
  id: string
  mode: Mode
  assigned_to: string | null
  waiting_for_person_since: string | null
  waiting_reason: string | null
  approval_waiting_since: string | null
  last_message_at: string
  last_message_preview: string | null
  unread_count: number
  lead: { id: string; name: string | null; phone: string | null; opted_out_at: string | null; score: number | null }
}

export const FILTERS = ['all', 'unread', 'waiting', 'mine', 'offered', 'approval', 'best'] as const
export type Filter = (typeof FILTERS)[number]

export type Listing = {
  filter: Filter
  search: string
  me: string
  /** The conversations that `me` is asked to take. */
  offered?: string[]
  /** The open conversation stays where it is, also when reading it made it leave the filter. */
  openId?: string | undefined
}

export type Page = { rows: ConversationRow[]; hasMore: boolean }

/** What somebody typed, without the characters that mean something in a PostgREST filter. */
export function searchWords(typed: string): string {
  return typed
    .replace(/[%*,()"\\]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** The digits of a typed phone number; null when it is not one. */
export function searchDigits(typed: string): string | null {
  const digits = typed.replace(/[\s+().-]/g, '')
  return /^\d{3,}$/.test(digits) ? digits : null
}

export function belongs(row: ConversationRow, { filter, search, me, offered = [] }: Listing): boolean {
  if (filter === 'unread' && row.unread_count === 0) return false
  if (filter === 'waiting' && row.waiting_for_person_since === null) return false
  if (filter === 'approval' && row.approval_waiting_since === null) return false
  if (filter === 'mine' && row.assigned_to !== me) return false
  if (filter === 'offered' && !offered.includes(row.id)) return false
  if (filter === 'best' && row.lead.score === null) return false
  const words = searchWords(search).toLocaleLowerCase()
  if (words === '') return true
  const digits = searchDigits(search)
  return Boolean(row.lead.name?.toLocaleLowerCase().includes(words) || (digits && row.lead.phone?.includes(digits)))
}

/** The column in which a filter lists who waits, longest wait first; null for those that list the newest first. */
export function waitsSince(filter: Filter): 'waiting_for_person_since' | 'approval_waiting_since' | null {
  if (filter === 'waiting' || filter === 'offered') return 'waiting_for_person_since'
  return filter === 'approval' ? 'approval_waiting_since' : null
}

/** Newest first; who waits: longest wait first; the best: highest score first. */
export function inOrder(filter: Filter) {
  return (a: ConversationRow, b: ConversationRow): number => {
    const column = waitsSince(filter)
    if (column !== null) {
      const since = (row: ConversationRow) => (row[column] ? parseTime(row[column]).getTime() : 0)
      return since(a) - since(b) || a.id.localeCompare(b.id)
    }
    if (filter === 'best') return (b.lead.score ?? 0) - (a.lead.score ?? 0) || b.lead.id.localeCompare(a.lead.id)
    return parseTime(b.last_message_at).getTime() - parseTime(a.last_message_at).getTime() || b.id.localeCompare(a.id)
  }
}

/**
 * Put changed conversations where they belong now.
 *
 * `asked` are the ids that were read again, `found` what is left of them: an id without a row may not be seen
 * any more. Rows that would lie beyond the loaded pages are left to the next page.
 */
export function place(pages: Page[], asked: string[], found: ConversationRow[], listing: Listing): Page[] {
  const changed = new Set(asked)
  const before = new Map(pages.flatMap((page) => page.rows.map((row) => [row.id, row] as const)))
  const next = pages.map((page) => ({ ...page, rows: page.rows.filter((row) => !changed.has(row.id)) }))
  const compare = inOrder(listing.filter)
  for (const row of found) {
    const old = before.get(row.id)
    const keep = old !== undefined && row.id === listing.openId
    if (!keep && !belongs(row, listing)) continue
    const index = next.findIndex((page) => page.rows.some((other) => compare(row, other) < 0))
    const target = index >= 0 ? next[index] : next.at(-1)
    if (!target || (index < 0 && target.hasMore && !keep)) continue
    const at = target.rows.findIndex((other) => compare(row, other) < 0)
    target.rows.splice(at < 0 ? target.rows.length : at, 0, row)
  }
  return next
}
