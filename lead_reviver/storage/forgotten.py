"""Conversations that a person took over, in which a lead waits in vain for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from lead_reviver.storage.database import Connection

# A person answers, and it is the lead who spoke last, longer ago than the workspace allows. Who opted out waits for
# nothing; what was taken over just now is left alone, and what lies days back is past mending.
_FORGOTTEN = """
from public.conversations c
join public.workspaces w on w.id = c.workspace_id and w.give_back_hours > 0
join public.leads l on l.id = c.lead_id and l.opted_out_at is null and l.snoozed_until is null
cross join lateral (
  -- The newest by id of the newest few by time: WhatsApp's times are whole seconds, ours are not.
  select n.author from (
    select m.id, m.author from public.messages m where m.conversation_id = c.id and m.author <> 'system'
      and m.status <> 'not_sent' order by m.sent_at desc, m.id desc limit 5
  ) n order by n.id desc limit 1
) latest
"""
_STILL = """
where c.mode = 'human' and latest.author = 'lead' and c.waiting_for_person_since is null
  and c.last_message_at > $1::timestamptz - interval '7 days'
  and c.last_message_at <= $1::timestamptz - make_interval(hours => w.give_back_hours)
  and coalesce(c.taken_over_at, c.last_message_at) <= $1::timestamptz - make_interval(hours => w.give_back_hours)
"""

FIND = (
    "select c.last_message_at, c.id "
    + _FORGOTTEN
    + _STILL
    + "and (c.last_message_at, c.id) > ($2, $3) order by c.last_message_at, c.id limit $4"
)

# Whoever works on a conversation keeps it.
LOCK = "select id from public.conversations where id = any ($1::uuid[]) order by id for update skip locked"

# The same once they are locked, with what the lead wrote since our last word.
_WHAT = """
select c.id as conversation_id, c.workspace_id, c.lead_id, w.give_back_hours as hours,
  coalesce(l.language, w.language) as language, u.ids as unanswered, u.said
"""
_UNANSWERED = """
cross join lateral (
  select coalesce(array_agg(m.id order by m.id), '{}') as ids,
    coalesce(array_agg(coalesce(m.body, m.kind) order by m.id), '{}') as said
  from public.messages m
  where m.conversation_id = c.id and m.author = 'lead' and m.deleted_at is null
    and m.kind not in ('sticker', 'system', 'unknown', 'unsupported') and not m.content ? 'group_id'
    and not exists (select from public.turns t where t.id = m.turn_id and t.state <> 'superseded')
    and m.id > coalesce((select o.id from public.messages o where o.conversation_id = c.id and o.direction = 'out'
      and o.status <> 'not_sent' order by o.sent_at desc, o.id desc limit 1), '00000000-0000-0000-0000-000000000000')
) u
"""
STILL = _WHAT + _FORGOTTEN + _UNANSWERED + _STILL + "and c.id = any ($2::uuid[]) order by c.id"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A conversation that goes back to the bot; locked."""

    conversation_id: str
    workspace_id: str
    lead_id: str
    hours: int
    language: str
    unanswered: list[str]
    """The lead's messages that nobody answered, by id."""
    said: list[str]
    """The words of each, or what it is without any: image, audio."""


class Found(NamedTuple):
    """A conversation in which a lead seems to wait in vain."""

    last_message_at: datetime
    conversation_id: str


FIRST = Found(datetime.min.replace(tzinfo=UTC), "00000000-0000-0000-0000-000000000000")
"""Before every conversation."""


async def find(connection: Connection, now: datetime, after: Found, limit: int) -> list[Found]:
    """Return conversations in which a lead waits in vain, those waiting longest first, from `after` on."""
    return [Found(*row.values()) for row in await connection.fetch(FIND, now, *after, limit)]


async def claim(connection: Connection, conversation_ids: Sequence[str], now: datetime) -> list[Forgotten]:
    """Lock those that nobody else works on; return those in which the lead still waits."""
    if not conversation_ids:
        return []
    locked = [row["id"] for row in await connection.fetch(LOCK, conversation_ids)]
    return [Forgotten(*row.values()) for row in await connection.fetch(STILL, now, locked)]
