-- The engine's own durable state. Only the role `engine` may enter this schema; no role of the API can.
-- Row-level security stays off here on purpose: Supabase Lite grants its API roles everything in each schema that
-- holds a table with row-level security, and would open this one. A test proves that it stays closed.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table engine.inbox (
  id bigint generated always as identity primary key,
  event_key text not null unique,
  kind text not null,
  phone_number_id text,
  sender text,
  wamid text,
  payload text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  state text not null default 'new' check (state in ('new', 'done', 'kept', 'orphan', 'parked')),
  reason text
);
-- Statuses and messages are taken apart from each other.
create index inbox_new on engine.inbox ((kind = 'status'), id) where state = 'new';
create index inbox_orphans on engine.inbox (wamid) where state = 'orphan';
create index inbox_parked on engine.inbox (id) where state = 'parked';
create index inbox_received on engine.inbox (received_at);
comment on table engine.inbox is
  'Every event of every signed webhook, committed before Meta gets its 200. Kept 9 days, since Meta repeats for up to 7.';
comment on column engine.inbox.event_key is
  'What makes the event one: message id, or status id with status and recipient, or a hash of the event.';
comment on column engine.inbox.phone_number_id is 'Meta''s id of our number; null when the event names none.';
comment on column engine.inbox.sender is 'Who it is about: WhatsApp id or user id; orders events of one person.';
comment on column engine.inbox.wamid is 'The message it is about; null when it is about none.';
comment on column engine.inbox.payload is
  'The event as JSON text, as it came (text, since jsonb refuses some valid JSON).';
comment on column engine.inbox.occurred_at is 'WhatsApp''s own time of the event.';
comment on column engine.inbox.received_at is 'When we took it.';
comment on column engine.inbox.state is
  'new; done: applied; kept: stored and left alone (unknown number or kind); orphan: a status whose message is not '
  'known yet; parked: could not be applied, a person looks.';

create table engine.outbox (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  conversation_id uuid not null,
  channel_id uuid not null,
  message_id uuid not null unique,
  turn_id uuid,
  position smallint not null default 0,
  payload jsonb not null,
  state text not null default 'calling' check (state in ('calling', 'waiting', 'accepted', 'failed', 'cancelled')),
  attempts integer not null default 1,
  called_at timestamptz not null default now(),
  due_at timestamptz not null,
  wamid text,
  error_code integer,
  reason text,
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id) on delete cascade,
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id) on delete cascade,
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete cascade,
  foreign key (workspace_id, turn_id) references public.turns (workspace_id, id) on delete cascade
);
-- Promise 2, one reply: a turn has one n-th message, whoever runs it and however often.
create unique index outbox_turn on engine.outbox (turn_id, position) where turn_id is not null;
create index outbox_due on engine.outbox (due_at) where state in ('calling', 'waiting');
create index outbox_conversation on engine.outbox (conversation_id);
create index outbox_workspace on engine.outbox (workspace_id);
create index outbox_channel on engine.outbox (channel_id);
comment on table engine.outbox is
  'Every send, written before the Graph call. Its id travels as biz_opaque_callback_data.';
comment on column engine.outbox.payload is 'The body of the Graph call.';
comment on column engine.outbox.state is
  'calling: the call is under way or its answer never came; waiting: surely not sent, tried again at due_at; '
  'accepted: WhatsApp took it; failed: refused for good; cancelled: overtaken before it was sent.';
comment on column engine.outbox.called_at is 'When the latest call began.';
comment on column engine.outbox.due_at is
  'calling: when silence counts as "not sent", unless a status settles it first; waiting: next try.';
comment on column engine.outbox.wamid is 'WhatsApp''s id, once it took the message.';
comment on column engine.outbox.error_code is 'Meta''s code when it was refused.';

-- Silence proves something only while we listen: a status that we could not take comes later.
create table engine.gateway_beat (
  id smallint primary key default 1 check (id = 1),
  up_since timestamptz not null default now(),
  last_beat timestamptz not null default now()
);
comment on table engine.gateway_beat is 'One row: since when a gateway has taken webhooks without a pause, and when it last said so.';
comment on column engine.gateway_beat.last_beat is 'Every gateway says so once a second.';
comment on column engine.gateway_beat.up_since is 'Set anew after a pause of more than 5 seconds.';

create function engine.silence_until(due_at timestamptz, settle interval) returns timestamptz
  language sql stable set search_path = ''
  as $$
    select greatest(due_at, coalesce(
      (select case when b.last_beat > now() - interval '5 seconds' then b.up_since + settle end from engine.gateway_beat b),
      now() + settle
    ))
  $$;
