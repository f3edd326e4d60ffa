"""Hand-overs: which conversations wait for a person, whom they were offered to, and what their leads were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lead_reviver.decide.handover import Answer, Notice
from lead_reviver.storage.database import Connection, new_id

# Conversations that wait for a person and were offered to nobody, those waiting longest first.
WAITING = """
select c.id from public.conversations c
where c.waiting_for_person_since is not null and c.assigned_to is null
  and not exists (select from public.handovers h where h.conversation_id = c.id and h.closed_at is null)
order by c.waiting_for_person_since, c.id limit $1
"""

# Whose offer has gone on for long enough, or who left the team.
DUE = """
select h.conversation_id from public.handovers h
where h.closed_at is null and (h.deadline_at <= $1 or (h.state = 'offered' and h.offered_to is null))
order by h.deadline_at, h.id limit $2
"""

# Leads who are to be told something, those waiting longest first, after (time, hand-over id).
OWED = """
select h.offered_at, h.id, h.conversation_id from public.handovers h
where h.lead_owed is not null and h.closed_at is null and (h.offered_at, h.id) > ($1, $2)
order by h.offered_at, h.id limit $3
"""

# Whoever works on a conversation keeps it; nobody waits for it here.
LOCK_FREE = "select id from public.conversations where id = any ($1::uuid[]) order by id for update skip locked"

# One choice at a time per workspace, so that two engines never ask the same member twice in a row.
TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended('handovers ' || $1::text, 0))"

# The state of conversations that wait, with the hand-over that is open. To be read once they and their workspaces are
# locked.
CLAIMED = """
select c.id as conversation_id, c.workspace_id, c.lead_id, l.owner_id, c.waiting_reason as reason,
  h.id as handover_id, coalesce(h.round, 1) as round, h.state, h.offered_to, h.deadline_at,
  coalesce(h.lead_told, '{}') as lead_told, h.lead_owed,
  array(select o.user_id from public.handover_offers o where o.handover_id = h.id and o.round = h.round) as asked
from public.conversations c
join public.leads l on l.id = c.lead_id
left join public.handovers h on h.conversation_id = c.id and h.closed_at is null
where c.id = any ($1::uuid[]) and c.waiting_for_person_since is not null and c.assigned_to is null
order by c.waiting_for_person_since, c.id
"""

# Who may answer leads, and how recently each was asked.
TEAM = """
select m.workspace_id, m.user_id, m.role = 'agent' as is_agent, coalesce((
  select o.place from public.handover_offers o
  where (o.workspace_id, o.user_id) = (m.workspace_id, m.user_id) order by o.place desc limit 1), 0) as last_asked
