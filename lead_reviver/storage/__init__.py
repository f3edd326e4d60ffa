"""Postgres: the record. A file per table group, every query with a name."""
