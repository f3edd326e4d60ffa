-- Whether a lead wrote again after a no. The time of the last message does not tell: it may be a second no, and
-- WhatsApp's times are whole seconds.
-- Who wrote again before this migration counts as come back once they write once more: nobody is written to by mistake.
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.leads add column came_back_at timestamptz;
comment on column public.leads.came_back_at is
  'When the lead last wrote something else after asking not to be written to; null while the no is the last word. A '
  'person may answer whoever came back.';
