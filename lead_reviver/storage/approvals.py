"""Approvals: messages of the bot that wait for a person's click, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from lead_reviver.storage.database import Connection

if TYPE_CHECKING:
    from lead_reviver.storage.outbox import OutgoingMessage

Ended = Literal["sent", "refused", "discarded"]
NEWER_ONE = "the bot wrote a newer one"

# One message waits in a conversation; the conversation says since when.
ADD = """
with added as (
  insert into public.approvals (id, workspace_id, conversation_id, turn_id, purpose, kind, body, content)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
  on conflict (id) do nothing
  returning conversation_id
)
update public.conversations set approval_waiting_since = now()
where id = any ($3::uuid[]) and id in (select conversation_id from added)
"""

# What waits in these conversations is overtaken.
WITHDRAW = """
with withdrawn as (
  update public.approvals set state = 'withdrawn', decided_at = now(), reason = $2
  where conversation_id = any ($1::uuid[]) and state = 'waiting'
  returning conversation_id, turn_id
), noted as (
  update public.conversations set approval_waiting_since = null, state_version = state_version + 1
  where id = any ($1::uuid[]) and id in (select conversation_id from withdrawn)
)
select conversation_id, turn_id from withdrawn
"""

# The messages that a withdrawn one would have answered are answered together with the newer ones. The answer that was
# never given is no part of the talk.
ANSWER_TOGETHER = """
with newer as (
  select g.id, w.turn_id as old_id from unnest($1::uuid[], $2::uuid[]) as w (conversation_id, turn_id)
  join public.turns g on g.conversation_id = w.conversation_id and g.state = 'gathering'
  join public.turns o on o.id = w.turn_id and o.state = 'done'
), moved as (
  update public.messages m set turn_id = newer.id from newer where m.turn_id = newer.old_id and m.direction = 'in'
)
update public.turns t set state = 'superseded', reason = 'answered together with newer messages'
from newer where t.id = newer.old_id
"""

# Turns whose answer waits, or whose answer a person has decided about: nothing more is written for them.
OF_TURNS = "select turn_id from public.approvals where turn_id = any ($1::uuid[]) and state <> 'withdrawn'"

# One of them, with what was decided about its turn. Its conversation is locked before.
FIND = """
select a.id, a.workspace_id, a.conversation_id, a.turn_id, a.purpose, a.kind, a.body, a.content, a.state, a.reason,
  a.created_at, t.decision
from public.approvals a left join public.turns t on t.id = a.turn_id
where a.id = $1
"""

END = """
with ended as (
  update public.approvals set state = $2, reason = $3, decided_by = $4, decided_at = now()
  where id = $1 and state = 'waiting'
  returning id, conversation_id, turn_id, purpose
), message as (
  -- The answer belongs to its turn again, whose decision explains it.
  update public.messages m set turn_id = ended.turn_id from ended where m.id = ended.id
), follow_up as (
  -- A follow-up is no new question, so that the next one is about the same.
  update engine.follow_ups f set message_id = ended.id from ended, public.messages m
  where ended.purpose = 'follow_up' and m.id = ended.id and (f.question_id, f.number) = (
    select s.question_id, s.number from engine.follow_ups s join public.messages q on q.id = s.question_id
    where q.conversation_id = ended.conversation_id and s.message_id is null order by s.created_at desc limit 1)
)
update public.conversations set approval_waiting_since = null, state_version = state_version + 1
where id = (select conversation_id from ended)
"""

# The bot decides about a turn once more: what its answer offered is gone.
ANSWER_AGAIN = """
update public.turns t set state = 'gathering', attempts = 0, ready_at = now(), finished_at = null, decision = null
where t.id = $1 and t.state = 'done'
  and not exists (select from public.turns g where g.conversation_id = t.conversation_id and g.state = 'gathering')
"""

SWITCH = "update public.workspaces set approval = $2 where id = $1 and approval <> $2 returning id"


@dataclass(frozen=True, slots=True)
class Approval:
    """A message of the bot that a person decides about."""

    id: str
    workspace_id: str
    conversation_id: str
    turn_id: str | None
    purpose: str
    kind: str
    body: str
    content: dict[str, Any]
    state: str
    reason: str | None
    created_at: datetime
    decision: dict[str, Any] | None
    """What was decided about its turn, as stored; None for a message without one."""


async def add(connection: Connection, messages: Sequence[OutgoingMessage]) -> None:
    """Let messages wait for a click, in place of what waited in their conversations. These are locked."""
    if not messages:
        return
    await withdraw(connection, [each.conversation_id for each in messages], NEWER_ONE)
    await connection.execute(
        ADD,
        [each.id for each in messages],
        [each.workspace_id for each in messages],
        [each.conversation_id for each in messages],
        [each.turn_id for each in messages],
        [each.gate["purpose"] for each in messages],
        [each.kind for each in messages],
        [each.body or "" for each in messages],
        [each.content for each in messages],
    )


async def withdraw(connection: Connection, conversation_ids: Sequence[str], reason: str) -> None:
    """Take back what waits in these conversations, which are locked: somebody wrote meanwhile.

    Where newer messages gather, those that it would have answered are answered with them.
    """
    rows = await connection.fetch(WITHDRAW, conversation_ids, reason)
    if rows:
        pairs = ([row["conversation_id"] for row in rows], [row["turn_id"] for row in rows])
        await connection.execute(ANSWER_TOGETHER, *pairs)


async def of_turns(connection: Connection, turn_ids: Sequence[str]) -> set[str]:
    """Return those of the turns whose answer waits, or waited, for a person."""
    return {row["turn_id"] for row in await connection.fetch(OF_TURNS, turn_ids)}


async def find(connection: Connection, approval_id: str) -> Approval | None:
    """Return what a person decides about."""
    row = await connection.fetchrow(FIND, approval_id)
    return None if row is None else Approval(*row.values())


async def end(connection: Connection, approval_id: str, state: Ended, reason: str | None, user_id: str) -> None:
    """Write down what a person decided; a message that came of it is there already."""
    await connection.execute(END, approval_id, state, reason, user_id)


async def answer_again(connection: Connection, turn_id: str) -> None:
    """Let the bot decide about a turn once more."""
    await connection.execute(ANSWER_AGAIN, turn_id)


async def switch(connection: Connection, workspace_id: str, on: bool) -> bool:
    """Turn approval mode of a workspace on or off; False when it stood so already."""
    return await connection.fetchval(SWITCH, workspace_id, on) is not None
