-- Approval mode: what the bot wants to say waits until a person sends it, changes it or throws it away.
-- Indexes are made within the transaction, which `concurrently` could not; on tables that exist they are partial and
-- hold nothing yet.
-- squawk-ignore-file require-concurrent-index-creation
set lock_timeout = '5s';
set statement_timeout = '60s';

-- Who works with the bot already goes on as before; whoever comes now begins by reading along.
alter table public.workspaces add column approval boolean not null default false;
alter table public.workspaces alter column approval set default true;
comment on column public.workspaces.approval is
  'Whether a person looks at every message of the bot before it is sent. A playbook may ask for it too.';

alter table public.conversations add column approval_waiting_since timestamptz;
comment on column public.conversations.approval_waiting_since is
  'Since when a message of the bot waits for a person''s click; null when none does.';
create index conversations_approval on public.conversations (workspace_id, approval_waiting_since, id)
  where approval_waiting_since is not null;

create table public.approvals (
  id uuid primary key,
  workspace_id uuid not null,
  conversation_id uuid not null,
  turn_id uuid,
  purpose text not null check (purpose in ('reply', 'handover_notice', 'follow_up')),
  kind text not null,
  body text not null,
  content jsonb not null default '{}',
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'refused', 'discarded', 'withdrawn')),
  reason text,
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by uuid,
  unique (workspace_id, id),
  check ((state = 'waiting') = (decided_at is null)),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id) on delete cascade,
  foreign key (workspace_id, turn_id) references public.turns (workspace_id, id) on delete set null (turn_id),
  foreign key (workspace_id, decided_by) references public.members (workspace_id, user_id)
    on delete set null (decided_by)
);
-- At most one message of a conversation waits: a newer one takes its place.
create unique index approvals_one_waiting on public.approvals (conversation_id) where state = 'waiting';
create index approvals_conversation on public.approvals (conversation_id, created_at desc);
create index approvals_turn on public.approvals (turn_id) where turn_id is not null;
create index approvals_member on public.approvals (workspace_id, decided_by) where decided_by is not null;
comment on table public.approvals is
  'Messages that the bot proposed and a person decides about. Its id is the id of the message that it becomes.';
comment on column public.approvals.purpose is 'What the message is for, as the gate is asked.';
comment on column public.approvals.kind is 'As in messages: text, interactive, template.';
comment on column public.approvals.body is 'The words as the bot wrote them; what was sent is in the message.';
comment on column public.approvals.content is 'Buttons, list or template, as in messages; of a template also its values.';
comment on column public.approvals.state is
  'waiting: for a click; sent: a person let it go; refused: a person did and the gate said no; discarded: by a person; '
  'withdrawn: overtaken, since the lead or a person wrote, or its times are gone.';
comment on column public.approvals.decided_at is 'When it stopped waiting.';
comment on column public.approvals.decided_by is 'The member who decided; null while it waits and when it was withdrawn.';

comment on column public.messages.author_id is
  'The member who wrote it, or who let the bot''s words go; null for everybody else, and when they left.';

alter table public.approvals enable row level security;
grant select on public.approvals to authenticated;
grant select, insert, update, delete on public.approvals to engine;

create policy "Members read approvals, agents those of conversations they see"
  on public.approvals for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.conversations c where c.id = conversation_id)
  );
create policy "The engine keeps approvals" on public.approvals for all to engine using (true) with check (true);
