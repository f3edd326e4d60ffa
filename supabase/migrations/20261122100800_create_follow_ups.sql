-- Leads move on by themselves: who went silent is followed up, stages age, who asked for later wakes up.
-- Indexes are made within the transaction, which `concurrently` could not; the partial and the block-range ones are
-- quickly made.
-- squawk-ignore-file require-concurrent-index-creation
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.workspaces
  add column contact_from smallint not null default 9 check (contact_from between 0 and 23),
  add column contact_until smallint not null default 20 check (contact_until > contact_from and contact_until <= 24);
comment on column public.workspaces.contact_from is
  'Hour from which leads may be written to unasked, by the lead''s own clock. Answers go at any hour.';
comment on column public.workspaces.contact_until is 'Hour from which they may not any more, 24 at most.';

alter table public.leads add column snoozed_until timestamptz;
comment on column public.leads.snoozed_until is
  'Nothing automatic happens to the lead until then; null when the lead is awake. A message of the lead wakes it too.';

-- Small and partial: they hold what waits, and nothing of what is written all day.
create index leads_snoozed on public.leads (snoozed_until, id) where snoozed_until is not null;
create index leads_opted_out on public.leads (workspace_id, opted_out_at) where opted_out_at is not null;
create index conversations_quiet on public.conversations (last_message_at, id)
  where mode = 'bot' and waiting_for_person_since is null;
create index meetings_made on public.meetings (workspace_id, created_at);
create index jobs_finished on engine.jobs (finished_at) where finished_at is not null;
create index metric_generations_day on engine.metric_generations (day);
-- A day of a big table whose rows come in the order of their times: a few pages, and nothing to write for each row.
create index messages_day on public.messages using brin (sent_at) with (pages_per_range = 32, autosummarize = on);
create index turns_day on public.turns using brin (opened_at) with (pages_per_range = 32, autosummarize = on);

create table engine.follow_ups (
  question_id uuid not null,
  number smallint not null check (number between 1 and 9),
  workspace_id uuid not null,
  message_id uuid,
  outcome text not null check (outcome in ('followed_up', 'needs_template', 'not_sent')),
  reason text,
  created_at timestamptz not null default now(),
  -- Nobody is followed up twice about the same question.
  primary key (question_id, number),
  foreign key (workspace_id, question_id) references public.messages (workspace_id, id) on delete cascade,
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete set null (message_id)
);
create unique index follow_ups_message on engine.follow_ups (message_id) where message_id is not null;
create index follow_ups_newest on engine.follow_ups (workspace_id, created_at);
comment on table engine.follow_ups is
  'What became of the follow-ups about a question of the bot that a lead left without an answer.';
comment on column engine.follow_ups.question_id is 'The message that asked; a lead who answers is asked something new.';
comment on column engine.follow_ups.number is 'The first, the second, ... about this question.';
comment on column engine.follow_ups.message_id is 'The message that went out, or that the gate refused.';
comment on column engine.follow_ups.outcome is
  'followed_up: sent or about to be; needs_template: too late for free text, a person was asked; not_sent: refused.';

grant select, insert, update, delete on engine.follow_ups to engine;
