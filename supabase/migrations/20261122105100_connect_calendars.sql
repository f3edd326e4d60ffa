-- Calendars that agents keep elsewhere: what they are busy with blocks slots, what we book is written there.
-- squawk-ignore-file prefer-bigint-over-int
set lock_timeout = '5s';
set statement_timeout = '60s';

create table public.busy_times (
  id uuid primary key,
  workspace_id uuid not null,
  user_id uuid not null,
  source text not null check (source in ('caldav', 'workflow')),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  unique (workspace_id, id),
  foreign key (workspace_id, user_id) references public.members (workspace_id, user_id) on delete cascade
);
create index busy_times_user on public.busy_times (user_id, ends_at);
create index busy_times_source on public.busy_times (workspace_id, user_id, source);
comment on table public.busy_times is
  'When members are busy by a calendar kept elsewhere. Times alone: what they do then is nobody''s business here.';
comment on column public.busy_times.source is 'caldav: read from the member''s calendar; workflow: put here by one.';

create table engine.agent_calendars (
  workspace_id uuid not null,
  user_id uuid not null,
  url text not null,
  username text not null,
  due_at timestamptz not null default now(),
  synced_at timestamptz,
  problem text,
  failures integer not null default 0,
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references public.members (workspace_id, user_id) on delete cascade
);
create index agent_calendars_due on engine.agent_calendars (due_at);
comment on table engine.agent_calendars is 'Where members keep a CalDAV calendar; the password is in engine.secrets.';
comment on column engine.agent_calendars.url is 'Of the calendar itself, its collection.';
comment on column engine.agent_calendars.username is 'With which the member signs in there.';
comment on column engine.agent_calendars.due_at is 'When it is read and written next; whoever does it moves this on first.';
comment on column engine.agent_calendars.synced_at is 'When that last worked; null: not yet.';
comment on column engine.agent_calendars.problem is 'Why it does not work, in plain words; null: it does.';
comment on column engine.agent_calendars.failures is 'How often in a row it did not; it is tried later each time.';

create table engine.calendar_events (
  workspace_id uuid not null,
  agent_id uuid not null,
  calendar_uid uuid not null,
  state text not null check (state in ('waiting', 'written', 'removed')),
  sequence integer not null,
  attempts integer not null default 0,
  reason text,
  changed_at timestamptz not null default now(),
  primary key (workspace_id, agent_id, calendar_uid),
  foreign key (workspace_id, agent_id) references engine.agent_calendars (workspace_id, user_id) on delete cascade
);
comment on table engine.calendar_events is 'Which meetings stand in the calendars that members keep elsewhere.';
comment on column engine.calendar_events.agent_id is 'Whose calendar.';
comment on column engine.calendar_events.attempts is 'How often in a row it could not be written.';
comment on column engine.calendar_events.reason is 'Why not, in plain words.';
comment on column engine.calendar_events.changed_at is 'When any of this changed last.';
comment on column engine.calendar_events.calendar_uid is 'The first meeting of those that were moved one to the other.';
comment on column engine.calendar_events.state is 'waiting: it could not be written, and is tried again; written; removed.';
comment on column engine.calendar_events.sequence is 'Which version of the entry stands there; -1: none.';

alter table public.busy_times enable row level security;
grant select on public.busy_times to authenticated;
grant select, insert, update, delete on public.busy_times, engine.agent_calendars, engine.calendar_events to engine;

create policy "Members read when colleagues are busy" on public.busy_times for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps busy times" on public.busy_times for all to engine using (true) with check (true);
