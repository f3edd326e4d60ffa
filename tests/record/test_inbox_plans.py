"""The inbox stays quick however much there is: its queries go through indexes and touch what they show.

50,000 messages in 5,000 conversations, read under row-level security as PostgREST reads them. Rules about plans, not
about time: no table is read from end to end, and the pages touched are counted.
"""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest

from .hosted import Record
from .plenty import BIG, nodes

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

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
    "the best": (
        "select l.id, l.name, l.phone, l.opted_out_at, l.score, to_jsonb(c) from public.leads l"
        " inner join lateral (select jsonb_agg(c.*) as found from public.conversations c where c.lead_id = l.id) c"
        " on c.found is not null where l.workspace_id = $1 and l.score is not null"
        " order by l.score desc, l.id desc limit 100",
        500,
        2500,
    ),
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


async def explain(connection: asyncpg.Connection, query: str, workspace: str, me: str) -> dict[str, Any]:
    literal = query.replace("$1", f"'{workspace}'").replace("$2", f"'{me}'")
    plan = await connection.fetchval(f"explain (analyze, buffers, timing off, format json) {literal}")
    return dict(json.loads(plan)[0]["Plan"])


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("person", ["busy owner", "busy agent"])
async def test_a_page_of_the_inbox_touches_what_it_shows(record: Record, full: str, name: str, person: str):
    query, owner_pages, agent_pages = QUERIES[name]
    async with record.acting_as(person) as connection:
        await explain(connection, query, full, record.users[person])  # the catalog is cached from here on
        plan = await explain(connection, query, full, record.users[person])

    read_whole = [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
    assert not BIG & set(read_whole), plan
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert pages <= (owner_pages if person == "busy owner" else agent_pages), plan
