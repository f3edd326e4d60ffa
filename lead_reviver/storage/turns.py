"""Turns: gathered, leased, answered once, retried, parked."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec

from lead_reviver.decide.conversation import Decision, Line
from lead_reviver.storage import approvals
from lead_reviver.storage.database import Connection, Pool, new_id
from lead_reviver.storage.lines import line_of

# Messages join the turn that gathers in their conversation; it is ready after a quiet time, or at its limit.
GATHER = """
insert into public.turns (id, workspace_id, conversation_id, ready_at)
select id, workspace_id, conversation_id, now() + $4 from unnest($1::uuid[], $2::uuid[], $3::uuid[])
  as g (id, workspace_id, conversation_id)
on conflict (conversation_id) where state = 'gathering' do update set
  last_message_at = now(), ready_at = greatest(least(now() + $4, turns.opened_at + $5), now())
returning id, conversation_id
"""

# Messages belong to the turn that will answer them. A turn that was given up is answered together with them, so that
# nobody is left without a word.
ASSIGN = """
with parked as (
  update public.turns p set state = 'superseded', reason = 'answered together with newer messages', finished_at = now()
  from unnest($3::uuid[], $4::uuid[]) as g (turn_id, conversation_id)
  where p.conversation_id = g.conversation_id and p.state = 'parked'
  returning p.id, p.conversation_id, g.turn_id
), not_waiting as (
  update public.conversations c set waiting_for_person_since = null, waiting_reason = null
  from parked where c.id = parked.conversation_id
), revived as (
  update public.messages m set turn_id = parked.turn_id from parked where m.turn_id = parked.id and m.direction = 'in'
)
update public.messages m set turn_id = a.turn_id
from unnest($1::uuid[], $2::uuid[]) as a (message_id, turn_id) where m.id = a.message_id
"""

# Turns that may run now, oldest first: quiet ones of conversations with nothing in flight, those whose send may
# be settled, and those whose relay was lost.
CLAIM = """
with quiet as (
  select t.id, t.ready_at as due from public.turns t
  where t.state in ('gathering', 'settling') and t.ready_at <= now() and (t.state = 'settling' or not exists (
    select from public.turns f where f.conversation_id = t.conversation_id and f.state in ('running', 'settling')))
  order by t.ready_at limit $1 for update of t skip locked
), lost as (
  select t.id, t.lease_until as due from public.turns t
  where t.state = 'running' and t.lease_until < now()
  order by t.lease_until limit $1 for update of t skip locked
), due as (
  select id from (select * from quiet union all select * from lost) d order by due limit $1
)
update public.turns t set state = 'running', lease = $2, lease_until = now() + $3, runner = $4,
  attempts = t.attempts + (t.state <> 'settling')::int, started_at = coalesce(t.started_at, now())
from due where t.id = due.id
returning t.id, t.attempts
"""

# When the next turn is due, in seconds; null when none waits.
NEXT_DUE = """
select extract(epoch from least(
  (select min(ready_at) from public.turns where state in ('gathering', 'settling') and ready_at > now()),
  (select min(lease_until) from public.turns where state = 'running')
) - now())::float8
"""

EXTEND = """
update public.turns set lease_until = now() + $2 where lease = $1 and state = 'running'
"""

# Another runner takes over what a lease still holds; whoever held it is fenced off from here on.
TAKE_OVER = """
update public.turns set lease = $2, lease_until = now() + $3, runner = $4
where lease = $1 and state = 'running' returning id
"""

HELD = "select id from public.turns where lease = $1 and state = 'running'"

# What became of turns, for the branches of the workflow: only what is worth knowing outside.
OUTCOMES = """
select t.id as turn_id, t.workspace_id, t.conversation_id, c.lead_id, t.state, t.reason,
  t.decision ->> 'stage' as stage, t.decision ->> 'book' as meeting_id
from public.turns t join public.conversations c on c.id = t.conversation_id
where t.id = any ($1::uuid[])
"""

# Turns that are still held by the lease they came with, and what their conversation's state is worth.
FENCED = """
select t.id, t.conversation_id, t.superseded_count, c.state_version, c.mode, t.decision,
  (select p.id from public.playbooks p where p.workspace_id = t.workspace_id and p.published_at is not null
   order by p.published_at desc limit 1) as playbook_id
