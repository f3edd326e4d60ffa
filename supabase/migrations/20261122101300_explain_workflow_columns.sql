-- What the columns of the workflow tables mean, where their names do not say it all.
set lock_timeout = '5s';
set statement_timeout = '60s';

comment on column engine.workflows.active is 'Whether n8n runs it when its trigger fires.';
comment on column engine.workflows.checked_at is 'When it was last looked for in n8n.';
comment on column engine.workflow_failures.workflow_id is 'n8n''s id of the workflow that failed.';
comment on column engine.workflow_failures.workflow_name is 'Its name at that time.';
comment on column engine.workflow_failures.failed_at is 'When n8n reported it.';
