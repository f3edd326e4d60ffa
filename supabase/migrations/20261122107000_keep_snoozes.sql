-- Why a lead is left alone: what it asked for in its own words, or who of the team set it. Until when stands in
-- leads.snoozed_until; on that day this says why the lead is there again, and with which words to begin.
set lock_timeout = '5s';
set statement_timeout = '60s';

create table public.snoozes (
  lead_id uuid primary key,
  workspace_id uuid not null,
  set_by text not null check (set_by in ('lead', 'person')),
  person_id uuid,
  asked_at timestamptz not null,
  message_id uuid,
  said text,
  occasion text check (occasion ~ '^[a-z_]{1,20}(:[a-z0-9]{1,10})?$'),
  woke_at timestamptz,
  first_line text,
  foreign key (workspace_id, lead_id) references public.leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete set null (message_id),
  foreign key (workspace_id, person_id) references public.members (workspace_id, user_id)
    on delete set null (person_id)
);
create index snoozes_message on public.snoozes (workspace_id, message_id);
create index snoozes_person on public.snoozes (workspace_id, person_id);
comment on table public.snoozes is
  'Why a lead is, or was until it woke, left alone. One row a lead; gone when the lead writes, a person ends '
  'it, or there is nothing left to ask on the day.';
comment on column public.snoozes.set_by is
  'lead: the bot understood it; person: somebody of the team chose the day, also where the lead had named another.';
comment on column public.snoozes.person_id is 'The member who chose the day; null for the lead, and when they left.';
comment on column public.snoozes.asked_at is 'When the lead wrote so; where it never did, when the member chose the day.';
comment on column public.snoozes.message_id is 'The lead''s message that says so; null when there is none any more.';
comment on column public.snoozes.said is
  'Its words as they were sent. They go when the message does, and are said to nobody but the team.';
comment on column public.snoozes.occasion is
  'The time that was recognised in them: after_summer, new_year, month:3, later:weeks; null when none was.';
comment on column public.snoozes.woke_at is 'When the day had come; null while the lead is left alone.';
comment on column public.snoozes.first_line is
  'What a person may begin with on that day, in approved words; null where the bot has said it, or nothing fits.';

-- Whoever takes a message back takes its words back here too, and what was made of them.
create function engine.forget_words_of_snooze() returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  new.said := null;
  new.occasion := null;
  new.first_line := null;
  return new;
end
$$;
comment on function engine.forget_words_of_snooze() is 'Drops a snooze''s words with the message that they stood in.';
revoke execute on function engine.forget_words_of_snooze() from public;
create trigger snoozes_forget_words before update of message_id on public.snoozes
  for each row when (old.message_id is not null and new.message_id is null)
  execute function engine.forget_words_of_snooze();

alter table public.snoozes enable row level security;
grant select on public.snoozes to authenticated;
grant select, insert, update, delete on public.snoozes to engine;

create policy "Who sees the lead sees why it is left alone" on public.snoozes for select to authenticated
  using (
    workspace_id in (select private.my_workspace_ids_as('owner', 'manager', 'viewer'))
    or (select true from public.leads l where l.id = lead_id)
  );
create policy "The engine keeps snoozes" on public.snoozes for all to engine using (true) with check (true);
