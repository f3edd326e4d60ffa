-- WhatsApp numbers of ours, and the people they talk with.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table public.channels (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  phone_number_id text not null unique,
  business_account_id text not null,
  display_phone_number text,
  name text not null,
  quality_rating text,
  messaging_limit text,
  messages_per_second integer not null default 80 check (messages_per_second between 1 and 1000),
  paused_at timestamptz,
  paused_reason text,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  check ((paused_at is null) = (paused_reason is null))
);
create index channels_business_account on public.channels (business_account_id);
comment on table public.channels is
  'A WhatsApp number of the workspace. Its access token lives in engine.secrets, never here.';
comment on column public.channels.phone_number_id is 'Meta''s id of the number, as webhooks and the Graph API name it.';
comment on column public.channels.business_account_id is
  'Meta''s id of the WhatsApp business account that holds the number.';
comment on column public.channels.display_phone_number is 'The number as Meta writes it for people; for display only.';
comment on column public.channels.quality_rating is 'Meta''s GREEN, YELLOW, RED or UNKNOWN; null until first heard.';
comment on column public.channels.messaging_limit is
  'How many people a day may be written to first, as Meta names it; null until first heard.';
comment on column public.channels.messages_per_second is
  'Throughput Meta allows this number, in and out (80, 20 in coexistence, up to 1,000).';
comment on column public.channels.paused_at is
  'Set when Meta says that sending must stop (token, payment, restriction); cleared by a person.';
comment on column public.channels.paused_reason is 'Why, in plain words, for people.';

create table public.leads (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  name text,
  phone text check (phone ~ '^\+[1-9][0-9]{5,14}$'),
  email text,
  language text check (language ~ '^[a-z]{2}$'),
  time_zone text,
  source text not null,
  stage text not null default 'new',
  score smallint check (score between 0 and 100),
  fields jsonb not null default '{}',
  owner_id uuid,
  opted_out_at timestamptz,
  marketing_stopped_at timestamptz,
  last_inbound_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, owner_id) references public.members (workspace_id, user_id) on delete set null (owner_id)
);
create unique index leads_phone on public.leads (workspace_id, phone) where phone is not null;
create index leads_owner on public.leads (workspace_id, owner_id, created_at desc);
create index leads_newest on public.leads (workspace_id, created_at desc);
create index leads_stage on public.leads (workspace_id, stage, updated_at desc);
comment on table public.leads is
  'A person the business may want to talk with again. The phone number is a detail, not a key.';
comment on column public.leads.phone is 'E.164; null when the WhatsApp user hides the number.';
comment on column public.leads.source is 'Where the lead came from: import, whatsapp, a form.';
comment on column public.leads.stage is 'Where the lead stands, by a name of the playbook; every lead begins as new.';
comment on column public.leads.score is
  'How likely the lead goes on, 0 to 100; null until somebody or something judged.';
comment on column public.leads.fields is
  'What the lead told us, by playbook field: {field: {value, said, message_id, confidence}}.';
comment on column public.leads.owner_id is 'The sales person whose lead this is. An agent sees own and unowned leads.';
comment on column public.leads.opted_out_at is
  'The lead asked not to be written to. Nothing automatic is sent after this.';
comment on column public.leads.marketing_stopped_at is
  'The lead used WhatsApp''s own "stop marketing"; a later "resume" clears it.';
comment on column public.leads.last_inbound_at is 'When the lead last wrote on any number, as WhatsApp says it.';

create table public.identities (
  id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  kind text not null check (kind in ('phone', 'wa_id', 'bsuid', 'parent_bsuid')),
  value text not null,
  valid_from timestamptz not null default now(),
  valid_to timestamptz,
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade
);
create unique index identities_current on public.identities (workspace_id, kind, value) where valid_to is null;
create index identities_lead on public.identities (lead_id, kind);
comment on table public.identities is
  'How a lead is known: phone (E.164), WhatsApp id (digits), business-scoped user id. None is permanent.';
comment on column public.identities.value is
  'Phone: E.164. WhatsApp id: digits. User ids: as Meta writes them, case matters.';
comment on column public.identities.valid_from is 'Since when this leads to the lead.';
comment on column public.identities.valid_to is 'Until when; null while it does.';

create table public.consents (
  id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  purpose text not null check (purpose in ('marketing', 'service')),
  source text not null,
  evidence text,
  given_at timestamptz not null,
  withdrawn_at timestamptz,
  withdrawn_through text,
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade
);
create index consents_lead on public.consents (lead_id, given_at desc);
comment on table public.consents is
  'A ledger: what the lead agreed to, from where, when, and when it was withdrawn. Rows are never rewritten.';
