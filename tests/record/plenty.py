"""A workspace with 50,000 messages in 5,000 conversations, and how to read a plan over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import asyncpg

from .world import new_id

BIG = {"conversations", "messages", "leads", "turns"}

# Of 50 leads the agent owns one, five are nobody's, and the rest are a colleague's: what an agent must not see is most.
FILL = """
create function pg_temp.id(kind int, n int) returns uuid language sql immutable
  as $$ select format('%s0000000-0000-7000-8000-%s', kind, lpad(n::text, 12, '0'))::uuid $$;
insert into leads (id, workspace_id, name, source, owner_id, score)
  select pg_temp.id(1, n), $W$, 'Lead ' || n, 'import',
    case when n % 50 = 0 then $A$::uuid when n % 10 = 1 then null else $C$::uuid end, n % 101
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


async def fill(admin: asyncpg.Connection, users: dict[str, str]) -> str:
    """Make a workspace with a lot in it and an owner and agents of its own, added to `users`; returns its id."""
    workspace, channel = new_id(), new_id()
    await admin.execute("insert into workspaces (id, name) values ($1, 'Busy Homes')", workspace)
    for person, role in (("busy owner", "owner"), ("busy agent", "agent"), ("busy colleague", "agent")):
        users[person] = new_id()
        await admin.execute("insert into auth.users (id) values ($1)", users[person])
        await admin.execute(
            "insert into members (workspace_id, user_id, role, display_name) values ($1, $2, $3, $4)",
            workspace,
            users[person],
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
    values = {"$W$": workspace, "$H$": channel, "$A$": users["busy agent"], "$C$": users["busy colleague"]}
    filling = FILL
    for name, value in values.items():
        filling = filling.replace(name, f"'{value}'")
    await admin.execute(filling)
    return workspace


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)