from public.members m where m.workspace_id = any ($1::uuid[]) and m.role <> 'viewer'
"""

# Answers an offer that stands, and asks the next one.
OPEN = """
insert into public.handovers
  (id, workspace_id, conversation_id, reason, question, summary, state, round, offered_to, offered_at, deadline_at,
   somebody_at, lead_owed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (conversation_id) where closed_at is null do update set
  reason = excluded.reason, question = excluded.question, summary = excluded.summary, state = excluded.state,
  round = excluded.round, offered_to = excluded.offered_to, offered_at = excluded.offered_at,
  deadline_at = excluded.deadline_at, somebody_at = excluded.somebody_at,
  -- What was not told in time is no longer true when it begins anew.
  lead_owed = case when excluded.round > handovers.round then excluded.lead_owed
    else coalesce(excluded.lead_owed, handovers.lead_owed) end
"""
ANSWER = """
update public.handover_offers set answered_at = $2, answer = $3 where handover_id = $1 and answer is null
"""
ASK = """
insert into public.handover_offers (id, workspace_id, handover_id, user_id, round, offered_at)
values ($1, $2, $3, $4, $5, $6)
"""

# What is to be told to whom, in which language, and whether the lead was ever told that a person comes: who was not
# waits for nobody. Locked with the conversation.
TO_TELL = """
select h.id as handover_id, h.conversation_id, h.workspace_id, h.lead_owed, h.somebody_at,
  coalesce((select t.decision ->> 'language' from public.turns t where t.conversation_id = c.id
    and t.decision ->> 'language' is not null order by t.opened_at desc, t.id desc limit 1), l.language, w.language
  ) as language,
  coalesce(l.time_zone, w.time_zone) as time_zone,
  coalesce((select true from public.messages m where m.conversation_id = c.id and m.direction = 'out'
    and m.author = 'bot' and m.sent_at > c.waiting_for_person_since - interval '1 hour'
    and m.gate ->> 'purpose' = 'handover_notice' and m.status <> 'not_sent' limit 1), false) as was_promised
from public.handovers h
join public.conversations c on c.id = h.conversation_id
join public.leads l on l.id = c.lead_id
join public.workspaces w on w.id = c.workspace_id
where c.id = any ($1::uuid[]) and h.lead_owed is not null and h.closed_at is null
"""
TOLD = """
update public.handovers h set lead_owed = null,
  lead_told = case when t.told then h.lead_told || h.lead_owed else h.lead_told end,
  lead_told_at = case when t.told then $3 else h.lead_told_at end
from unnest($1::uuid[], $2::bool[]) as t (id, told) where h.id = t.id
"""

# The conversation of a hand-over that is open, for whoever may see it.
CONVERSATION = "select conversation_id from public.handovers where id = $1 and closed_at is null"

# How long people have, if that is something else than before.
SET_TIMES = """
update public.workspaces set handover_minutes = $2, give_back_hours = $3
where id = $1 and (handover_minutes, give_back_hours) <> ($2, $3) returning id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A conversation that waits for a person, locked, and how far its hand-over has come."""

    conversation_id: str
    workspace_id: str
    lead_id: str
    owner_id: str | None
    reason: str
    handover_id: str | None
    round: int
    state: str | None
    """offered, everybody; None when it was offered to nobody so far."""
    offered_to: str | None
    deadline_at: datetime | None
    lead_told: list[Notice]
    lead_owed: Notice | None
    asked: list[str]
    """In this round."""


class Owed(NamedTuple):
    """A lead who is to be told something."""

    offered_at: datetime
    handover_id: str
    conversation_id: str


FIRST = (datetime.min.replace(tzinfo=UTC), "00000000-0000-0000-0000-000000000000")
"""Before every hand-over."""


class Member(NamedTuple):
    """Somebody who may answer leads."""

    workspace_id: str
    user_id: str
    is_agent: bool
    last_asked: int


@dataclass(frozen=True, slots=True)
class Offered:
    """What was chosen for a conversation."""

    claimed: Claimed
    offered_to: str | None
    """None: everybody."""
    round: int
    deadline_at: datetime | None
    somebody_at: datetime | None
    lead_owed: Notice | None
    before: Answer | None
    """What became of the offer before."""
    question: str | None = None
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToTell:
    """A lead who is to be told something; locked."""

    handover_id: str
    conversation_id: str
    workspace_id: str
    notice: Notice
    somebody_at: datetime | None
    language: str
    time_zone: str
    was_promised: bool


async def waiting(connection: Connection, limit: int) -> list[str]:
    """Return conversations that wait for a person and were offered to nobody."""
    return [row["id"] for row in await connection.fetch(WAITING, limit)]


async def due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Return conversations that go on to the next one."""
    return [row["conversation_id"] for row in await connection.fetch(DUE, now, limit)]


async def owed(connection: Connection, after: tuple[datetime, str], limit: int) -> list[Owed]:
    """Return leads who are to be told something, those after (time, hand-over id)."""
    return [Owed(*row.values()) for row in await connection.fetch(OWED, *after, limit)]


async def lock_free(connection: Connection, conversation_ids: Sequence[str]) -> list[str]:
    """Lock those of these conversations that nobody else works on; return their ids."""
    return [row["id"] for row in await connection.fetch(LOCK_FREE, conversation_ids)] if conversation_ids else []


async def claim(connection: Connection, conversation_ids: Sequence[str]) -> list[Claimed]:
    """Return those of these conversations that still wait, and keep others from choosing in their workspaces.

    The conversations are locked before.
    """
    rows = await connection.fetch(CLAIMED, conversation_ids)
    for workspace_id in sorted({row["workspace_id"] for row in rows}):
        await connection.execute(TAKE_TURNS, workspace_id)
    return [Claimed(*row.values()) for row in await connection.fetch(CLAIMED, conversation_ids)] if rows else []


async def team(connection: Connection, workspace_ids: Sequence[str]) -> list[Member]:
    """Return who may answer leads in workspaces."""
    return [Member(*row.values()) for row in await connection.fetch(TEAM, workspace_ids)]


async def offer(connection: Connection, offers: Sequence[Offered], now: datetime) -> None:
    """Write down what was chosen. The conversations are locked."""
    for each in offers:
        claimed = each.claimed
        handover_id = claimed.handover_id or new_id()
        if each.before is not None:
            await connection.execute(ANSWER, handover_id, now, each.before)
        await connection.execute(
            OPEN,
            handover_id,
            claimed.workspace_id,
            claimed.conversation_id,
            claimed.reason,
            each.question,
            each.summary,
            "everybody" if each.offered_to is None else "offered",
            each.round,
            each.offered_to,
            now,
            each.deadline_at,
            each.somebody_at,
            each.lead_owed,
        )
        if each.offered_to is not None:
            await connection.execute(ASK, new_id(), claimed.workspace_id, handover_id, each.offered_to, each.round, now)


async def to_tell(connection: Connection, conversation_ids: Sequence[str]) -> list[ToTell]:
    """Return what leads of locked conversations are to be told."""
    return [ToTell(*row.values()) for row in await connection.fetch(TO_TELL, conversation_ids)]


async def told(connection: Connection, handovers: Sequence[tuple[str, bool]], now: datetime) -> None:
    """Note of hand-overs that nothing is owed to the lead any more: (id, whether the lead was told)."""
    await connection.execute(TOLD, [each for each, _ in handovers], [was for _, was in handovers], now)


async def conversation_of(connection: Connection, handover_id: str) -> str | None:
    """Return the conversation of a hand-over that is open; None when there is none, or not for the reader to see."""
    found: str | None = await connection.fetchval(CONVERSATION, handover_id)
    return found


async def set_times(connection: Connection, workspace_id: str, handover_minutes: int, give_back_hours: int) -> bool:
    """Set how long people of a workspace have; False when it stood so already."""
    return await connection.fetchval(SET_TIMES, workspace_id, handover_minutes, give_back_hours) is not None
