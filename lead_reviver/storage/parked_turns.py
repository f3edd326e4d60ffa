"""Turns that were given up: a person looks at them, and may let them run again one by one (`turns.unpark`) or all."""

from __future__ import annotations

from collections.abc import Sequence

from lead_reviver.storage.database import Connection

# Conversations with a parked turn that may run: the bot answers there and nothing newer gathers. Longest parked first.
CONVERSATIONS = """
select t.conversation_id from public.turns t join public.conversations c on c.id = t.conversation_id
where t.workspace_id = $1 and t.state = 'parked' and c.mode = 'bot' and not exists (
  select from public.turns g where g.conversation_id = t.conversation_id and g.state = 'gathering')
group by t.conversation_id order by min(t.finished_at), t.conversation_id limit $2
"""

# Looked at again now that the conversations are locked. At most one turn gathers in each: the oldest comes first.
UNPARK_ALL = """
with oldest as (
  select distinct on (t.conversation_id) t.id
  from public.turns t join public.conversations c on c.id = t.conversation_id
  where t.conversation_id = any ($1::uuid[]) and t.state = 'parked' and c.mode = 'bot' and not exists (
    select from public.turns g where g.conversation_id = t.conversation_id and g.state = 'gathering')
  order by t.conversation_id, t.opened_at
)
update public.turns t set state = 'gathering', attempts = 0, ready_at = now(), finished_at = null, reason = null
from oldest where t.id = oldest.id
returning t.conversation_id, t.id
"""

COUNT = "select count(*) from public.turns where workspace_id = $1 and state = 'parked'"


async def conversations_with_parked_turns(connection: Connection, workspace_id: str, limit: int) -> list[str]:
    """Return the conversations of a workspace whose parked turns may run again, longest parked first."""
    return [row["conversation_id"] for row in await connection.fetch(CONVERSATIONS, workspace_id, limit)]


async def unpark_all(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, str]:
    """Let the oldest parked turn of each conversation run again; return turn ids by conversation id.

    The conversations are locked before.
    """
    rows = await connection.fetch(UNPARK_ALL, conversation_ids)
    return {row["conversation_id"]: row["id"] for row in rows}


async def count(connection: Connection, workspace_id: str) -> int:
    """Return how many turns of a workspace are parked."""
    return int(await connection.fetchval(COUNT, workspace_id))
