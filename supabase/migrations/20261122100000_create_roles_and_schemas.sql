-- Two roles with least privilege, and two schemas that the API never exposes.
-- Runs on PostgreSQL 15 to 18 as a role that is no superuser (hosted Supabase's `postgres` is none).
set lock_timeout = '5s';
set statement_timeout = '60s';

-- `engine`: what the Python side connects as. It gets a password and LOGIN outside the migrations
-- (`lead-reviver up` does it locally; docs/operations.md says how on hosted Supabase).
-- NOINHERIT: it may step into `authenticated` with SET ROLE, to see a page exactly as its member does,
-- but holds none of that role's rights by itself.
do $$
begin
  if not exists (select from pg_roles where rolname = 'engine') then
    create role engine nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'n8n_worker') then
    create role n8n_worker nologin noinherit;
  end if;
end
$$;

-- Supabase Lite signs in as the role that migrates and steps into the role that a JWT names; never into `engine`.
grant n8n_worker to current_user;
grant authenticated to engine;

-- PostgREST on hosted Supabase signs in as `authenticator` and steps into the role that a JWT names.
do $$
begin
  if exists (select from pg_roles where rolname = 'authenticator') then
    grant n8n_worker to authenticator;
  end if;
end
$$;

-- What policies ask; never exposed through the API.
create schema private;
-- What only the engine touches: inbox, outbox, secrets, jobs.
create schema engine;

revoke all on schema private from public;
revoke all on schema engine from public;
grant usage on schema private to authenticated;
grant usage on schema engine to engine;
grant usage on schema public to anon, authenticated, service_role, engine, n8n_worker;

comment on schema private is 'Functions that row-level security asks. Not exposed through the API.';
comment on schema engine is 'Durable state of the engine. Not exposed through the API.';

-- Nothing is granted by habit: each table and function says who may do what. Hosted Supabase grants everything in
-- `public` to the API's roles unless told otherwise. What PostgreSQL itself grants to everybody, EXECUTE on every new
-- function, cannot be taken away for one schema alone: each function revokes it, and a test finds one that forgot.
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to service_role;
