-- A version that leads were talked to with stays as it was: what was said can always be explained by it.
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.playbooks add column evaluation jsonb;
comment on column public.playbooks.evaluation is
  'What was tried before publishing, and what failed: {"tried": {kind: count}, "failed": [{kind, item, problem}]}.';

create function private.keep_published_playbooks() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- At depth 1 somebody deletes it; deeper, it goes with its workspace.
  if tg_op = 'DELETE' and pg_catalog.pg_trigger_depth() > 1 then
    return old;
  end if;
  raise exception 'version % of this playbook is published and does not change any more', old.version
    using errcode = 'restrict_violation', hint = 'Save a new version.';
end
$$;
comment on function private.keep_published_playbooks() is 'Refuses to change or delete a published version.';
revoke all on function private.keep_published_playbooks() from public;

create trigger keep_published_playbooks
before update or delete on public.playbooks
for each row when (old.published_at is not null)
execute function private.keep_published_playbooks();
