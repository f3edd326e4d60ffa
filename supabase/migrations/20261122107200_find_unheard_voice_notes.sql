-- Voice notes that nobody has listened to are found without reading every message.
-- Made within the transaction, which `concurrently` could not; partial, so it holds few rows and is quickly made.
-- squawk-ignore-file require-concurrent-index-creation
set lock_timeout = '5s';
set statement_timeout = '60s';

create index messages_unheard on public.messages (created_at, id)
  where direction = 'in' and kind in ('audio', 'voice') and transcript is null and deleted_at is null;
