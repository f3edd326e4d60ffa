"""The inbox: every event of every signed webhook, durable before Meta gets its 200."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lead_reviver.storage.database import Connection, Pool

NOTIFY_INBOX = "lead_reviver_inbox"
"""Channel that wakes relays when events arrived."""

_INTAKE_LOCK = 0x1EAD0001

# Keep events, drop those already there by key, and wake the relays with the commit. One round trip. Numbered as they
# came, but written in the order of their keys, so that two writers with the same events cannot block each other.
KEEP = """
with came as materialized (
  select nextval('engine.inbox_id_seq') as id, e.* from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[]
  ) as e (event_key, kind, phone_number_id, sender, wamid, payload, occurred_at)
), kept as (
  insert into engine.inbox (id, event_key, kind, phone_number_id, sender, wamid, payload, occurred_at)
  overriding system value
  select * from came order by event_key collate "C"
  on conflict (event_key) do nothing
  returning 1
)
select (select count(*) from kept) from pg_notify($8, '')
"""

# A gateway takes webhooks now; after a pause of more than 5 seconds it has done so since now.
BEAT = """
insert into engine.gateway_beat as b (id) values (1)
on conflict (id) do update set last_beat = now(),
  up_since = case when b.last_beat < now() - interval '5 seconds' then now() else b.up_since end
"""

# The oldest events nobody has applied yet: statuses, or everything else.
NEXT = """
select id, kind, phone_number_id, payload, received_at from engine.inbox
where state = 'new' and (kind = 'status') = $2 order by id limit $1
"""

THIS = "select id, kind, phone_number_id, payload, received_at from engine.inbox where id = $1 and state = 'new'"

# What waits to be applied: anything but statuses, statuses.
WAITING = """
select exists (select from engine.inbox where state = 'new' and kind <> 'status') as events,
  exists (select from engine.inbox where state = 'new' and kind = 'status') as statuses
"""

# Say what became of events.
SETTLE = """
update engine.inbox i set state = s.state, reason = s.reason
from unnest($1::bigint[], $2::text[], $3::text[]) as s (id, state, reason)
where i.id = s.id
"""

# Events of a workspace's numbers that could not be applied.
PARKED = """
select id, kind, reason, received_at from engine.inbox
where state = 'parked' and phone_number_id in (select phone_number_id from public.channels where workspace_id = $1)
order by id desc limit 100
"""

# A person asked for another try.
UNPARK = """
update engine.inbox set state = 'new', reason = null
where id = $1 and state = 'parked'
  and phone_number_id in (select phone_number_id from public.channels where workspace_id = $2)
returning id
"""

# Older than Meta may repeat them (7 days) with a margin; parked ones stay until a person has looked.
PURGE = """
delete from engine.inbox where id in (
  select id from engine.inbox where received_at < now() - $1::interval and state <> 'parked' limit 5000
)
"""


class InboxRow(Protocol):
    """One event to keep: the fields of `whatsapp.webhook.WebhookEvent`, which the gateway hands on as it is."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def phone_number_id(self) -> str | None: ...  # noqa: D102
    @property
    def sender(self) -> str | None: ...  # noqa: D102
    @property
    def wamid(self) -> str | None: ...  # noqa: D102
    @property
    def payload(self) -> str: ...  # noqa: D102
    @property
    def occurred_at(self) -> datetime: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event to apply."""

    id: int
    kind: str
    phone_number_id: str | None
    payload: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an event: done, kept, orphan or parked, and why."""

    id: int
    state: str
    reason: str | None = None


async def keep(pool: Pool, rows: Sequence[InboxRow]) -> int:
    """Commit events; return how many were new. Duplicates, also within `rows`, are dropped by key."""
    columns = (
        [each.key for each in rows],
        [each.kind for each in rows],
        [each.phone_number_id for each in rows],
        [each.sender for each in rows],
        [each.wamid for each in rows],
        [each.payload for each in rows],
        [each.occurred_at for each in rows],
    )
    return int(await pool.fetchval(KEEP, *columns, NOTIFY_INBOX, timeout=10))


async def beat(pool: Pool) -> None:
    """Say that webhooks can reach us, which is what makes the silence about a send mean something."""
    await pool.execute(BEAT, timeout=5)


async def only_me(connection: Connection, *, wait: bool = False) -> bool:
    """Whether this transaction may apply events: one relay at a time, so that order is kept. `wait` for our turn."""
    if wait:
        await connection.execute("select pg_advisory_xact_lock($1)", _INTAKE_LOCK)
        return True
    return bool(await connection.fetchval("select pg_try_advisory_xact_lock($1)", _INTAKE_LOCK))


async def next_events(connection: Connection, limit: int, *, statuses: bool) -> list[StoredEvent]:
    """Return the oldest events not yet applied, in order of arrival: statuses, or everything but them."""
    return [StoredEvent(*row.values()) for row in await connection.fetch(NEXT, limit, statuses)]


async def waiting(pool: Pool) -> tuple[bool, bool]:
    """Return whether events other than statuses, and whether statuses, wait to be applied."""
    row = await pool.fetchrow(WAITING)
    return (row["events"], row["statuses"]) if row else (False, False)


async def this_event(connection: Connection, event_id: int) -> list[StoredEvent]:
    """Return one event if it is still to be applied."""
    return [StoredEvent(*row.values()) for row in await connection.fetch(THIS, event_id)]


async def settle(connection: Connection, fates: Iterable[Fate]) -> None:
    """Write down what became of events."""
    rows = list(fates)
    await connection.execute(
        SETTLE, [each.id for each in rows], [each.state for each in rows], [each.reason for each in rows]
    )


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that could not be applied; kept until a person has looked."""

    id: int
    kind: str
    reason: str | None
    received_at: datetime


async def parked(connection: Connection, workspace_id: str) -> list[ParkedEvent]:
    """Return the events of a workspace that could not be applied, newest first."""
    return [ParkedEvent(*row.values()) for row in await connection.fetch(PARKED, workspace_id)]


async def unpark(connection: Connection, event_id: int, workspace_id: str) -> bool:
    """Let an event be applied again; False when it is not parked here."""
    return await connection.fetchval(UNPARK, event_id, workspace_id) is not None


async def purge(pool: Pool, keep_for: timedelta = timedelta(days=9)) -> int:
    """Delete old events, at most 5,000 at a time; return how many."""
    return int((await pool.execute(PURGE, keep_for)).rsplit(" ", 1)[1])
