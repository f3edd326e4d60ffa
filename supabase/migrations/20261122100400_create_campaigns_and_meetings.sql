-- Campaigns write first, meetings are where conversations lead. Filled by later work; the rules stand already.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table public.templates (
  id uuid primary key,
  workspace_id uuid not null,
  channel_id uuid not null,
  template_id text,
  name text not null check (name ~ '^[a-z0-9_]+$' and length(name) <= 512),
  language text not null,
  category text not null check (category in ('MARKETING', 'UTILITY', 'AUTHENTICATION')),
  status text not null,
  quality text not null default 'UNKNOWN',
  parameter_format text not null default 'POSITIONAL' check (parameter_format in ('POSITIONAL', 'NAMED')),
  components jsonb not null default '[]',
  rejected_reason text,
  synced_at timestamptz not null default now(),
  unique (workspace_id, id),
  unique (channel_id, name, language),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id) on delete cascade
);
create index templates_by_meta_id on public.templates (template_id);
comment on table public.templates is
  'Message templates as Meta holds them; the category is re-read, since Meta may change it.';
comment on column public.templates.quality is 'Meta''s GREEN, YELLOW, RED or UNKNOWN.';
comment on column public.templates.parameter_format is
  'How its variables are named: POSITIONAL {{1}} or NAMED {{first_name}}.';
comment on column public.templates.components is 'Header, body, footer and buttons as Meta holds them.';
comment on column public.templates.rejected_reason is 'Why Meta refused it, in Meta''s word.';
comment on column public.templates.synced_at is 'When it was last read from Meta.';

create table public.campaigns (
  id uuid primary key,
  workspace_id uuid not null,
  channel_id uuid not null,
  playbook_id uuid,
  name text not null check (length(name) between 1 and 200),
  state text not null default 'draft' check (state in ('draft', 'running', 'paused', 'finished')),
  paused_reason text,
  audience jsonb not null default '{}',
  starts_at timestamptz,
  finished_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, channel_id) references public.channels (workspace_id, id) on delete cascade,
  -- Looked at when the transaction ends, so that a whole workspace can go at once.
  foreign key (workspace_id, playbook_id) references public.playbooks (workspace_id, id)
    deferrable initially deferred,
  foreign key (workspace_id, created_by) references public.members (workspace_id, user_id)
    on delete set null (created_by)
);
create index campaigns_channel on public.campaigns (workspace_id, channel_id);
create index campaigns_playbook on public.campaigns (workspace_id, playbook_id) where playbook_id is not null;
create index campaigns_creator on public.campaigns (workspace_id, created_by) where created_by is not null;
create index campaigns_newest on public.campaigns (workspace_id, created_at desc);
comment on table public.campaigns is 'A plan to write to many quiet leads, step by step.';
comment on column public.campaigns.state is 'draft; running; paused, with the reason; finished.';
comment on column public.campaigns.paused_reason is 'Why it stands still, in plain words.';
comment on column public.campaigns.audience is 'Which leads it writes to, as filters.';
comment on column public.campaigns.created_by is 'The member who made it; null when they left.';

create table public.campaign_steps (
  id uuid primary key,
  workspace_id uuid not null,
  campaign_id uuid not null,
  position smallint not null check (position between 1 and 20),
  template_id uuid not null,
  wait interval not null default '0',
  parameters jsonb not null default '{}',
  unique (workspace_id, id),
  unique (campaign_id, position),
  foreign key (workspace_id, campaign_id) references public.campaigns (workspace_id, id) on delete cascade,
  foreign key (workspace_id, template_id) references public.templates (workspace_id, id)
    deferrable initially deferred
);
create index campaign_steps_template on public.campaign_steps (workspace_id, template_id);
comment on table public.campaign_steps is 'One template of a campaign and how long to wait before it.';
comment on column public.campaign_steps.wait is 'How long after the step before.';
comment on column public.campaign_steps.parameters is 'What fills the template''s variables, by name or position.';

