-- Who saved and who published each version of a playbook, for the page that lists them, and kinds of meeting that are
-- not offered any more. Older versions say nobody: the audit log knows.
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.playbooks
  add column saved_by uuid,
  add column published_by uuid;
comment on column public.playbooks.saved_by is
  'The user who saved it; null for the command line. No key, so that it outlives the member.';
comment on column public.playbooks.published_by is
  'The user who published it; null for a draft and for the command line. No key, so that it outlives the member.';

comment on column public.availability.ends_at is 'Local time; 24:00 is the end of the day.';

alter table public.meeting_types add column retired_at timestamptz;
comment on column public.meeting_types.retired_at is
  'Since when it is not offered any more; its meetings stand and keep its templates. Null: it is offered.';