from public.turns t
join unnest($1::uuid[], $2::uuid[]) as k (id, lease) on t.id = k.id and t.lease = k.lease
join public.conversations c on c.id = t.conversation_id
where t.state = 'running'
"""
# The same, and nobody else may claim them meanwhile. The conversations are locked before.
FENCED_AND_LOCKED = FENCED + "for update of t"

# What the lead wrote in these turns, oldest first.
MESSAGES = """
select m.turn_id, m.id as message_id, m.direction, m.author, m.kind, m.body, m.content, m.sent_at, m.wamid,
  m.transcript
from public.messages m
where m.turn_id = any ($1::uuid[]) and m.direction = 'in' and m.deleted_at is null
order by m.sent_at, m.id
"""

# End turns; the decision was written with the send, or comes now.
FINISH = """
update public.turns t set state = f.state, lease = null, lease_until = null, reason = f.reason, finished_at = now(),
  decision = coalesce(f.decision, t.decision), model = coalesce(f.decision ->> 'model', t.model),
  tokens_in = coalesce((f.decision ->> 'tokens_in')::int, t.tokens_in),
  tokens_out = coalesce((f.decision ->> 'tokens_out')::int, t.tokens_out),
  tokens_cached = coalesce((f.decision ->> 'tokens_cached')::int, t.tokens_cached),
  cost_minor = coalesce((f.decision ->> 'cost_minor')::bigint, t.cost_minor),
  cost_currency = coalesce(f.decision ->> 'cost_currency', t.cost_currency),
  cost_micros = coalesce((f.decision ->> 'cost_micros')::bigint, t.cost_micros),
  took_ms = coalesce((f.decision ->> 'took_ms')::int, t.took_ms)
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[]) as f (id, lease, state, reason, decision)
where t.id = f.id and t.lease = f.lease
returning t.id
"""

# Wait for a send to be settled, or for its next try.
SETTLE_LATER = """
update public.turns t set state = 'settling', lease = null, lease_until = null, ready_at = now() + s.wait,
  reason = s.reason
from unnest($1::uuid[], $2::uuid[], $3::interval[], $4::text[]) as s (id, lease, wait, reason)
where t.id = s.id and t.lease = s.lease
"""

# A status settled a send: the turn can go on at once.
SETTLED = "update public.turns set ready_at = now() where id = any ($1::uuid[]) and state = 'settling'"

# Try again later; when newer messages gather already, they are answered together.
RETRY = """
update public.turns t set state = 'gathering', lease = null, lease_until = null, ready_at = now() + $3, reason = $4,
  attempts = t.attempts - (not $5)::int
where t.id = $1 and t.lease = $2
"""

# The turn's messages go to the turn that gathers in the same conversation.
HAND_ON = """
with newer as (
  select n.id, t.id as old_id, t.opened_at, t.superseded_count from public.turns t
  join public.turns n on n.conversation_id = t.conversation_id and n.state = 'gathering'
  where t.id = $1 and t.lease = $2 and t.id <> n.id
), moved as (
  update public.messages m set turn_id = newer.id from newer where m.turn_id = newer.old_id and m.direction = 'in'
), joined as (
  update public.turns n set opened_at = newer.opened_at, superseded_count = newer.superseded_count + 1
  from newer where n.id = newer.id
)
update public.turns t set state = 'superseded', lease = null, lease_until = null, finished_at = now(), reason = $3
from newer where t.id = newer.old_id
returning t.id
"""

# A person asked for another try of a parked turn.
UNPARK = """
update public.turns t set state = 'gathering', attempts = 0, ready_at = now(), finished_at = null, reason = null
where t.id = $1 and t.state = 'parked'
  and not exists (select from public.turns g where g.conversation_id = t.conversation_id and g.state = 'gathering')
returning workspace_id, conversation_id
"""

# A person took over: what the bot gathers is theirs to answer.
DROP_GATHERING = """
update public.turns set state = 'superseded', finished_at = now(), reason = $2
where conversation_id = $1 and state in ('gathering', 'parked')
"""

# Written down together with the send, so that no crash loses why it was sent.
REMEMBER_DECISIONS = """
update public.turns t set decision = d.decision, model = d.decision ->> 'model'
from unnest($1::uuid[], $2::jsonb[]) as d (id, decision) where t.id = d.id
"""

# The conversation first: whoever writes to one locks it before its turns.
LOCK_WITH_CONVERSATION = """
with locked as (
  select c.id from public.conversations c
  where c.id = (select conversation_id from public.turns where id = $1 and lease = $2) for update
)
select t.conversation_id, t.attempts, exists (select from engine.outbox o
  where o.turn_id = t.id and o.state not in ('failed', 'cancelled')) as written_down
