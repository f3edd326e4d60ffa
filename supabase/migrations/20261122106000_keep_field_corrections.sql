-- What a person put right about what the bot understood: who, when, from what to what. The lead's own row holds the value
-- in force; this holds how it came to be.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table public.field_corrections (
  id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  field text not null check (field ~ '^[a-z][a-z0-9_]{0,39}$'),
  before jsonb,
  after jsonb not null,
  corrected_by uuid,
  corrected_at timestamptz not null default now(),
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, corrected_by) references public.members (workspace_id, user_id)
    on delete set null (corrected_by)
);
create index field_corrections_lead on public.field_corrections (lead_id, corrected_at desc);
create index field_corrections_member on public.field_corrections (workspace_id, corrected_by);
comment on table public.field_corrections is
  'Fields of leads that a person corrected, newest value in leads.fields. Rows are never rewritten.';
comment on column public.field_corrections.id is
  'Made by whoever corrects, so that a repeated request changes nothing.';
comment on column public.field_corrections.field is 'The playbook field.';
comment on column public.field_corrections.before is
  'What stood there: {value, said, message_id, confidence, ...}; null when nothing did.';
comment on column public.field_corrections.after is 'What stands there from then on, likewise.';
comment on column public.field_corrections.corrected_by is 'The member who did it; null when they left.';
comment on column public.field_corrections.corrected_at is 'When.';

comment on column public.leads.fields is
  'What the lead told us, by playbook field: {field: {value, said, message_id, confidence}}. Where a person corrected '
  'it also {corrected_by, corrected_at}, and in {heard} what the lead has said since that differs.';

alter table public.field_corrections enable row level security;
grant select on public.field_corrections to authenticated;
-- A ledger: the engine adds rows, and gives them to the lead that two became.
grant select, insert, update (lead_id) on public.field_corrections to engine;

create policy "Who sees the lead sees what was corrected" on public.field_corrections for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps corrections" on public.field_corrections for all to engine using (true) with check (true);
