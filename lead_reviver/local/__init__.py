"""The one-machine stack: Postgres, Redis, Supabase Lite, the simulator and the engine, started and stopped."""
