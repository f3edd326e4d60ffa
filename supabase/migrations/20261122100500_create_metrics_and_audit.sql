-- Numbers by day, and who did what.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table public.daily_metrics (
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  day date not null,
  metric text not null check (metric ~ '^[a-z][a-z0-9_]{0,62}$'),
  value bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, day, metric)
);
comment on table public.daily_metrics is 'Counts per workspace and UTC day, synced from Redis.';
comment on column public.daily_metrics.value is
  'The day''s total; money in the smallest unit, times in milliseconds, as the metric''s name says.';

create table public.audit_log (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  actor_id uuid,
  action text not null,
  subject text not null,
  subject_id uuid,
  details jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index audit_log_newest on public.audit_log (workspace_id, created_at desc);
comment on table public.audit_log is
  'Who did what to which row. Written by the engine, read by the owner, changed by nobody.';
comment on column public.audit_log.actor_id is
  'The user who did it; null for the program itself. No key, so that it outlives the member.';
comment on column public.audit_log.action is 'What was done, e.g. "take-over".';
comment on column public.audit_log.subject is 'The table of the row it was done to.';
comment on column public.audit_log.subject_id is 'The row''s id; null when it has none.';
comment on column public.audit_log.details is
  'What else is worth knowing; ids, never phone numbers, names or message text.';

alter table public.daily_metrics enable row level security;
alter table public.audit_log enable row level security;

grant select on public.daily_metrics, public.audit_log to authenticated;
grant select on public.daily_metrics to n8n_worker;
-- Written through apply_day_counters alone, so that no count is added twice.
grant select on public.daily_metrics to engine;
grant select, insert on public.audit_log to engine;

create policy "Members read their numbers" on public.daily_metrics for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "Workflows read the numbers" on public.daily_metrics for select to n8n_worker using (true);
create policy "The engine reads the numbers" on public.daily_metrics for select to engine using (true);

create policy "Owners read the audit log" on public.audit_log for select to authenticated
  using (workspace_id in (select private.my_workspace_ids_as('owner')));
create policy "The engine writes the audit log" on public.audit_log for insert to engine with check (true);
create policy "The engine reads the audit log" on public.audit_log for select to engine using (true);
