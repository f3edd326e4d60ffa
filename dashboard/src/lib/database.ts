/** The rows this dashboard reads, as `supabase/migrations` define them. Times are strings: see `lib/time`. */

export type Role = 'owner' | 'manager' | 'agent' | 'viewer'
export type Mode = 'bot' | 'human'
export type Author = 'lead' | 'bot' | 'person' | 'campaign' | 'app' | 'system'
export type Status =
  'received' | 'sending' | 'accepted' | 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'not_sent'
export type TurnState = 'gathering' | 'running' | 'settling' | 'done' | 'parked' | 'superseded'

export type Json = Record<string, unknown>

/** What a lead told us for one playbook field, in the lead's own words. */
export type FieldValue = {
  value: unknown
  said?: string
  message_id?: string | null
  confidence?: number
  /** The member who put it right, and when. */
  corrected_by?: string | null
  corrected_at?: string | null
  /** What the lead has said since that differs from what a person put right. */
  heard?: FieldValue | null
}

/** One part of a lead's score; the points of all add up to it. */
export type ScoreReason = { points: number; why: string; about?: string }

/** What a voice note says. `doubt` says why its words do not count as the lead's, or why there are none. */
export type Transcript = {
  text?: string
  language?: string | null
  confidence?: number | null
  model?: string | null
  doubt?: 'not_listened' | 'unclear' | 'maybe_no' | 'too_long' | 'late' | 'gone' | null
}

export type Decision = {
  move?: 'answer' | 'stop_writing' | 'hand_over' | 'stay_quiet'
  reason?: string
  intent?: string | null
  asked?: string | null
  stage?: string | null
  fields?: Record<string, FieldValue>
  checks?: string[]
}

