"""The inbox stays quick however much there is: its queries go through indexes and touch what they show.

50,000 messages in 5,000 conversations, read under row-level security as PostgREST reads them. Rules about plans, not
about time: no table is read from end to end, and the pages touched are counted.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from .hosted import Record
from .servers import Postgres
from .world import new_id

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

BIG = {"conversations", "messages", "leads", "turns"}

# Of 50 leads the agent owns one, five are nobody's, and the rest are a colleague's: what an agent must not see is most.
FILL = """
create function pg_temp.id(kind int, n int) returns uuid language sql immutable
  as $$ select format('%s0000000-0000-7000-8000-%s', kind, lpad(n::text, 12, '0'))::uuid $$;
insert into leads (id, workspace_id, name, source, owner_id)
  select pg_temp.id(1, n), $W$, 'Lead ' || n, 'import',
    case when n % 50 = 0 then $A$::uuid when n % 10 = 1 then null else $C$::uuid end
  from generate_series(1, 5000) n;
insert into conversations
  (id, workspace_id, lead_id, channel_id, last_message_at, unread_count, waiting_for_person_since, waiting_reason,
   assigned_to)
  select pg_temp.id(2, n), $W$, pg_temp.id(1, n), $H$, now() - n * interval '7 minutes', (n % 40 < 2)::int * 3,
    case when n % 60 < 2 then now() - n * interval '5 minutes' end, case when n % 60 < 2 then 'asked for a person' end,
    case when n % 45 = 0 then $A$::uuid end
  from generate_series(1, 5000) n;
insert into turns (id, workspace_id, conversation_id, state, opened_at)
  select pg_temp.id(3, n), $W$, pg_temp.id(2, 1 + n % 5000), 'done', now() - n * interval '1 minute'
  from generate_series(1, 20000) n;
insert into messages (id, workspace_id, conversation_id, direction, author, kind, body, wamid, status, sent_at)
  select pg_temp.id(4, n), $W$, pg_temp.id(2, 1 + n % 5000), 'in', 'lead', 'text', repeat('hello ', 20), 'wamid.' || n,
    'received', now() - n * interval '1 minute'
  from generate_series(1, 49000) n;
-- One conversation that went on and on.
insert into messages (id, workspace_id, conversation_id, direction, author, kind, body, status, sent_at)
  select pg_temp.id(5, n), $W$, pg_temp.id(2, 100), 'out', 'bot', 'text', repeat('hello ', 20), 'sent',
    now() - n * interval '1 second'
  from generate_series(1, 1000) n;
analyze;
"""

LIST = """
select c.id, c.mode, c.last_message_at, c.last_message_preview, c.unread_count, to_jsonb(lead) as lead
from public.conversations c
inner join lateral (
  select l.id, l.name, l.phone, l.opted_out_at from public.leads l where l.id = c.lead_id
) lead on true
where c.workspace_id = $1
"""
LONG_ONE = "20000000-0000-7000-8000-000000000100"

NEWEST_FIRST = "order by c.last_message_at desc, c.id desc limit 40"

# What the inbox asks for, with the pages (8 kB, also when cached) that it may cost an owner and an agent. An agent's
# list walks past what is a colleague's; an owner's does not.
QUERIES = {
    "newest": (f"{LIST} {NEWEST_FIRST}", 200, 1600),
    "unread": (f"{LIST} and c.unread_count > 0 {NEWEST_FIRST}", 200, 600),
    "waiting": (
        f"{LIST} and c.waiting_for_person_since is not null order by c.waiting_for_person_since, c.id limit 40",
        200,
        600,
    ),
    "mine": (f"{LIST} and c.assigned_to = $2 {NEWEST_FIRST}", 30, 700),
    "the next page": (f"{LIST} and c.last_message_at <= now() - interval '10 days' {NEWEST_FIRST}", 200, 1600),
    "count of unread": (
        "select count(*) from public.conversations c where c.workspace_id = $1 and c.unread_count > 0",
        150,
        1200,
    ),
    "one conversation": (f"{LIST} and c.id = '{LONG_ONE}'", 30, 30),
    "newest of a thread": (
        f"select * from public.messages m where m.conversation_id = '{LONG_ONE}' order by m.sent_at desc, m.id desc"
        " limit 50",
        30,
        450,
    ),
    "open turns of a thread": (
        f"select * from public.turns t where t.conversation_id = '{LONG_ONE}'"
        " and t.state in ('gathering', 'running', 'settling', 'parked') order by t.opened_at desc limit 10",
        30,
        60,
    ),
    "messages by id": (
        "select * from public.messages m where m.id = any (array(select format("
        "'40000000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid from generate_series(99, 900, 100) n))",
        60,
        150,
    ),
    "a lead by phone": (
        f"{LIST} and c.lead_id in (select i.lead_id from public.identities i where i.workspace_id = $1"
        " and i.kind = 'phone' and i.value = '+34611222333' and i.valid_to is null) limit 40",
        30,
        30,
    ),
}


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def full(hosted: Postgres, record: Record) -> AsyncIterator[str]:
    """A workspace with a lot in it, in which the seeded agent and owner work; gives its id."""
    admin = await hosted.connect()
    workspace, channel = new_id(), new_id()
    await admin.execute("insert into workspaces (id, name) values ($1, 'Busy Homes')", workspace)
    for person, role in (("owner", "owner"), ("agent", "agent"), ("colleague", "agent")):
        await admin.execute(
            "insert into members (workspace_id, user_id, role, display_name) values ($1, $2, $3, $4)",
            workspace,
            record.users[person],
            role,
            person,
        )
    await admin.execute(
        "insert into channels (id, workspace_id, phone_number_id, business_account_id, name)"
        " values ($1, $2, $3, '1', 'Sales')",
        channel,
        workspace,
        new_id(),
    )
    values = {"$W$": workspace, "$H$": channel, "$A$": record.users["agent"], "$C$": record.users["colleague"]}
    fill = FILL
    for name, value in values.items():
        fill = fill.replace(name, f"'{value}'")
    await admin.execute(fill)
    yield workspace
    await admin.execute("delete from workspaces where id = $1", workspace)
    await admin.close()


async def explain(connection: asyncpg.Connection, query: str, workspace: str, me: str) -> dict[str, Any]:
    literal = query.replace("$1", f"'{workspace}'").replace("$2", f"'{me}'")
    plan = await connection.fetchval(f"explain (analyze, buffers, timing off, format json) {literal}")
    return dict(json.loads(plan)[0]["Plan"])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("person", ["owner", "agent"])
async def test_a_page_of_the_inbox_touches_what_it_shows(record: Record, full: str, name: str, person: str):
    query, owner_pages, agent_pages = QUERIES[name]
    async with record.acting_as(person) as connection:
        await explain(connection, query, full, record.users[person])  # the catalog is cached from here on
        plan = await explain(connection, query, full, record.users[person])

    read_whole = [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
    assert not BIG & set(read_whole), plan
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert pages <= (owner_pages if person == "owner" else agent_pages), plan
