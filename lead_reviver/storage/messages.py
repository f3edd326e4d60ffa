"""Messages in and out, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lead_reviver.storage.database import Connection, new_id

# New messages; those already there by WhatsApp id are left alone. Says which were new.
ADD = """
insert into public.messages
  (id, workspace_id, conversation_id, direction, author, kind, body, content, wamid, context_wamid, status, sent_at)
select id, workspace_id, conversation_id, direction, author, kind, body, content, wamid, context_wamid, status, sent_at
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[],
            $9::text[], $10::text[], $11::text[], $12::timestamptz[])
  as m (id, workspace_id, conversation_id, direction, author, kind, body, content, wamid, context_wamid, status,
        sent_at)
on conflict (workspace_id, wamid) where wamid is not null do nothing
returning id
"""

# The messages that statuses speak of, by WhatsApp id or by the outbox id that travelled with the send.
FIND_FOR_STATUSES = """
select m.id, m.workspace_id, m.conversation_id, m.turn_id, m.wamid, m.status, m.pricing, o.id as outbox_id,
  o.state as outbox_state
from public.messages m left join engine.outbox o on o.message_id = m.id
where m.wamid = any ($1::text[]) and m.direction = 'out' or m.id = any (array(
  select message_id from engine.outbox where id = any ($2::uuid[])
))
order by m.id for update of m
"""

CONVERSATIONS_OF = "select distinct conversation_id from public.messages where wamid = any ($1::text[])"

# The final status of messages, worked out from everything that arrived for them.
SET_STATUSES = """
update public.messages m set status = s.status, status_at = s.at, wamid = coalesce(m.wamid, s.wamid),
  error_code = s.code, reason = s.reason, pricing = coalesce(m.pricing, s.pricing)
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::int[], $6::text[], $7::jsonb[])
  as s (id, status, at, wamid, code, reason, pricing)
where m.id = s.id
"""

REACT = """
update public.messages set lead_reaction = $3 where workspace_id = $1 and wamid = $2
returning id, conversation_id
"""

# What a message says changed: so does the list's preview of it, and what is cached of its conversation.
_CHANGE = """
with was as (
  select id, left(coalesce(body, kind), 200) as preview from public.messages where workspace_id = $1 and wamid = $2
), now_is as (
  {change} from was where m.id = was.id {condition} returning m.id, m.conversation_id, m.body, was.preview
), conversation as (
  update public.conversations c set state_version = c.state_version + 1, last_message_preview =
    case when c.last_message_preview = now_is.preview then left(now_is.body, 200) else c.last_message_preview end
  from now_is where c.id = now_is.conversation_id
){more}
select id, conversation_id from now_is
"""

EDIT = _CHANGE.format(
    change="update public.messages m set body = $3, content = $4, edited_at = $5",
    condition="and m.deleted_at is null",
    more="",
)

# The lead deleted it: the words go, also from the webhook that brought them and where they said why the lead is left
# alone; the place in the thread stays.
REVOKE = _CHANGE.format(
    change="update public.messages m set body = null, content = '{}', transcript = null, deleted_at = $3",
    condition="",
    more=""", came as (update engine.inbox set payload = '{}' where event_key = 'm:' || $2
), snooze as (
  update public.snoozes s set message_id = null from now_is where s.workspace_id = $1 and s.message_id = now_is.id
)""",
)


@dataclass(slots=True)
class NewMessage:
    """A message to store. Without a conversation yet, `conversation_id` is filled in before it is."""

    workspace_id: str
    conversation_id: str
    direction: str
    author: str
    kind: str
    body: str | None
    content: dict[str, Any]
    wamid: str | None
    status: str
    sent_at: datetime
    context_wamid: str | None = None
    id: str = field(default_factory=new_id)


@dataclass(slots=True)
class SentMessage:
    """A message of ours that statuses arrived for."""

    id: str
    workspace_id: str
    conversation_id: str
    turn_id: str | None
    wamid: str | None
    status: str
    pricing: dict[str, Any] | None
    outbox_id: str | None
    outbox_state: str | None
    at: datetime | None = None
    error_code: int | None = None
    reason: str | None = None


async def add(connection: Connection, messages: Sequence[NewMessage]) -> set[str]:
    """Store messages; return the ids of those that were not there yet."""
    rows = await connection.fetch(
        ADD,
        [each.id for each in messages],
        [each.workspace_id for each in messages],
        [each.conversation_id for each in messages],
        [each.direction for each in messages],
        [each.author for each in messages],
        [each.kind for each in messages],
        [each.body for each in messages],
        [each.content for each in messages],
        [each.wamid for each in messages],
        [each.context_wamid for each in messages],
        [each.status for each in messages],
        [each.sent_at for each in messages],
    )
    return {row["id"] for row in rows}


async def find_for_statuses(
    connection: Connection, wamids: Iterable[str], outbox_ids: Iterable[str]
) -> list[SentMessage]:
    """Return our messages behind these ids, locked."""
    rows = await connection.fetch(FIND_FOR_STATUSES, list(wamids), list(outbox_ids))
    return [SentMessage(*row.values()) for row in rows]


async def conversations_of(connection: Connection, wamids: Iterable[str]) -> list[str]:
    """Return the ids of the conversations these messages are in."""
    return [row["conversation_id"] for row in await connection.fetch(CONVERSATIONS_OF, list(wamids))]


async def set_statuses(connection: Connection, messages: Sequence[SentMessage]) -> None:
    """Write down the statuses of messages."""
    await connection.execute(
        SET_STATUSES,
        [each.id for each in messages],
        [each.status for each in messages],
        [each.at for each in messages],
        [each.wamid for each in messages],
        [each.error_code for each in messages],
        [each.reason for each in messages],
        [each.pricing for each in messages],
    )


async def react(connection: Connection, workspace_id: str, wamid: str, emoji: str | None) -> tuple[str, str] | None:
    """Put the lead's reaction on a message, or take it away; return (message id, conversation id) if it is known."""
    row = await connection.fetchrow(REACT, workspace_id, wamid, emoji)
    return (row["id"], row["conversation_id"]) if row else None


async def edit(
    connection: Connection, workspace_id: str, wamid: str, body: str | None, content: dict[str, Any], at: datetime
) -> tuple[str, str] | None:
    """Replace what a message says; return (message id, conversation id) if it is known."""
    row = await connection.fetchrow(EDIT, workspace_id, wamid, body, content, at)
    return (row["id"], row["conversation_id"]) if row else None


async def revoke(connection: Connection, workspace_id: str, wamid: str, at: datetime) -> tuple[str, str] | None:
    """Delete what a message said; return (message id, conversation id) if it is known."""
    row = await connection.fetchrow(REVOKE, workspace_id, wamid, at)
    return (row["id"], row["conversation_id"]) if row else None