create table public.touches (
  id uuid primary key,
  workspace_id uuid not null,
  campaign_id uuid not null,
  campaign_step_id uuid not null,
  lead_id uuid not null,
  message_id uuid,
  state text not null default 'planned' check (state in ('planned', 'sending', 'sent', 'skipped', 'failed')),
  reason text,
  due_at timestamptz not null,
  sent_at timestamptz,
  unique (workspace_id, id),
  -- Nobody is touched twice by the same step.
  unique (campaign_step_id, lead_id),
  foreign key (workspace_id, campaign_id) references public.campaigns (workspace_id, id) on delete cascade,
  foreign key (workspace_id, campaign_step_id) references public.campaign_steps (workspace_id, id) on delete cascade,
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete set null (message_id)
);
create index touches_due on public.touches (due_at) where state = 'planned';
create index touches_lead on public.touches (lead_id, due_at desc);
create index touches_campaign on public.touches (workspace_id, campaign_id, state);
create index touches_message on public.touches (workspace_id, message_id) where message_id is not null;
comment on table public.touches is 'One campaign message to one lead: planned, sent, or skipped with the reason.';
comment on column public.touches.state is 'planned; sending; sent; skipped, with the reason; failed.';
comment on column public.touches.due_at is 'When it should go out; the gate may move it.';

create table public.availability (
  id uuid primary key,
  workspace_id uuid not null,
  user_id uuid not null,
  weekday smallint check (weekday between 1 and 7),
  on_date date,
  starts_at time not null,
  ends_at time not null check (ends_at > starts_at),
  time_zone text not null,
  available boolean not null default true,
  check ((weekday is null) <> (on_date is null)),
  foreign key (workspace_id, user_id) references public.members (workspace_id, user_id) on delete cascade
);
create index availability_member on public.availability (workspace_id, user_id);
comment on table public.availability is
  'When an agent takes meetings: weekly hours (ISO weekday, 1 is Monday) and exceptions by date, in local time.';
comment on column public.availability.weekday is '1 is Monday; null for an exception by date.';
comment on column public.availability.on_date is 'The day of an exception; null for weekly hours.';
comment on column public.availability.available is 'false: away at that time.';

create table public.meetings (
  id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  conversation_id uuid,
  agent_id uuid,
  kind text not null,
  state text not null default 'held' check (state in ('held', 'booked', 'cancelled', 'happened', 'no_show')),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  time_zone text not null,
  held_until timestamptz,
  cancelled_at timestamptz,
  notes text,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  check ((state = 'held') = (held_until is not null)),
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id)
    on delete set null (conversation_id),
  foreign key (workspace_id, agent_id) references public.members (workspace_id, user_id) on delete set null (agent_id)
);
create index meetings_workspace_start on public.meetings (workspace_id, starts_at);
create index meetings_agent_start on public.meetings (workspace_id, agent_id, starts_at);
create index meetings_lead on public.meetings (lead_id, starts_at desc);
create index meetings_conversation on public.meetings (workspace_id, conversation_id) where conversation_id is not null;
comment on table public.meetings is 'Meetings leads agreed to over WhatsApp, and slots held while they decide.';
comment on column public.meetings.agent_id is 'The member who goes; null when they left.';
comment on column public.meetings.state is
  'held: kept free while the lead decides; booked; cancelled; happened; no_show.';
comment on column public.meetings.held_until is 'When a held slot is free again; null once it is more than held.';
comment on column public.meetings.cancelled_at is 'When it was called off; null while it stands.';

alter table public.templates enable row level security;
alter table public.campaigns enable row level security;
alter table public.campaign_steps enable row level security;
alter table public.touches enable row level security;
alter table public.availability enable row level security;
alter table public.meetings enable row level security;

grant select on public.templates, public.campaigns, public.campaign_steps, public.touches, public.availability,
  public.meetings to authenticated;
grant select, insert, update, delete on public.templates, public.campaigns, public.campaign_steps, public.touches,
  public.availability, public.meetings to engine;

create policy "Members read their templates" on public.templates for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps templates" on public.templates for all to engine using (true) with check (true);

create policy "Members read their campaigns" on public.campaigns for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps campaigns" on public.campaigns for all to engine using (true) with check (true);

create policy "Members read their campaigns' steps" on public.campaign_steps for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps campaign steps" on public.campaign_steps
  for all to engine using (true) with check (true);

create policy "Members read touches, agents those of leads they see"
  on public.touches for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps touches" on public.touches for all to engine using (true) with check (true);

create policy "Members read who is available" on public.availability for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps availability" on public.availability for all to engine using (true) with check (true);

create policy "Members read meetings, agents theirs and their leads'"
  on public.meetings for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (agent_id = (select auth.uid()) and workspace_id in (select private.my_workspace_ids()))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps meetings" on public.meetings for all to engine using (true) with check (true);
