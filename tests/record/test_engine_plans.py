"""An index for every query: no statement of lead_reviver.storage reads a big table from end to end.

Each is planned for any parameters (EXPLAIN GENERIC_PLAN, PostgreSQL 16 and newer) as the engine, on the workspace of
plenty.py; nothing is run. A new statement is found and tried by itself.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

import lead_reviver.storage

from .plenty import BIG, nodes
from .servers import Postgres

pytestmark = [
    pytest.mark.stack,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("hosted", ["18"], indirect=True, scope="session"),
]

READ_MUCH = {"inbox.PURGE": "throws 5,000 rows away at once, which is much of the table here"}
BIG_FOR_THE_ENGINE = BIG | {"inbox", "outbox", "identities"}
FILL = """
insert into engine.inbox (event_key, kind, wamid, payload, occurred_at, state)
  select 'event ' || n, case when n % 4 = 0 then 'message' else 'status' end, 'wamid.' || n, '{}', now(),
    case when n > 49900 then 'new' else 'done' end
  from generate_series(1, 50000) n;
insert into engine.outbox
  (id, workspace_id, conversation_id, channel_id, message_id, turn_id, payload, state, due_at, wamid)
  select gen_random_uuid(), m.workspace_id, m.conversation_id, c.channel_id, m.id, null, '{}', 'accepted', now(),
    m.wamid
  from public.messages m join public.conversations c on c.id = m.conversation_id
  where m.workspace_id = $W$;
insert into public.identities (id, workspace_id, lead_id, kind, value)
  select gen_random_uuid(), workspace_id, id, 'bsuid', 'ES.' || id from public.leads where workspace_id = $W$;
analyze;
"""


def statements() -> dict[str, str]:
    """Return every SQL constant of the storage package by module and name."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(lead_reviver.storage.__path__, "lead_reviver.storage."):
        for name, value in vars(importlib.import_module(module.name)).items():
            several = value if isinstance(value, tuple) else (value,)
            for number, each in enumerate(several):
                if (
                    name.isupper()
                    and not name.startswith("_")  # a piece of the statements that are made of it
                    and isinstance(each, str)
                    and re.match(r"\s*(select|insert|update|delete|with)\b", each)
                ):
                    found[f"{module.name.rpartition('.')[2]}.{name}{number or ''}"] = each
    return found


STATEMENTS = statements()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def planner(hosted: Postgres, full: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who tells the plan of a statement."""
    connection = await hosted.connect()
    await connection.execute(FILL.replace("$W$", f"'{full}'"))
    await connection.execute(
        "create function pg_temp.plan_of(query text) returns json language plpgsql as"
        " $$ declare plan json; begin execute 'explain (generic_plan, format json) ' || query into plan;"
        " return plan; end $$"
    )
    await connection.execute("set role engine")
    yield connection
    await connection.execute("reset role; delete from engine.inbox")
    await connection.close()


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_finds_its_rows_by_an_index(planner: asyncpg.Connection, name: str):
    plan = json.loads(await planner.fetchval("select pg_temp.plan_of($1)", STATEMENTS[name]))[0]["Plan"]
    # A partial index holds only what is unfinished, so it may be read whole.
    partial = {
        row[0]
        for row in await planner.fetch("select indexrelid::regclass::text from pg_index where indpred is not null")
    }
    scans = [
        node for node in nodes(plan) if node.get("Relation Name") in BIG_FOR_THE_ENGINE and "Scan" in node["Node Type"]
    ]
    whole = [
        node["Relation Name"]
        for node in scans
        if "Index Cond" not in node
        and node["Node Type"] != "Bitmap Heap Scan"
        and node.get("Index Name") not in {index.rpartition(".")[2] for index in partial}
    ]
    assert name in READ_MUCH or not whole, json.dumps(plan, indent=1)


async def test_the_statements_were_found(hosted: Postgres):
    assert {"messages.FIND_FOR_STATUSES", "turns.CLAIM", "secrets.GET"} <= STATEMENTS.keys()
