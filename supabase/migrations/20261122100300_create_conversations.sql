-- Conversations, their turns and messages: what the inbox shows.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table public.playbooks (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  name text not null,
  version integer not null check (version > 0),
  body jsonb not null,
  published_at timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name, version)
);
create index playbooks_published on public.playbooks (workspace_id, published_at desc) where published_at is not null;
comment on table public.playbooks is
  'What to say and ask for one purpose, as versioned data. The newest published version is in force.';
comment on column public.playbooks.version is 'Counts up by name; a published version is never changed.';
comment on column public.playbooks.published_at is 'When it came into force; null while it is a draft.';

create table public.conversations (
  id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  channel_id uuid not null,
  mode text not null default 'bot' check (mode in ('bot', 'human')),
  assigned_to uuid,
  taken_over_at timestamptz,
  waiting_for_person_since timestamptz,
  waiting_reason text,
  last_inbound_at timestamptz,
  window_closed_at timestamptz,
  last_message_at timestamptz not null default now(),
  last_message_preview text,
  unread_count integer not null default 0 check (unread_count >= 0),
  state_version bigint not null default 1,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  unique (lead_id, channel_id),
  check ((waiting_for_person_since is null) = (waiting_reason is null)),
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id) on delete cascade,
  foreign key (workspace_id, assigned_to) references public.members (workspace_id, user_id)
    on delete set null (assigned_to)
);
create index conversations_newest on public.conversations (workspace_id, last_message_at desc, id desc);
create index conversations_unread on public.conversations (workspace_id, last_message_at desc, id desc)
  where unread_count > 0;
create index conversations_waiting on public.conversations (workspace_id, waiting_for_person_since, id)
  where waiting_for_person_since is not null;
create index conversations_assigned on public.conversations (workspace_id, assigned_to, last_message_at desc, id desc)
  where assigned_to is not null;
create index conversations_channel on public.conversations (workspace_id, channel_id);
comment on table public.conversations is 'One lead on one number of ours.';
comment on column public.conversations.mode is 'Who answers: the bot, or a person who took over.';
comment on column public.conversations.assigned_to is 'The member who answers; null while nobody took over.';
comment on column public.conversations.taken_over_at is 'When a person took over; null while the bot answers.';
comment on column public.conversations.waiting_for_person_since is
  'Since when a person is needed; null when nobody is.';
comment on column public.conversations.waiting_reason is 'Why a person is needed, in plain words.';
comment on column public.conversations.last_inbound_at is
  'Timestamp of the newest message by the lead, as WhatsApp says it; opens the 24-hour window.';
comment on column public.conversations.window_closed_at is
  'Meta said 131047 at this time: the window counts as closed until the lead writes again.';
comment on column public.conversations.last_message_at is
  'Time of the newest message in or out; the inbox is sorted by it.';
comment on column public.conversations.last_message_preview is 'The beginning of the newest message, for the list.';
comment on column public.conversations.unread_count is 'Messages by the lead that no person has seen.';
comment on column public.conversations.state_version is
  'Raised with every change; cached state with another number is rebuilt.';

create table public.turns (
  id uuid primary key,
  workspace_id uuid not null,
  conversation_id uuid not null,
  state text not null default 'gathering'
    check (state in ('gathering', 'running', 'settling', 'done', 'parked', 'superseded')),
  opened_at timestamptz not null default now(),
  last_message_at timestamptz not null default now(),
  ready_at timestamptz not null default now(),
  attempts integer not null default 0,
  superseded_count integer not null default 0,
  lease uuid,
  lease_until timestamptz,
  runner text check (runner in ('n8n', 'inline')),
  reason text,
  decision jsonb,
  model text,
  tokens_in integer,
  tokens_out integer,
  tokens_cached integer,
  cost_minor bigint,
  cost_currency text,
  started_at timestamptz,
  finished_at timestamptz,
  unique (workspace_id, id),
  check ((state = 'running') = (lease is not null)),
  check ((lease is null) = (lease_until is null)),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id) on delete cascade
);
-- Promise 3, in order: at most one turn gathers and at most one is in flight per conversation.
create unique index turns_one_gathering on public.turns (conversation_id) where state = 'gathering';
create unique index turns_one_in_flight on public.turns (conversation_id) where state in ('running', 'settling');
create index turns_due on public.turns (ready_at) where state in ('gathering', 'settling');
create index turns_leased on public.turns (lease_until) where state = 'running';
create index turns_parked on public.turns (workspace_id, finished_at desc) where state = 'parked';
create index turns_unfinished on public.turns (state, opened_at)
  where state in ('gathering', 'running', 'settling', 'parked');
create index turns_conversation on public.turns (conversation_id, opened_at desc);
comment on table public.turns is 'One answer to one or more messages in a row, and why it says what it says.';
comment on column public.turns.state is
  'gathering: waits for quiet or a retry; running: leased by a relay; settling: a send''s outcome is unknown; done; '
  'parked: given up after several tries, a person looks; superseded: a newer turn covers its messages.';
comment on column public.turns.opened_at is 'When its first message was applied.';
comment on column public.turns.last_message_at is
  'When its newest message was applied; the quiet time counts from here.';