comment on column public.consents.purpose is 'What may be sent: marketing, or service about what the lead asked for.';
comment on column public.consents.source is 'Where it was given: web form, import, WhatsApp.';
comment on column public.consents.evidence is
  'What proves it: the text that was agreed to, a form''s id, a message''s id.';
comment on column public.consents.given_at is 'When the lead agreed, not when the row was made.';
comment on column public.consents.withdrawn_at is 'When the lead took it back; null while it stands.';
comment on column public.consents.withdrawn_through is
  'How it was taken back: a message, WhatsApp''s own stop, a person of the team.';

create table public.suppressions (
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  identity_hash bytea not null check (length(identity_hash) = 32),
  scope text not null default 'all' check (scope in ('all', 'marketing')),
  reason text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, identity_hash, scope)
);
comment on table public.suppressions is
  'Opt-outs by keyed hash of the identity, so that they outlive the lead and survive a re-import.';
comment on column public.suppressions.identity_hash is
  'HMAC-SHA256 of the identity with LEAD_REVIVER_HASH_KEY; the number cannot be read back.';
comment on column public.suppressions.scope is 'all: nothing is sent; marketing: nothing that sells.';

create table public.tags (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  name text not null check (length(name) between 1 and 60),
  unique (workspace_id, name),
  unique (workspace_id, id)
);
comment on table public.tags is 'Labels a workspace puts on leads.';

create table public.lead_tags (
  workspace_id uuid not null,
  lead_id uuid not null,
  tag_id uuid not null,
  primary key (lead_id, tag_id),
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, tag_id) references public.tags (workspace_id, id) on delete cascade
);
create index lead_tags_tag on public.lead_tags (workspace_id, tag_id);
comment on table public.lead_tags is 'Which lead carries which tag.';

create table public.notes (
  id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  author_id uuid,
  body text not null check (length(body) between 1 and 10000),
  created_at timestamptz not null default now(),
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, author_id) references public.members (workspace_id, user_id) on delete set null (author_id)
);
create index notes_lead on public.notes (lead_id, created_at desc);
create index notes_author on public.notes (workspace_id, author_id);
comment on table public.notes is 'What the team writes about a lead; never sent.';
comment on column public.notes.author_id is 'The member who wrote it; null when they left.';

alter table public.channels enable row level security;
alter table public.leads enable row level security;
alter table public.identities enable row level security;
alter table public.consents enable row level security;
alter table public.suppressions enable row level security;
alter table public.tags enable row level security;
alter table public.lead_tags enable row level security;
alter table public.notes enable row level security;

grant select on public.channels, public.leads, public.identities, public.consents, public.suppressions,
  public.tags, public.lead_tags, public.notes to authenticated;
grant select, insert, update, delete on public.channels, public.leads, public.identities, public.tags,
  public.lead_tags, public.notes to engine;
-- Ledgers: the engine adds consents, closes them, and gives them to the lead that two became; a no may be said again,
-- or be taken back.
grant select, insert, update (lead_id, withdrawn_at, withdrawn_through) on public.consents to engine;
grant select, insert, update (reason, created_at), delete on public.suppressions to engine;

create policy "Members read their numbers" on public.channels for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps channels" on public.channels for all to engine using (true) with check (true);

create policy "Members read leads, agents their own and unowned ones"
  on public.leads for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (
      workspace_id in (select private.my_workspace_ids_as('agent'))
      and (owner_id is null or owner_id = (select auth.uid()))
    )
  );
create policy "The engine keeps leads" on public.leads for all to engine using (true) with check (true);

-- What belongs to a lead is seen by whoever sees the lead: the subquery runs under the reader's own policies. It is a
-- scalar one and not EXISTS, so that the planner looks up the few leads it needs and never reads all of them.
create policy "Who sees the lead sees its identities" on public.identities for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps identities" on public.identities for all to engine using (true) with check (true);

create policy "Who sees the lead sees its consents" on public.consents for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps consents" on public.consents for all to engine using (true) with check (true);

create policy "Owners and managers read suppressions" on public.suppressions for select to authenticated
  using (workspace_id in (select private.my_workspace_ids_as('owner', 'manager')));
create policy "The engine keeps suppressions" on public.suppressions for all to engine using (true) with check (true);

create policy "Members read their tags" on public.tags for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps tags" on public.tags for all to engine using (true) with check (true);

create policy "Who sees the lead sees its tags" on public.lead_tags for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps lead tags" on public.lead_tags for all to engine using (true) with check (true);

create policy "Who sees the lead sees its notes" on public.notes for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps notes" on public.notes for all to engine using (true) with check (true);
