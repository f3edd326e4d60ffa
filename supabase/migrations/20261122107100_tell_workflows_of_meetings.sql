-- Every change of a meeting, written down in the transaction that makes it and whoever does, for a calendar that a
-- workflow keeps elsewhere; and what that calendar calls our entries.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table engine.meeting_events (
  id bigint generated always as identity primary key,
  event_id uuid not null default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  event text not null check (event in ('booked', 'moved', 'cancelled', 'happened', 'no_show')),
  meeting_id uuid not null,
  calendar_uid uuid not null,
  agent_id uuid,
  lead_id uuid not null,
  conversation_id uuid,
  kind text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  time_zone text not null,
  sequence integer not null,
  changed_by text check (changed_by in ('lead', 'person')),
  occurred_at timestamptz not null default now(),
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'parked', 'overtaken')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  reason text,
  unique (event_id)
);
-- In order: an event waits for those before it of the same entry.
create index meeting_events_waiting on engine.meeting_events (workspace_id, calendar_uid, id) where state = 'waiting';
create index meeting_events_parked on engine.meeting_events (workspace_id, calendar_uid, id) where state = 'parked';
create index meeting_events_workspace on engine.meeting_events (workspace_id, id);
create index meeting_events_old on engine.meeting_events (occurred_at);
comment on table engine.meeting_events is
  'Changes of meetings as workflows are told of them: as they were at the time, in order, kept for a while.';
comment on column engine.meeting_events.event_id is 'The same however often it is told, so that a repetition is known.';
comment on column engine.meeting_events.event is
  'booked; moved: to another time, or to another member; cancelled: also for a member it was taken from; happened; no_show.';
comment on column engine.meeting_events.meeting_id is 'Of a meeting that was moved: the new one. It may be gone since.';
comment on column engine.meeting_events.calendar_uid is
  'The first meeting of those that were moved one to the other: one entry in a calendar.';
comment on column engine.meeting_events.agent_id is 'In whose calendar the entry is; null when they left.';
comment on column engine.meeting_events.sequence is 'Which version of the entry; a higher one replaces a lower one.';
comment on column engine.meeting_events.changed_by is 'Who called it off: the lead, or a person of ours; null when not known.';
comment on column engine.meeting_events.occurred_at is 'When it was changed.';
comment on column engine.meeting_events.state is
  'waiting: to be told, or told again; delivered; parked: given up until a person lets it go on; overtaken: given up, and '
  'a later change of the same entry was told.';
comment on column engine.meeting_events.attempts is 'How often it was told in vain while n8n was there.';
comment on column engine.meeting_events.due_at is 'When it is told next; whoever does it moves this on first.';
comment on column engine.meeting_events.reason is 'Why telling did not work, in plain words.';

create table engine.meeting_entries (
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  calendar_uid uuid not null,
  agent_id uuid not null,
  external_id text not null check (length(external_id) between 1 and 1024),
  external_url text check (length(external_url) <= 2000),
  changed_at timestamptz not null default now(),
  primary key (workspace_id, calendar_uid, agent_id)
);
create index meeting_entries_old on engine.meeting_entries (changed_at);
comment on table engine.meeting_entries is 'Our meetings as a calendar that a workflow keeps calls them.';
comment on column engine.meeting_entries.calendar_uid is
  'The first meeting of those that were moved one to the other: one entry in a calendar.';
comment on column engine.meeting_entries.agent_id is 'In whose calendar it is.';
comment on column engine.meeting_entries.external_id is 'Its id there.';
comment on column engine.meeting_entries.external_url is 'Where it is opened there; null: not said.';
comment on column engine.meeting_entries.changed_at is 'When the workflow said so last.';

-- Looks when the transaction ends: only then is it known whether what was called off was moved. It writes as its owner,
-- since whoever may change a meeting need not see the engine's tables.
create function engine.note_meeting_change() returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  before public.meetings := old;
  now_is public.meetings := new;
  what text;
  left_agent uuid;
begin
  if tg_op = 'DELETE' then
    now_is := old;
    what := 'cancelled';
  elsif tg_op = 'UPDATE' and before.state = now_is.state then
    what := 'moved';
    left_agent := before.agent_id;
  elsif now_is.state = 'booked' and now_is.moved_from is not null then
    what := 'moved';
    select m.agent_id into left_agent from public.meetings m where m.id = now_is.moved_from;
  else
    what := now_is.state;
    if what = 'cancelled' and exists (
      select from public.meetings m where (m.workspace_id, m.moved_from) = (now_is.workspace_id, now_is.id)
        and m.state <> 'held'
    ) then
      return null;
    end if;
  end if;
  insert into engine.meeting_events (workspace_id, event, meeting_id, calendar_uid, agent_id, lead_id, conversation_id,
    kind, starts_at, ends_at, time_zone, sequence, changed_by)
  select w.id, e.event, now_is.id, coalesce(now_is.calendar_uid, now_is.id), e.agent_id, now_is.lead_id,
    now_is.conversation_id, now_is.kind, now_is.starts_at, now_is.ends_at, now_is.time_zone,
    now_is.sequence, case e.event when 'cancelled' then now_is.cancelled_by end
  from public.workspaces w
  cross join lateral (
    -- What goes to a colleague leaves one calendar and comes into another.
    select 1 as place, 'cancelled' as event, left_agent as agent_id
    where left_agent is not null and left_agent is distinct from now_is.agent_id
    union all
    -- Who left has no calendar that it could come into.
    select 2, what, now_is.agent_id
    where what <> 'moved' or now_is.agent_id is not null
  ) e
  where w.id = now_is.workspace_id
  order by e.place;
  return null;
end
$$;
comment on function engine.note_meeting_change() is 'Writes down what workflows are told of a meeting.';
revoke execute on function engine.note_meeting_change() from public;

create constraint trigger meetings_booked_at_once
  after insert on public.meetings deferrable initially deferred
  for each row when (new.state = 'booked')
  execute function engine.note_meeting_change();
create constraint trigger meetings_changed
  after update of state, starts_at, ends_at, agent_id on public.meetings deferrable initially deferred
  for each row when (
    (old.state <> new.state and new.state <> 'held')
    or (new.state = 'booked'
      and (old.starts_at, old.ends_at, old.agent_id) is distinct from (new.starts_at, new.ends_at, new.agent_id))
  )
  execute function engine.note_meeting_change();
create constraint trigger meetings_gone
  after delete on public.meetings deferrable initially deferred
  for each row when (old.state = 'booked')
  execute function engine.note_meeting_change();

grant select, insert, update, delete on engine.meeting_events, engine.meeting_entries to engine;
