-- What voice notes say, as far as it could be understood.
set lock_timeout = '5s';
set statement_timeout = '60s';

alter table public.messages add column transcript jsonb;
comment on column public.messages.transcript is
  'What a voice note says: {text, language, confidence, seconds, model, took_ms, doubt}; doubt says why the words do not '
  'count as the lead''s, or why there are none. Null where nothing was transcribed.';
