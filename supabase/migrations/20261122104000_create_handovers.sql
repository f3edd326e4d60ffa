-- Hand-overs: whom a conversation that waits for a person was offered to, in which order, what the lead was told
-- meanwhile, and who took it.
-- Both tables are new, and the new columns have constant defaults: nothing is looked at for long.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.workspaces
  add column handover_minutes smallint not null default 10 check (handover_minutes between 1 and 1440),
  add column give_back_hours smallint not null default 24 check (give_back_hours between 0 and 144);
comment on column public.workspaces.handover_minutes is
  'How long somebody has to take a conversation before it is offered to the next one; only working hours count.';
comment on column public.workspaces.give_back_hours is
  'After so many hours in which a lead waited in vain for the person who took over, the bot answers again; 0: never.';

create table public.handovers (
  id uuid primary key,
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  conversation_id uuid not null,
  reason text not null,
  question text,
  summary jsonb not null default '{}',
  state text not null check (state in ('offered', 'everybody', 'taken', 'ended')),
  round smallint not null default 1 check (round > 0),
  offered_to uuid,
  offered_at timestamptz not null,
  deadline_at timestamptz,
  somebody_at timestamptz,
  lead_owed text check (lead_owed in ('passed_on', 'later')),
  lead_told text[] not null default '{}' check (lead_told <@ array['passed_on', 'later']),
  lead_told_at timestamptz,
  taken_by uuid,
  closed_at timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, id),
  check ((state in ('taken', 'ended')) = (closed_at is not null)),
  check (offered_to is null or state = 'offered'),
  check (taken_by is null or state in ('taken', 'ended')),
  foreign key (workspace_id, conversation_id) references public.conversations (workspace_id, id) on delete cascade,
  foreign key (workspace_id, offered_to) references public.members (workspace_id, user_id)
    on delete set null (offered_to),
  foreign key (workspace_id, taken_by) references public.members (workspace_id, user_id) on delete set null (taken_by)
);
-- A conversation waits once at a time.
create unique index handovers_open on public.handovers (conversation_id) where closed_at is null;
create index handovers_conversation on public.handovers (conversation_id, created_at desc);
create index handovers_offered_to on public.handovers (workspace_id, offered_to) where offered_to is not null;
create index handovers_taken_by on public.handovers (workspace_id, taken_by) where taken_by is not null;
create index handovers_answered_by on public.handovers (workspace_id, taken_by) where state = 'taken';
create index handovers_everybody on public.handovers (workspace_id, offered_at) where state = 'everybody';
create index handovers_due on public.handovers (deadline_at) where closed_at is null;
create index handovers_owed on public.handovers (offered_at) where lead_owed is not null;
comment on table public.handovers is 'A conversation that waits, or waited, for a person.';
comment on column public.handovers.reason is 'Why a person is needed, in plain words.';
comment on column public.handovers.question is 'What the lead wrote last and nobody has answered, as written.';
comment on column public.handovers.summary is
  'What whoever takes it should know, made from the record: {name, language, stage, score, sentiment, fields: [{name, '
  'value, said}], promised, meeting: {kind, starts_at, time_zone, agent}}.';
comment on column public.handovers.state is
  'offered: one member is asked; everybody: whoever comes first; taken: a person answers; ended: not any more, or nobody'
  ' was needed.';
comment on column public.handovers.round is 'Counts up when everybody was asked and it begins anew.';
comment on column public.handovers.offered_to is 'Who is asked; null when nobody in particular is.';
comment on column public.handovers.offered_at is 'Since when.';
comment on column public.handovers.deadline_at is
  'When it goes on to the next one, or begins anew; null when it does not.';
comment on column public.handovers.somebody_at is
  'When somebody of the team is there next; null while somebody is, or when nobody knows.';
comment on column public.handovers.lead_owed is
  'What the lead is still to be told. passed_on: somebody else is asked; later: when somebody will be there.';
comment on column public.handovers.lead_told is 'What the lead was told; each is said once.';
comment on column public.handovers.lead_told_at is 'When the lead was told something last.';
comment on column public.handovers.taken_by is 'Who took it; null while nobody did, and for a person at the phone.';
comment on column public.handovers.closed_at is 'When somebody took it, or nobody was needed any more.';

