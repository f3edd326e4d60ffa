-- What the engine knows about n8n: which of our workflows stand there in which version, and which runs failed.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table engine.workflows (
  id text primary key,
  name text not null,
  version text not null,
  fingerprint text not null,
  state text not null check (state in ('current', 'changed', 'outdated', 'missing')),
  active boolean not null default true,
  checked_at timestamptz not null default now()
);
comment on table engine.workflows is 'Our workflows as they were found in n8n when it was last provisioned.';
comment on column engine.workflows.id is 'n8n''s id of the workflow, the same everywhere.';
comment on column engine.workflows.version is 'The version that stands in n8n; a changed one counts from the version it was made of.';
comment on column engine.workflows.fingerprint is 'SHA-256 of what we imported; another one in n8n means that somebody changed it.';
comment on column engine.workflows.state is
  'current; changed: by a person, and kept; outdated: changed, and ours has moved on since; missing: deleted in n8n.';

create table engine.workflow_failures (
  id uuid primary key,
  workflow_id text not null,
  workflow_name text not null,
  execution_id text,
  node text,
  reason text not null,
  turns integer not null default 0,
  failed_at timestamptz not null default now()
);
create index workflow_failures_failed_at on engine.workflow_failures (failed_at);
comment on table engine.workflow_failures is 'Runs of workflows that failed, as n8n''s error workflow reported them. Kept 30 days.';
comment on column engine.workflow_failures.execution_id is 'n8n''s id of the run; null when it failed before it began.';
comment on column engine.workflow_failures.node is 'The node that failed.';
comment on column engine.workflow_failures.reason is 'What n8n said, without numbers, addresses and message text.';
comment on column engine.workflow_failures.turns is 'How many turns were taken from the run and tried again or parked.';

grant select, insert, update, delete on engine.workflows, engine.workflow_failures to engine;