comment on column public.turns.ready_at is
  'From when a relay may take it: after the quiet time, or after a retry''s backoff.';
comment on column public.turns.superseded_count is 'How often its answer was thrown away because the lead wrote on.';
comment on column public.turns.lease is 'Fence: a step that comes with another lease changes nothing.';
comment on column public.turns.lease_until is 'When another relay may take it over.';
comment on column public.turns.runner is 'Who ran the steps: n8n or the engine itself (inline).';
comment on column public.turns.reason is 'Why it was retried, parked or ended without an answer, in plain words.';
comment on column public.turns.decision is 'What was decided and why: move, text, fields learned, checks passed.';
comment on column public.turns.tokens_in is 'Tokens the model read; null before it was asked.';
comment on column public.turns.tokens_out is 'Tokens the model wrote.';
comment on column public.turns.tokens_cached is 'Those of tokens_in that the provider had cached.';
comment on column public.turns.cost_minor is 'What the model cost, in the smallest unit of cost_currency.';
comment on column public.turns.cost_currency is 'ISO 4217 code.';

create table public.messages (
  id uuid primary key,
  workspace_id uuid not null,
  conversation_id uuid not null,
  turn_id uuid,
  direction text not null check (direction in ('in', 'out')),
  author text not null check (author in ('lead', 'bot', 'person', 'campaign', 'app', 'system')),
  author_id uuid,
  kind text not null,
  body text,
  content jsonb not null default '{}',
  wamid text,
  context_wamid text,
  status text not null
    check (status in ('received', 'sending', 'accepted', 'sent', 'delivered', 'read', 'played', 'failed', 'not_sent')),
  status_at timestamptz not null default now(),
  error_code integer,
  reason text,
  gate jsonb,
  pricing jsonb,
  lead_reaction text,
  our_reaction text,
  sent_at timestamptz not null,
  edited_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id) on delete cascade,
  foreign key (workspace_id, turn_id) references public.turns (workspace_id, id) on delete set null (turn_id),
  foreign key (workspace_id, author_id) references public.members (workspace_id, user_id) on delete set null (author_id)
);
-- Statuses name a message by its WhatsApp id alone, so that comes first.
create unique index messages_wamid on public.messages (wamid, workspace_id) where wamid is not null;
create index messages_thread on public.messages (conversation_id, sent_at desc, id desc);
create index messages_turn on public.messages (turn_id) where turn_id is not null;
create index messages_author on public.messages (workspace_id, author_id) where author_id is not null;
comment on table public.messages is 'Every message in and out, of every kind, with its WhatsApp id and status.';
comment on column public.messages.direction is 'in: from the lead; out: to the lead.';
comment on column public.messages.author is 'app: a person who wrote in the WhatsApp Business app (echo).';
comment on column public.messages.author_id is 'The member who wrote it; null for everybody else, and when they left.';
comment on column public.messages.kind is
  'Meta''s message type (text, image, interactive, ...), "template", or "unknown" with the raw event in content.';
comment on column public.messages.content is
  'The type-specific part as Meta writes it, e.g. {"id": media id, "mime_type": ...} or {"latitude": ...}.';
comment on column public.messages.wamid is 'WhatsApp''s id of the message; null until WhatsApp took it.';
comment on column public.messages.context_wamid is 'WhatsApp''s id of the message that this one answers.';
comment on column public.messages.status_at is 'When the status came to be, as WhatsApp says it.';
comment on column public.messages.error_code is 'Meta''s code when it failed.';
comment on column public.messages.gate is 'The policy gate''s verdict and reasons.';
comment on column public.messages.pricing is
  'What Meta said about its price: {billable, pricing_model, category, type}.';
comment on column public.messages.lead_reaction is 'The emoji the lead put on it; null when none or taken back.';
comment on column public.messages.our_reaction is 'The emoji we put on it.';
comment on column public.messages.sent_at is 'In: WhatsApp''s own timestamp. Out: when we asked WhatsApp to send it.';
comment on column public.messages.edited_at is 'When the lead last changed it; body holds the newest text.';
comment on column public.messages.deleted_at is 'When the lead took it back; the dashboard shows that it was there.';

alter table public.playbooks enable row level security;
alter table public.conversations enable row level security;
alter table public.turns enable row level security;
alter table public.messages enable row level security;

grant select on public.playbooks, public.conversations, public.turns, public.messages to authenticated;
grant select, insert, update, delete on public.playbooks, public.conversations, public.turns, public.messages to engine;

create policy "Members read their playbooks" on public.playbooks for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps playbooks" on public.playbooks for all to engine using (true) with check (true);

create policy "Members read conversations, agents those of leads they see"
  on public.conversations for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps conversations" on public.conversations for all to engine using (true) with check (true);

create policy "Members read turns, agents those of conversations they see"
  on public.turns for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.conversations c where c.id = conversation_id)
  );
create policy "The engine keeps turns" on public.turns for all to engine using (true) with check (true);

create policy "Members read messages, agents those of conversations they see"
  on public.messages for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.conversations c where c.id = conversation_id)
  );
create policy "The engine keeps messages" on public.messages for all to engine using (true) with check (true);