create table public.handover_offers (
  id uuid primary key,
  workspace_id uuid not null,
  handover_id uuid not null,
  user_id uuid not null,
  round smallint not null check (round > 0),
  place bigint not null generated always as identity,
  offered_at timestamptz not null,
  answered_at timestamptz,
  answer text check (answer in ('took', 'passed', 'timed_out', 'withdrawn')),
  check ((answered_at is null) = (answer is null)),
  foreign key (workspace_id, handover_id) references public.handovers (workspace_id, id) on delete cascade,
  foreign key (workspace_id, user_id) references public.members (workspace_id, user_id) on delete cascade
);
create index handover_offers_handover on public.handover_offers (handover_id, place);
create index handover_offers_member on public.handover_offers (workspace_id, user_id, place desc);
comment on table public.handover_offers is 'Who was asked to take a conversation, in order.';
comment on column public.handover_offers.handover_id is 'What they were asked to take.';
comment on column public.handover_offers.round is 'The round of the hand-over in which it was.';
comment on column public.handover_offers.place is 'Counts up: whoever was asked longest ago is asked next.';
comment on column public.handover_offers.offered_at is 'When they were asked.';
comment on column public.handover_offers.answered_at is 'When it was answered, or over; null while it stands.';
comment on column public.handover_offers.answer is
  'took; passed: not me; timed_out: nothing was said in time; withdrawn: somebody else came, or nobody was needed.';

-- Who took a conversation over and then forgot it is looked for among these.
create index conversations_human_quiet on public.conversations (last_message_at, id) where mode = 'human';

-- Whatever ends the waiting (a person writes here or at the phone, takes over, hands back, snoozes; the lead writes after
-- the bot gave up) closes the hand-over in the same statement, so that no one of them can forget it.
create function engine.follow_conversation() returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  update public.handovers h set state = 'ended'
  where h.conversation_id = new.id and h.state = 'taken'
    and (new.mode = 'bot' or h.taken_by is distinct from new.assigned_to);
  if new.waiting_for_person_since is null then
    with closed as (
      update public.handovers h set state = case new.mode when 'human' then 'taken' else 'ended' end,
        taken_by = case new.mode when 'human' then new.assigned_to end,
        offered_to = null, deadline_at = null, somebody_at = null, lead_owed = null, closed_at = now()
      where h.conversation_id = new.id and h.closed_at is null
      returning h.id, h.taken_by
    )
    update public.handover_offers o
    set answered_at = now(), answer = case when o.user_id = closed.taken_by then 'took' else 'withdrawn' end
    from closed where o.handover_id = closed.id and o.answer is null;
  end if;
  return null;
end
$$;
comment on function engine.follow_conversation() is
  'Closes the hand-over of a conversation that waits no more, and ends that of one whose person no longer answers.';
revoke execute on function engine.follow_conversation() from public;
create trigger conversations_hand_over
  after update of waiting_for_person_since, mode, assigned_to on public.conversations
  for each row when (
    (old.waiting_for_person_since is not null and new.waiting_for_person_since is null)
    or old.mode <> new.mode or old.assigned_to is distinct from new.assigned_to
  )
  execute function engine.follow_conversation();

alter table public.handovers enable row level security;
alter table public.handover_offers enable row level security;
grant select on public.handovers, public.handover_offers to authenticated;
grant select, insert, update, delete on public.handovers, public.handover_offers to engine;

create policy "Who sees the conversation sees its hand-overs" on public.handovers for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.conversations c where c.id = conversation_id)
  );
create policy "The engine keeps hand-overs" on public.handovers for all to engine using (true) with check (true);

create policy "Who sees the hand-over sees who was asked" on public.handover_offers for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.handovers h where h.id = handover_id)
  );
create policy "The engine keeps offers" on public.handover_offers for all to engine using (true) with check (true);

-- An agent who is asked to take a colleague's conversation has to see it: while it is offered to them or to everybody,
-- and as long as they answer it. These are few; they are looked up once, and only where a colleague's lead comes by.
create function private.lead_ids_handed_to_me() returns setof uuid
  language sql stable security definer rows 20 set search_path = ''
  as $$
    select c.lead_id from public.conversations c where c.id in (
      select h.conversation_id from public.handovers h
      where h.workspace_id in (select private.my_workspace_ids_as('agent')) and h.offered_to = auth.uid()
      union all
      select h.conversation_id from public.handovers h
      where h.workspace_id in (select private.my_workspace_ids_as('agent')) and h.state = 'everybody'
      union all
      select h.conversation_id from public.handovers h
      where h.workspace_id in (select private.my_workspace_ids_as('agent')) and h.state = 'taken'
        and h.taken_by = auth.uid()
    )
  $$;
comment on function private.lead_ids_handed_to_me() is
  'Leads whose conversation is offered to the signed-in agent or to everybody, or was taken by that agent.';
revoke execute on function private.lead_ids_handed_to_me() from public;
grant execute on function private.lead_ids_handed_to_me() to authenticated;

alter policy "Members read leads, agents their own and unowned ones" on public.leads
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (
      workspace_id in (select private.my_workspace_ids_as('agent'))
      and (
        owner_id is null or owner_id = (select auth.uid()) or id in (select private.lead_ids_handed_to_me())
      )
    )
  );