type Workspace = {
  id: string
  name: string
  time_zone: string
  language: string
  approval: boolean
  handover_minutes: number
  give_back_hours: number
}
type Member = { workspace_id: string; user_id: string; role: Role; display_name: string }
type Channel = {
  id: string
  workspace_id: string
  name: string
  display_phone_number: string | null
  paused_reason: string | null
}
type Lead = {
  id: string
  workspace_id: string
  name: string | null
  phone: string | null
  email: string | null
  language: string | null
  time_zone: string | null
  source: string
  stage: string
  score: number | null
  score_reasons: ScoreReason[]
  fields: Record<string, FieldValue>
  owner_id: string | null
  opted_out_at: string | null
  came_back_at: string | null
  marketing_stopped_at: string | null
  snoozed_until: string | null
  created_at: string
}
type Snooze = {
  lead_id: string
  workspace_id: string
  set_by: 'lead' | 'person'
  person_id: string | null
  asked_at: string
  message_id: string | null
  said: string | null
  occasion: string | null
  woke_at: string | null
  first_line: string | null
}
type Conversation = {
  id: string
  workspace_id: string
  lead_id: string
  channel_id: string
  mode: Mode
  assigned_to: string | null
  waiting_for_person_since: string | null
  waiting_reason: string | null
  approval_waiting_since: string | null
  last_inbound_at: string | null
  window_closed_at: string | null
  last_message_at: string
  last_message_preview: string | null
  unread_count: number
}
export type MessageRow = {
  id: string
  workspace_id: string
  conversation_id: string
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
type Approval = {
  id: string
  workspace_id: string
  conversation_id: string
  turn_id: string | null
  purpose: 'reply' | 'handover_notice' | 'follow_up'
  kind: string
  body: string
  content: Json
  state: 'waiting' | 'sent' | 'refused' | 'discarded' | 'withdrawn'
  reason: string | null
  created_at: string
}
type Turn = {
  id: string
  workspace_id: string
  conversation_id: string
  state: TurnState
  opened_at: string
  last_message_at: string
  finished_at: string | null
  attempts: number
  reason: string | null
  decision: Decision | null
  model: string | null
  runner: 'n8n' | 'inline' | null
  tokens_in: number | null
  tokens_out: number | null
  tokens_cached: number | null
  cost_micros: number | null
  cost_currency: string | null
  took_ms: number | null
}
type FieldCorrection = {
  id: string
  lead_id: string
  field: string
  before: FieldValue | null
  after: FieldValue
  corrected_by: string | null
  corrected_at: string
}
type Consent = {
  id: string
  lead_id: string
  purpose: 'marketing' | 'service'
  source: string
  evidence: string | null
  given_at: string
  withdrawn_at: string | null
}
type Note = { id: string; lead_id: string; author_id: string | null; body: string; created_at: string }
type Tag = { id: string; name: string }
type LeadTag = { workspace_id: string; lead_id: string; tag_id: string }
type Meeting = {
  id: string
  lead_id: string
  agent_id: string | null
  kind: string
  state: 'held' | 'booked' | 'cancelled' | 'happened' | 'no_show'
  starts_at: string
  ends_at: string
  time_zone: string
}

type Handover = {
  id: string
  workspace_id: string
  conversation_id: string
  state: 'offered' | 'everybody' | 'taken' | 'ended'
  reason: string
  question: string | null
  summary: HandoverSummary
  offered_to: string | null
  offered_at: string
  deadline_at: string | null
  somebody_at: string | null
  lead_told: string[]
  closed_at: string | null
}
/** What whoever takes a conversation should know, made from the record when it was offered. */
export type HandoverSummary = {
  name: string | null
  language: string
  stage: string
  score: number | null
  sentiment: string | null
  fields: { name: string; value: unknown; said: string | null }[]
  promised: string | null
  meeting: { kind: string; starts_at: string; time_zone: string; agent: string | null } | null
}

type Availability = {
  id: string
  workspace_id: string
  user_id: string
  weekday: number | null
  on_date: string | null
  starts_at: string
  ends_at: string
  time_zone: string
  available: boolean
}
type DaysOff = {
  id: string
  workspace_id: string
  user_id: string | null
  first_day: string
  last_day: string
  reason: string | null
}
type MeetingType = {
  id: string
  workspace_id: string
  kind: string
  minutes: number
  minutes_before: number
  minutes_after: number
  every_minutes: number
  notice_minutes: number
  horizon_days: number
  hold_minutes: number
  offered_at_once: number
  reminder_template: string | null
  cancelled_template: string | null
  moved_template: string | null
  missed_template: string | null
  /** Since when it is not offered any more. */
  retired_at: string | null
}
/** `body` is what the YAML says, checked by the engine. */
type Playbook = {
  id: string
  workspace_id: string
  name: string
  version: number
  body: { meetings?: { kind: string }[] }
  published_at: string | null
}

type Table<Row, Relationships extends Relationship[] = []> = {
  Row: Row
  Insert: never
  Update: never
  Relationships: Relationships
}
type Relationship = {
  foreignKeyName: string
  columns: string[]
  isOneToOne: boolean
  referencedRelation: string
  referencedColumns: string[]
}
type Belongs<Name extends string, Column extends string, To extends string> = {
  foreignKeyName: Name
  columns: ['workspace_id', Column]
  isOneToOne: false
  referencedRelation: To
  referencedColumns: ['workspace_id', 'id']
}

export type Database = {
  public: {
    Tables: {
      workspaces: Table<Workspace>
      members: Table<
        Member,
        [
          {
            foreignKeyName: 'members_workspace_id_fkey'
            columns: ['workspace_id']
            isOneToOne: false
            referencedRelation: 'workspaces'
            referencedColumns: ['id']
          },
        ]
      >
      channels: Table<Channel>
      leads: Table<Lead>
      conversations: Table<
        Conversation,
        [
          Belongs<'conversations_workspace_id_lead_id_fkey', 'lead_id', 'leads'>,
          Belongs<'conversations_workspace_id_channel_id_fkey', 'channel_id', 'channels'>,
        ]
      >
      messages: Table<
        MessageRow,
        [Belongs<'messages_workspace_id_conversation_id_fkey', 'conversation_id', 'conversations'>]
      >
      approvals: Table<Approval>
      turns: Table<Turn, [Belongs<'turns_workspace_id_conversation_id_fkey', 'conversation_id', 'conversations'>]>
      consents: Table<Consent>
      field_corrections: Table<FieldCorrection>
      snoozes: Table<Snooze>
      notes: Table<Note>
      tags: Table<Tag>
      lead_tags: Table<LeadTag, [Belongs<'lead_tags_workspace_id_tag_id_fkey', 'tag_id', 'tags'>]>
      meetings: Table<Meeting>
      handovers: Table<
        Handover,
        [Belongs<'handovers_workspace_id_conversation_id_fkey', 'conversation_id', 'conversations'>]
      >
      availability: Table<Availability>
      days_off: Table<DaysOff>
      meeting_types: Table<MeetingType>
      playbooks: Table<Playbook>
    }
    Views: Record<never, never>
    Functions: Record<never, never>
  }
}