comment on function engine.silence_until(timestamptz, interval) is
  'When silence about a send counts as "not sent": never before webhooks could reach us for the whole time of settling.';

create table engine.secrets (
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  name text not null,
  ciphertext bytea not null,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, name)
);
comment on table engine.secrets is
  'Secrets of a workspace, encrypted by the program; the key comes from its environment.';
comment on column engine.secrets.ciphertext is 'A Fernet token; docs/decisions/0002-secrets.md.';

create table engine.jobs (
  id uuid primary key,
  kind text not null,
  workspace_id uuid references public.workspaces (id) on delete cascade,
  payload jsonb not null default '{}',
  run_at timestamptz not null default now(),
  attempts integer not null default 0,
  lease_until timestamptz,
  reason text,
  finished_at timestamptz
);
create index jobs_due on engine.jobs (run_at) where finished_at is null;
create index jobs_workspace on engine.jobs (workspace_id);
comment on table engine.jobs is 'Work to do later, once.';
comment on column engine.jobs.payload is 'What the job needs to know, by its kind; ids, never personal data.';
comment on column engine.jobs.run_at is 'From when it may run; moved on by a retry''s backoff.';
comment on column engine.jobs.lease_until is 'Until when somebody works on it; null while nobody does.';

-- Redis counts since some moment; when it forgets, it starts again under a new generation. Each generation's
-- totals only grow, so applying the same totals twice, late or in the wrong order changes nothing.
create table engine.metric_generations (
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  day date not null,
  generation uuid not null,
  metric text not null,
  value bigint not null check (value >= 0),
  primary key (workspace_id, day, generation, metric)
);
comment on table engine.metric_generations is 'Totals per generation of the day counters; daily_metrics is their sum.';
comment on column engine.metric_generations.generation is 'Made anew by Redis each time it has forgotten its counters.';
comment on column engine.metric_generations.value is 'The highest total this generation has shown; it only grows.';

grant select, insert, update, delete on engine.inbox, engine.outbox, engine.secrets, engine.jobs to engine;
grant select, insert, update on engine.gateway_beat to engine;
revoke all on function engine.silence_until(timestamptz, interval) from public;
grant execute on function engine.silence_until(timestamptz, interval) to engine;
-- Events are numbered as they came, whatever the order they are written in.
grant usage on sequence engine.inbox_id_seq to engine;
-- Written through apply_day_counters alone; the engine throws away what is too old to change.
grant select, delete on engine.metric_generations to engine;

create function public.apply_day_counters(workspace_id uuid, day date, generation uuid, counters jsonb) returns void
  language plpgsql security definer set search_path = ''
  as $$
  begin
    -- Supabase Lite hands a JSON argument of an rpc over as a JSON string.
    if jsonb_typeof(counters) = 'string' then
      counters := (counters #>> '{}')::jsonb;
    end if;

    -- Two generations at once would each add up without the other: one at a time for a workspace's day.
    perform pg_advisory_xact_lock(
      hashtextextended(apply_day_counters.workspace_id::text, apply_day_counters.day - date '2000-01-01')
    );

    insert into engine.metric_generations as g (workspace_id, day, generation, metric, value)
    select
      apply_day_counters.workspace_id, apply_day_counters.day, apply_day_counters.generation, c.key, c.value::bigint
    from jsonb_each_text(counters) c
    on conflict on constraint metric_generations_pkey
      do update set value = greatest(g.value, excluded.value);

    insert into public.daily_metrics as m (workspace_id, day, metric, value)
    select g.workspace_id, g.day, g.metric, sum(g.value)
    from engine.metric_generations g
    where g.workspace_id = apply_day_counters.workspace_id and g.day = apply_day_counters.day
      and g.metric in (select jsonb_object_keys(counters))
    group by g.workspace_id, g.day, g.metric
    on conflict on constraint daily_metrics_pkey
      do update set value = excluded.value, updated_at = now() where m.value <> excluded.value;
  end
  $$;
comment on function public.apply_day_counters(uuid, date, uuid, jsonb) is
  'Sync day counters {metric: total}. Safe to call twice, late or never: totals of a generation only grow.';
revoke all on function public.apply_day_counters(uuid, date, uuid, jsonb) from public;
grant execute on function public.apply_day_counters(uuid, date, uuid, jsonb) to engine, n8n_worker, service_role;
