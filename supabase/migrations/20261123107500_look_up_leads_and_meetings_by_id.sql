-- A foreign key is checked by a plan that each connection makes once and keeps. Made while the table is empty, an index
-- on (workspace_id, stage) looks as good as the key itself, and of equals PostgreSQL takes the newest: from then on each
-- check read every lead of the workspace, until statistics were gathered. So the key becomes the newest index.
-- tests/record/test_fresh_plans.py finds the next one.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, adding-serial-primary-key-field
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.leads drop constraint leads_pkey, add constraint leads_pkey primary key (id);
alter table public.meetings drop constraint meetings_pkey, add constraint meetings_pkey primary key (id);
