-- What an agent's calendar needs beyond weekly hours: lengths and buffers by type, days off, offers that hold a slot, and
-- the rule that nobody is booked twice at a time.
-- Meetings are few, so that looking at all of them under lock takes no time.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation
set lock_timeout = '5s';
set statement_timeout = '60s';

-- Lets an exclusion constraint compare a uuid beside a range. Trusted since PostgreSQL 13: no superuser is needed.
create schema if not exists extensions;
create extension if not exists btree_gist with schema extensions;

create table public.meeting_types (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  kind text not null check (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
  minutes integer not null check (minutes between 5 and 480),
  minutes_before integer not null default 0 check (minutes_before between 0 and 240),
  minutes_after integer not null default 0 check (minutes_after between 0 and 240),
  every_minutes integer not null default 30 check (every_minutes between 5 and 480),
  notice_minutes integer not null default 120 check (notice_minutes between 0 and 20160),
  horizon_days integer not null default 14 check (horizon_days between 1 and 90),
  hold_minutes integer not null default 10 check (hold_minutes between 1 and 1440),
  offered_at_once integer not null default 3 check (offered_at_once between 1 and 4),
  unique (workspace_id, id),
  unique (workspace_id, kind)
);
comment on table public.meeting_types is 'Kinds of meeting that the bot may offer, and how each is planned.';
comment on column public.meeting_types.minutes is 'How long it takes.';
comment on column public.meeting_types.minutes_before is 'Kept free before it, e.g. for the way there.';
comment on column public.meeting_types.minutes_after is 'Kept free after it.';
comment on column public.meeting_types.every_minutes is 'Meetings begin so many minutes apart, counted from the start of the hours.';
comment on column public.meeting_types.notice_minutes is 'Nothing is offered that begins sooner than this.';
comment on column public.meeting_types.horizon_days is 'Nothing is offered that begins later than this.';
comment on column public.meeting_types.hold_minutes is 'How long an offered slot is kept for the lead who was asked.';
comment on column public.meeting_types.offered_at_once is 'How many slots are offered in one message.';

create table public.days_off (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  user_id uuid,
  first_day date not null,
  last_day date not null check (last_day >= first_day),
  reason text,
  unique (workspace_id, id),
  foreign key (workspace_id, user_id) references public.members (workspace_id, user_id) on delete cascade
);
create index days_off_newest on public.days_off (workspace_id, last_day);
create index days_off_member on public.days_off (workspace_id, user_id) where user_id is not null;
comment on table public.days_off is 'Holidays of the whole workspace and days on which a member takes no meetings.';
comment on column public.days_off.user_id is 'Whose; null for everybody.';
comment on column public.days_off.first_day is 'In the time zone of the hours that it takes away.';
comment on column public.days_off.last_day is 'The last day, included.';

alter table public.meetings
  add column blocked_from timestamptz,
  add column blocked_until timestamptz,
  add column place_in_offer smallint check (place_in_offer between 1 and 10),
  add column booked_at timestamptz,
  add column cancelled_by text check (cancelled_by in ('lead', 'person')),
  add column moved_from uuid;
comment on column public.meetings.blocked_from is 'With the time kept free before it; null when there is none.';
comment on column public.meetings.blocked_until is 'With the time kept free after it; null when there is none.';
comment on column public.meetings.place_in_offer is 'Its number in the list that the lead was shown; null when it was not offered.';
comment on column public.meetings.booked_at is 'When it was agreed on; null before.';
comment on column public.meetings.cancelled_by is 'Who called it off: the lead, or a person of ours; null when not known.';
comment on column public.meetings.moved_from is 'The cancelled meeting that this one stands for; null when it was not moved.';
alter table public.meetings add constraint meetings_moved_from
  foreign key (workspace_id, moved_from) references public.meetings (workspace_id, id) on delete set null (moved_from);
create index meetings_moved on public.meetings (workspace_id, moved_from) where moved_from is not null;

-- Nobody is in two places at a time, whatever runs at the same moment, and in whichever workspace the other meeting is.
-- A hold that has run out still counts until somebody else wants the time: whoever does deletes it first.
alter table public.meetings add constraint meetings_never_overlap
  exclude using gist (
    agent_id with =,
    tstzrange(coalesce(blocked_from, starts_at), coalesce(blocked_until, ends_at)) with &&
  ) where (state in ('held', 'booked'));

alter table public.meeting_types enable row level security;
alter table public.days_off enable row level security;

grant select on public.meeting_types, public.days_off to authenticated;
grant select, insert, update, delete on public.meeting_types, public.days_off to engine;

create policy "Members read their meeting types" on public.meeting_types for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps meeting types" on public.meeting_types
  for all to engine using (true) with check (true);

create policy "Members read days off" on public.days_off for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps days off" on public.days_off for all to engine using (true) with check (true);
