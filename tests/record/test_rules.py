"""Every table, key, function and policy of the record keeps to the rules, and each rule finds who does not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from .expectations import TABLES
from .rules import RULES
from .servers import Postgres

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

# One break of each rule, and the name under which it must be found.
BREAKS = {
    "every table of the API has row-level security": ("create table public.bad (id int)", "bad"),
    "every table of the API says by policy who reads it": (
        "create table public.bad (id int); alter table public.bad enable row level security",
        "bad",
    ),
    "a policy for members only reads, and none is for everybody": (
        "create policy bad on public.leads for update to authenticated using (true)",
        "leads: bad",
    ),
    "anonymous holds no right, and members hold no more than reading": (
        "grant insert on public.leads to authenticated",
        "leads: authenticated INSERT",
    ),
    "no table of the engine has row-level security, which would make Supabase Lite open the schema": (
        "alter table engine.jobs enable row level security",
        "jobs",
    ),
    "a view asks with the reader's rights": ("create view public.bad as select * from public.leads", "bad"),
    "every foreign key has an index that finds its rows": (
        "create table public.bad (lead_id uuid, workspace_id uuid, constraint bad_fk foreign key"
        " (workspace_id, lead_id) references public.leads (workspace_id, id));"
        " create index on public.bad (workspace_id)",
        "bad: bad_fk",
    ),
    "a key between tenants' tables also holds the workspace": (
        "create table public.bad (workspace_id uuid, lead_id uuid constraint bad_fk references public.leads (id))",
        "bad: bad_fk",
    ),
    "every table but workspaces belongs to a workspace": ("create table public.bad (workspace_id uuid)", "bad"),
    "a point in time knows its time zone": ("create table public.bad (at timestamp)", "bad.at"),
    "every table says what it is for": ("create table engine.bad (id int)", "bad"),
    "every column says what it means, unless its name does": ("create table engine.bad (oddity int)", "bad.oddity"),
    "a function that borrows its owner's rights trusts no search path": (
        "create function private.bad() returns int language sql as 'select 1'",
        "bad",
    ),
    "no function may be run by everybody": (
        "create function public.bad() returns int language sql set search_path = '' as 'select 1'",
        "bad: everybody",
    ),
}


@pytest_asyncio.fixture(loop_scope="session")
async def scratch(hosted: Postgres) -> AsyncIterator[asyncpg.Connection]:
    """The migrated database, as the role that migrates; whatever a test does to it is rolled back."""
    connection = await hosted.connect("postgres")
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


async def offenders(connection: asyncpg.Connection, rule: str) -> list[str]:
    return sorted(row[0] for row in await connection.fetch(RULES[rule]))


async def tables_of_the_api(connection: asyncpg.Connection) -> set[str]:
    found = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
    )
    return {row["relname"] for row in found}


@pytest.mark.parametrize("rule", RULES)
async def test_the_record_keeps_the_rule(scratch: asyncpg.Connection, rule: str):
    assert await offenders(scratch, rule) == []


@pytest.mark.parametrize("rule", RULES)
async def test_the_rule_names_who_breaks_it(scratch: asyncpg.Connection, rule: str):
    breaking, name = BREAKS[rule]
    await scratch.execute(breaking)
    assert name in await offenders(scratch, rule)


async def test_every_table_has_a_row_in_the_table_of_expectations(scratch: asyncpg.Connection):
    assert await tables_of_the_api(scratch) == set(TABLES)


async def test_a_new_table_without_a_row_of_expectations_is_noticed(scratch: asyncpg.Connection):
    await scratch.execute("create table public.newcomers (id uuid primary key)")
    assert await tables_of_the_api(scratch) - set(TABLES) == {"newcomers"}