from public.turns t join locked on locked.id = t.conversation_id
where t.id = $1 and t.lease = $2
"""

CLAIM_TRIES = 3
UNFINISHED = ("gathering", "running", "settling", "parked")
COUNT_BY_STATE = """
select state, count(*) as turns, coalesce(max(extract(epoch from now() - opened_at)), 0)::float8 as oldest
from public.turns where state in ('gathering', 'running', 'settling', 'parked') group by state
"""


@dataclass(frozen=True, slots=True)
class Fenced:
    """A turn that the caller still holds."""

    id: str
    conversation_id: str
    superseded_count: int
    state_version: int
    mode: str
    decision: dict[str, Any] | None
    """What an earlier run decided and wrote down to be sent."""
    playbook_id: str | None
    """The one in force now, whatever a cached state says: a listing that was sold is sold at once."""


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """How a turn stands after a run."""

    turn_id: str
    workspace_id: str
    conversation_id: str
    lead_id: str
    state: str
    reason: str | None
    stage: str | None
    """The stage that the decision moved the lead to; None when it did not."""
    meeting_id: str | None
    """The meeting that was booked; None when none was."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a turn was tried."""

    conversation_id: str
    attempts: int
    written_down: bool
    """Its answer is in the outbox and may be sent yet: no other answer may take its place."""


async def gather(
    connection: Connection,
    conversations: Mapping[str, tuple[str, Sequence[str]]],
    quiet: timedelta,
    limit: timedelta,
) -> dict[str, str]:
    """Put messages into the gathering turns of their conversations; return turn ids by conversation id.

    `conversations` maps a conversation id to its workspace id and the ids of the messages to answer.
    """
    ids = list(conversations)
    rows = await connection.fetch(
        GATHER, [new_id() for _ in ids], [conversations[each][0] for each in ids], ids, quiet, limit
    )
    turns = {row["conversation_id"]: row["id"] for row in rows}
    pairs = [(message, turns[each]) for each in ids for message in conversations[each][1]]
    await connection.execute(
        ASSIGN, [message for message, _ in pairs], [turn for _, turn in pairs], list(turns.values()), list(turns)
    )
    return turns


async def claim(pool: Pool, lease: str, lease_for: timedelta, limit: int, runner: str) -> list[tuple[str, int]]:
    """Lease turns that are due; return (turn id, attempts so far) of each."""
    for _ in range(CLAIM_TRIES):
        # Another relay that was faster with one of them is no reason to leave the others waiting.
        with contextlib.suppress(asyncpg.UniqueViolationError):
            rows = await pool.fetch(CLAIM, limit, lease, lease_for, runner)
            return [(row["id"], row["attempts"]) for row in rows]
    return []


async def seconds_until_next(pool: Pool) -> float | None:
    """Return how long until a turn is due; None when none waits."""
    seconds: float | None = await pool.fetchval(NEXT_DUE)
    return seconds


async def extend(pool: Pool, lease: str, lease_for: timedelta) -> None:
    """Hold the turns of a lease for longer."""
    await pool.execute(EXTEND, lease, lease_for)


async def take_over(pool: Pool, lease: str, new_lease: str, lease_for: timedelta, runner: str) -> list[str]:
    """Give what a lease still holds to another runner under a new lease; return the ids of the turns."""
    return [row["id"] for row in await pool.fetch(TAKE_OVER, lease, new_lease, lease_for, runner)]


async def held(connection: Connection | Pool, lease: str) -> list[str]:
    """Return the ids of the turns that a lease still holds."""
    return [row["id"] for row in await connection.fetch(HELD, lease)]


async def outcomes(connection: Connection | Pool, turn_ids: Sequence[str]) -> list[TurnOutcome]:
    """Return how turns stand now."""
    return [TurnOutcome(*row.values()) for row in await connection.fetch(OUTCOMES, turn_ids)]


