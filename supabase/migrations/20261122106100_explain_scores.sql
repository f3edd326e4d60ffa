-- A score says what it is made of, and leads can be listed by it.
-- Leads of an installation are read in seconds, and nobody writes to them while it starts.
-- squawk-ignore-file require-concurrent-index-creation
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.leads add column score_reasons jsonb not null default '[]';
comment on column public.leads.score_reasons is
  'What the score is made of: [{points, why}], why in plain words; the points add up to the score.';
comment on column public.leads.score is
  'How far the lead has come, 0 to 100, by rules that the playbook weighs; null until the first answer.';

create index leads_best on public.leads (workspace_id, score desc, id desc) where score is not null;
