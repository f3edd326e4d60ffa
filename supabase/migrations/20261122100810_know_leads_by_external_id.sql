-- A lead is also known by its id in the sender's own system (a CRM, a sheet), so that a second delivery finds it again.
set lock_timeout = '5s';
set statement_timeout = '60s';

-- A wider list of kinds takes the place of the old one: every row that is there fits it, so nothing is read again.
-- squawk-ignore ban-drop-constraint
alter table public.identities drop constraint identities_kind_check;
alter table public.identities add constraint identities_kind_check
  check (kind in ('phone', 'wa_id', 'bsuid', 'parent_bsuid', 'external_id')) not valid;
comment on table public.identities is
  'How a lead is known: phone (E.164), WhatsApp id (digits), business-scoped user id, id in the sender''s own system. '
  'None is permanent.';
comment on column public.identities.value is
  'Phone: E.164. WhatsApp id: digits. User ids: as Meta writes them, case matters. External id: as the sender writes it.';
