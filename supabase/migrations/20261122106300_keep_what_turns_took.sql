-- What a language model took for a turn, in full: how long, and cost below the smallest coin.
-- Turns of an installation are read in seconds, and nobody writes to them while it starts.
-- squawk-ignore-file require-concurrent-index-creation
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.turns
  add column cost_micros bigint,
  add column took_ms integer;
comment on column public.turns.cost_micros is
  'What the model cost, in millionths of a unit of cost_currency: a turn costs less than the smallest coin.';
comment on column public.turns.took_ms is 'How long the model took, all tries together; 0 where none was asked.';

-- Today's use of models: few rows, those that used tokens.
create index turns_with_model on public.turns (workspace_id, finished_at) where tokens_in > 0;
