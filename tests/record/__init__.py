"""The record: who may see and do what, over the real HTTP API and in SQL, on every PostgreSQL we promise."""