async def fenced(connection: Connection, held: Mapping[str, str]) -> dict[str, Fenced]:
    """Return those of the turns (id -> lease) that are still held by their lease."""
    rows = await connection.fetch(FENCED, list(held), list(held.values()))
    return {row["id"]: Fenced(*row.values()) for row in rows}


async def fenced_and_locked(connection: Connection, held: Mapping[str, str]) -> dict[str, Fenced]:
    """Return those of the turns (id -> lease) that are still held, and hold them until the transaction ends."""
    rows = await connection.fetch(FENCED_AND_LOCKED, list(held), list(held.values()))
    return {row["id"]: Fenced(*row.values()) for row in rows}


async def messages(connection: Connection, turn_ids: Sequence[str]) -> dict[str, list[Line]]:
    """Return what the lead wrote, by turn id, oldest first."""
    lines: dict[str, list[Line]] = {each: [] for each in turn_ids}
    for row in await connection.fetch(MESSAGES, turn_ids):
        lines[row["turn_id"]].append(line_of(row))
    return lines


async def finish(
    connection: Connection, ended: Sequence[tuple[str, str, str, str | None, Decision | None]]
) -> set[str]:
    """End turns: (id, lease, state, reason, decision). Return the ids of those the lease still held."""
    rows = await connection.fetch(
        FINISH,
        *([each[n] for each in ended] for n in range(4)),
        [None if each[4] is None else msgspec.to_builtins(each[4]) for each in ended],
    )
    return {row["id"] for row in rows}


async def settle_later(connection: Connection, turns: Sequence[tuple[str, str, timedelta, str]]) -> None:
    """Let turns (id, lease, wait, reason) wait until their send is settled."""
    if turns:
        await connection.execute(SETTLE_LATER, *([each[n] for each in turns] for n in range(4)))


async def settled(connection: Connection, turn_ids: Sequence[str]) -> None:
    """Let turns go on whose send a status has settled."""
    await connection.execute(SETTLED, turn_ids)


async def retry(
    connection: Connection, turn_id: str, lease: str, wait: timedelta, reason: str, *, counts: bool = True
) -> None:
    """Try a turn again after `wait`, or hand its messages to the turn that gathers already.

    A try that does not count is one that failed for nothing of the turn's own.
    """
    if not await hand_on(connection, turn_id, lease, reason):
        await connection.execute(RETRY, turn_id, lease, wait, reason, counts)


async def hand_on(connection: Connection, turn_id: str, lease: str, reason: str) -> bool:
    """Give a turn's messages to the newer turn of its conversation; False when there is none."""
    return await connection.fetchval(HAND_ON, turn_id, lease, reason) is not None


async def remember_decisions(connection: Connection, decisions: Mapping[str, Decision]) -> None:
    """Write down what was decided about turns, by turn id."""
    if decisions:
        encoded = [msgspec.to_builtins(each) for each in decisions.values()]
        await connection.execute(REMEMBER_DECISIONS, list(decisions), encoded)


async def lock_with_conversation(connection: Connection, turn_id: str, lease: str) -> Tries | None:
    """Lock a turn's conversation and return how often the turn was tried; None when the lease is lost."""
    row = await connection.fetchrow(LOCK_WITH_CONVERSATION, turn_id, lease)
    return Tries(*row.values()) if row else None


async def unpark(connection: Connection, turn_id: str) -> tuple[str, str] | None:
    """Let a parked turn run again; return (workspace id, conversation id), or None when it is not parked."""
    row = await connection.fetchrow(UNPARK, turn_id)
    return (row["workspace_id"], row["conversation_id"]) if row else None


async def drop_gathering(connection: Connection, conversation_id: str, reason: str) -> None:
    """Forget what the bot was about to answer, since a person does, and what it proposed to say."""
    await connection.execute(DROP_GATHERING, conversation_id, reason)
    await approvals.withdraw(connection, [conversation_id], reason)


async def count_by_state(pool: Pool) -> dict[str, tuple[int, float]]:
    """Return (number, age of the oldest in seconds) of unfinished turns by state, also of a state that has none."""
    rows: list[Any] = await pool.fetch(COUNT_BY_STATE)
    none: dict[str, tuple[int, float]] = dict.fromkeys(UNFINISHED, (0, 0.0))
    return none | {row["state"]: (row["turns"], row["oldest"]) for row in rows}
