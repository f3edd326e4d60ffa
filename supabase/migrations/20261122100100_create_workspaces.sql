-- A workspace is our customer; its members sign in with Supabase Auth and hold one role each.
set lock_timeout = '5s';
set statement_timeout = '60s';

create type public.member_role as enum ('owner', 'manager', 'agent', 'viewer');

create table public.workspaces (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  time_zone text not null default 'UTC',
  language text not null default 'en' check (language ~ '^[a-z]{2}$'),
  country text check (country ~ '^[A-Z]{2}$'),
  currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now()
);
comment on table public.workspaces is 'A customer of ours: one business with its leads, numbers and people.';
comment on column public.workspaces.country is
  'ISO 3166 code; phone numbers without a country code are read as of this country.';

create table public.members (
  workspace_id uuid not null references public.workspaces (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role public.member_role not null,
  display_name text not null check (length(display_name) between 1 and 200),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index members_user on public.members (user_id);
comment on table public.members is 'Who works in a workspace, and as what.';
comment on column public.members.role is
  'owner: everything; manager: all leads, campaigns, templates; agent: own and unowned leads; viewer: reads all.';

-- Security definer, so that a policy on members does not ask itself for ever.
create function private.my_workspace_ids() returns setof uuid
  language sql stable security definer rows 2 set search_path = ''
  as $$ select m.workspace_id from public.members m where m.user_id = auth.uid() $$;
comment on function private.my_workspace_ids() is 'The workspaces the signed-in user is a member of.';

create function private.my_workspace_ids_as(variadic roles public.member_role[]) returns setof uuid
  language sql stable security definer rows 2 set search_path = ''
  as $$ select m.workspace_id from public.members m where m.user_id = auth.uid() and m.role = any (roles) $$;
comment on function private.my_workspace_ids_as(public.member_role[]) is
  'The workspaces in which the signed-in user holds one of these roles.';

revoke execute on function private.my_workspace_ids() from public;
revoke execute on function private.my_workspace_ids_as(public.member_role[]) from public;
grant execute on function private.my_workspace_ids() to authenticated;
grant execute on function private.my_workspace_ids_as(public.member_role[]) to authenticated;

alter table public.workspaces enable row level security;
alter table public.members enable row level security;
grant select on public.workspaces, public.members to authenticated;
grant select on public.workspaces to n8n_worker;
grant select, insert, update, delete on public.workspaces, public.members to engine;

create policy "Members read their workspaces" on public.workspaces for select to authenticated
  using (id in (select private.my_workspace_ids()));
create policy "Workflows read workspaces" on public.workspaces for select to n8n_worker using (true);
create policy "The engine keeps workspaces" on public.workspaces for all to engine using (true) with check (true);

create policy "Members read who they work with" on public.members for select to authenticated
  using (workspace_id in (select private.my_workspace_ids()));
create policy "The engine keeps members" on public.members for all to engine using (true) with check (true);
