"""Plans that were made while nothing was there yet, and that connections keep: they must hold for what comes after.

PostgreSQL keeps the plan of a foreign key's check, and of a prepared statement, until statistics are gathered. On an
empty table many indexes look equally good; the one that is taken must not read everything once the table is full.
"""

from __future__ import annotations

import json
import re
from typing import Any

import asyncpg
import pytest

from .plenty import nodes
from .servers import Postgres
from .test_engine_plans import STATEMENTS

pytestmark = [
    pytest.mark.stack,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("hosted", ["18"], indirect=True, scope="session"),
]

KEYS = """
select distinct c.confrelid::regclass::text as referenced, array(
    select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    from unnest(c.confkey) k join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k
  ) as columns
from pg_constraint c where c.contype = 'f' and c.connamespace in ('public'::regnamespace, 'engine'::regnamespace)
order by 1
"""
UNIQUE_ON = """
select array_agg(a.attname::text) from pg_index i
join pg_class x on x.oid = i.indexrelid join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
where x.relname = $1 and x.relnamespace = pg_my_temp_schema() and i.indisunique
"""


async def plan_of(connection: asyncpg.Connection, statement: str) -> dict[str, Any]:
    """Return how a statement is run for any parameters; it is not run."""
    await connection.execute(
        "create or replace function pg_temp.plan_of(query text) returns json language plpgsql as"
        " $$ declare plan json; begin execute 'explain (generic_plan, format json) ' || query into plan;"
        " return plan; end $$"
    )
    said = await connection.fetchval("select pg_temp.plan_of($1)", statement)
    found: dict[str, Any] = json.loads(said)[0]["Plan"]
    return found


async def test_a_foreign_key_is_checked_by_a_key_however_early_that_was_planned(hosted: Postgres):
    connection = await hosted.connect()
    try:
        keys = await connection.fetch(KEYS)
        assert len(keys) > 10
        for number, (referenced, columns) in enumerate(keys):
            # A copy has the same indexes, made in the same order, and nothing in it.
            await connection.execute(f"create temp table fresh{number} (like {referenced} including all)")
            names = [each.partition(" ")[0] for each in columns]
            where = " and ".join(
                f"{each.partition(' ')[0]} = ${place}::{each.partition(' ')[2]}"
                for place, each in enumerate(columns, 1)
            )
            plan = await plan_of(connection, f"select 1 from only fresh{number} x where {where} for key share of x")
            [index] = [each["Index Name"] for each in nodes(plan) if "Index Name" in each]
            unique_on = await connection.fetchval(UNIQUE_ON, index)
            assert unique_on is not None, f"{referenced} is searched by {index}, which is no key"
            assert set(unique_on) <= set(names), f"{referenced} is searched by {index} on {unique_on}"
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["leads.FIND", "leads.IDENTITIES", "intake.IDENTITIES", "outbox.OF_TURNS"])
async def test_identities_and_messages_are_looked_up_one_by_one(hosted: Postgres, name: str):
    """These ran for every batch over all there was."""
    connection = await hosted.connect()
    try:
        for table in ("identities", "messages"):
            await connection.execute(f"create temp table {table} (like public.{table} including all)")
        statement = re.sub(r"public\.(identities|messages)\b", r"pg_temp.\1", STATEMENTS[name])
        plan = await plan_of(connection, statement)
        scans = [each for each in nodes(plan) if each.get("Relation Name") in ("identities", "messages")]
        assert scans
        for each in scans:
            assert re.search(r"\b(lead_id|id|value) = ", str(each.get("Index Cond") or each.get("Recheck Cond"))), each
    finally:
        await connection.close()
