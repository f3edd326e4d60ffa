"""The migrations run as hosted Supabase runs them and as Supabase Lite does, end in the same schema, and run once."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import pytest
from asyncpg.exceptions import InsufficientPrivilegeError

from lead_reviver.local.supabase import Supabase
from tests.real_stack import RealStack

from .servers import MIGRATIONS, Postgres, migrate_as_hosted

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

APPLIED = "select version from supabase_migrations.schema_migrations order by version"

# What a schema is made of, each thing as one line of text.
SCHEMA = """
with ours as (select oid, nspname from pg_namespace where nspname in ('public', 'private', 'engine'))
select format('column %s.%s %s %s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) as line
  from pg_attribute a join pg_class c on c.oid = a.attrelid join ours n on n.oid = c.relnamespace
  left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
  where c.relkind = 'r' and a.attnum > 0
union all
select format('constraint %s.%s %s %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint k join pg_class c on c.oid = k.conrelid join ours n on n.oid = c.relnamespace
  where k.contype <> 'n'
union all
select 'index ' || indexdef from pg_indexes where schemaname in (select nspname from ours)
union all
select format('policy %s.%s %s %s %s %s %s', schemaname, tablename, policyname, roles, cmd, qual, with_check)
  from pg_policies where schemaname in (select nspname from ours)
union all
select 'function ' || pg_get_functiondef(p.oid) from pg_proc p join ours n on n.oid = p.pronamespace
"""


async def lines(connection: asyncpg.Connection) -> set[str]:
    return {row["line"] for row in await connection.fetch(SCHEMA)}


async def test_every_migration_is_applied_once_as_a_role_that_is_no_superuser(hosted: Postgres):
    connection = await hosted.connect("postgres")
    versions = [row["version"] for row in await connection.fetch(APPLIED)]
    superuser = await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")
    with pytest.raises(InsufficientPrivilegeError):  # the shape is right: what hosted Supabase forbids is forbidden
        await connection.execute("create table auth.mine (id int)")
    with pytest.raises(InsufficientPrivilegeError):
        await connection.execute("select encrypted_password from auth.users")
    await connection.close()

    assert versions == [file.stem.partition("_")[0] for file in MIGRATIONS]
    assert not superuser
    assert await migrate_as_hosted(hosted) == []


async def test_supabase_lite_applies_nothing_a_second_time(
    supabase: RealStack, admin: asyncpg.Connection, tmp_path: Path
):
    before, schema = await admin.fetch(APPLIED), await lines(admin)
    await Supabase(tmp_path, supabase.env, tmp_path / "log").migrate()
    assert await admin.fetch(APPLIED) == before
    assert len(before) == len(MIGRATIONS)
    assert await lines(admin) == schema


async def test_both_ways_end_in_the_same_schema(hosted: Postgres, supabase: RealStack, admin: asyncpg.Connection):
    connection = await hosted.connect()
    assert await lines(connection) == await lines(admin)
    await connection.close()


async def test_migrations_are_numbered_by_time_and_say_what_they_are_for():
    for file in MIGRATIONS:
        assert re.fullmatch(r"\d{14}_[a-z_]+\.sql", file.name)
        assert file.read_text().startswith("-- ")
