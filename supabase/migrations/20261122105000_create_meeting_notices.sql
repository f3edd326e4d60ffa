-- What a lead is told about a meeting outside of a turn: reminders, that we cancel or move it, that nobody came. And what
-- a calendar needs to see one meeting as one entry, however often it is moved.
-- Meetings and their kinds are few, so that looking at all of them under lock takes no time.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation
-- A number of at most one moved meeting after another fits.
-- squawk-ignore-file prefer-bigint-over-int
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.meetings
  add column calendar_uid uuid,
  add column sequence integer not null default 0 check (sequence >= 0),
  add column cancel_reason text check (length(cancel_reason) between 1 and 300);
comment on column public.meetings.calendar_uid is
  'The first meeting of which this one is what it was moved to: one entry in a calendar; null: it was never moved.';
comment on column public.meetings.sequence is 'How often the calendar entry was changed; a higher one replaces a lower one.';
comment on column public.meetings.cancel_reason is 'Why a person of ours called it off or moved it, as the lead reads it; null: not said.';

-- Names as Meta writes them.
alter table public.meeting_types
  add column reminder_template text check (reminder_template ~ '^[a-z0-9_]+$' and length(reminder_template) <= 512),
  add column cancelled_template text check (cancelled_template ~ '^[a-z0-9_]+$' and length(cancelled_template) <= 512),
  add column moved_template text check (moved_template ~ '^[a-z0-9_]+$' and length(moved_template) <= 512),
  add column missed_template text check (missed_template ~ '^[a-z0-9_]+$' and length(missed_template) <= 512);
comment on column public.meeting_types.reminder_template is
  'Approved template that reminds of it once the reply window is closed; null: then nobody is reminded.';
comment on column public.meeting_types.cancelled_template is 'The same, to say that we call it off.';
comment on column public.meeting_types.moved_template is 'The same, to say that we moved it.';
comment on column public.meeting_types.missed_template is 'The same, to a lead who did not come.';

create table engine.meeting_notices (
  meeting_id uuid not null,
  kind text not null check (kind in ('day_before', 'hour_before', 'cancelled', 'moved', 'missed')),
  workspace_id uuid not null,
  state text not null default 'due' check (state in ('due', 'sent', 'needs_template', 'not_sent', 'dropped')),
  reason text,
  message_id uuid,
  created_at timestamptz not null default now(),
  -- Nobody is told the same twice.
  primary key (meeting_id, kind),
  foreign key (workspace_id, meeting_id) references public.meetings (workspace_id, id) on delete cascade,
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete set null (message_id)
);
create index meeting_notices_due on engine.meeting_notices (created_at, meeting_id, kind) where state = 'due';
create index meeting_notices_meeting on engine.meeting_notices (workspace_id, meeting_id);
create unique index meeting_notices_message on engine.meeting_notices (message_id) where message_id is not null;
comment on table engine.meeting_notices is 'What a lead is told about a meeting outside of a turn, each thing once.';
comment on column engine.meeting_notices.meeting_id is 'Of a meeting that was moved: the new one.';
comment on column engine.meeting_notices.kind is
  'day_before, hour_before: reminders; cancelled, moved: by a person of ours; missed: the lead did not come.';
comment on column engine.meeting_notices.state is
  'due; sent, or about to be; needs_template: too late for free text, a person was asked; not_sent: refused; dropped: '
  'no longer true or too late.';
comment on column engine.meeting_notices.message_id is 'The message that went out, or that the gate refused.';

-- Which booked meetings come next, for reminders.
create index meetings_booked on public.meetings (starts_at, id) where state = 'booked';

grant select, insert, update, delete on engine.meeting_notices to engine;
