"""Changes of meetings that workflows are told of, and what a calendar elsewhere calls our entries.

A trigger on `public.meetings` writes the changes down, so that nobody who changes a meeting has to remember it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from lead_reviver.storage.database import Connection

Event = Literal["booked", "moved", "cancelled", "happened", "no_show"]

# The oldest untold change of each entry whose time has come. Whoever takes one has it for a while.
CLAIM = """
with due as (
  select e.id from engine.meeting_events e
  where e.state = 'waiting' and e.due_at <= now() and not exists (
    select from engine.meeting_events p
    where p.state = 'waiting' and (p.workspace_id, p.calendar_uid) = (e.workspace_id, e.calendar_uid) and p.id < e.id)
  order by e.id limit $2 for update skip locked
), claimed as (
  update engine.meeting_events e set due_at = now() + $1::interval from due where e.id = due.id returning e.*
)
select c.id, c.event_id, c.workspace_id, c.event, c.meeting_id, c.calendar_uid, c.agent_id, c.lead_id,
  c.conversation_id, c.kind, c.starts_at, c.ends_at, c.time_zone, c.sequence, c.changed_by, c.occurred_at, c.attempts,
  n.external_id, n.external_url
from claimed c
left join engine.meeting_entries n
  on (n.workspace_id, n.calendar_uid, n.agent_id) = (c.workspace_id, c.calendar_uid, c.agent_id)
order by c.id
"""

# What was given up about the same entry has nothing to say any more.
DELIVERED = """
with told as (
  update engine.meeting_events set state = 'delivered', reason = null where id = $1
  returning id, workspace_id, calendar_uid, agent_id
)
update engine.meeting_events p set state = 'overtaken' from told t
where p.state = 'parked' and (p.workspace_id, p.calendar_uid) = (t.workspace_id, t.calendar_uid)
  and p.agent_id is not distinct from t.agent_id and p.id < t.id
"""

FAILED = """
update engine.meeting_events set attempts = attempts + 1, reason = $2, due_at = now() + $3::interval,
  state = case when attempts + 1 >= $4 then 'parked' else 'waiting' end
where id = $1 and state = 'waiting' returning state
"""

# No fault of theirs: n8n is away.
POSTPONE = """
update engine.meeting_events set due_at = now() + $2::interval where id = any ($1::bigint[]) and state = 'waiting'
"""

KEEP_ENTRY = """
insert into engine.meeting_entries (workspace_id, calendar_uid, agent_id, external_id, external_url)
select $1, $2, $3, $4, $5 from public.workspaces where id = $1
on conflict (workspace_id, calendar_uid, agent_id)
  do update set external_id = excluded.external_id, external_url = excluded.external_url, changed_at = now()
"""
FORGET_ENTRY = "delete from engine.meeting_entries where (workspace_id, calendar_uid, agent_id) = ($1, $2, $3)"

PARKED = """
select e.id, e.event, e.kind, e.starts_at, e.time_zone, e.occurred_at, e.attempts, e.reason, e.conversation_id,
  l.name as lead_name
from engine.meeting_events e left join public.leads l on (l.workspace_id, l.id) = (e.workspace_id, e.lead_id)
where e.workspace_id = $1 and e.state = 'parked' order by e.id desc limit 100
"""

UNPARK = """
update engine.meeting_events set state = 'waiting', attempts = 0, due_at = now()
where id = $1 and workspace_id = $2 and state = 'parked' returning id
"""


@dataclass(frozen=True, slots=True)
class MeetingEvent:
    """A change of a meeting, as it was when it was made."""

    id: int
    event_id: str
    """The same however often it is told."""
    workspace_id: str
    event: Event
    meeting_id: str
    calendar_uid: str
    """One for all meetings that were moved one to the other."""
    agent_id: str | None
    lead_id: str
    conversation_id: str | None
    kind: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    """The lead's."""
    sequence: int
    changed_by: Literal["lead", "person"] | None
    occurred_at: datetime
    attempts: int
    external_id: str | None
    """What the calendar elsewhere calls the entry; None while it is not known."""
    external_url: str | None


@dataclass(frozen=True, slots=True)
class ParkedMeetingEvent:
    """A change that no workflow could be told of."""

    id: int
    event: str
    kind: str
    starts_at: datetime
    time_zone: str
    occurred_at: datetime
    attempts: int
    reason: str | None
    conversation_id: str | None
    lead_name: str | None


async def claim(connection: Connection, lease: timedelta, limit: int) -> list[MeetingEvent]:
    """Take changes to tell, at most one of each entry; nobody else does for as long as the lease."""
    return [MeetingEvent(*row.values()) for row in await connection.fetch(CLAIM, lease, limit)]


async def delivered(
    connection: Connection, event: MeetingEvent, external_id: str | None, external_url: str | None
) -> None:
    """Write down that a workflow was told, and what it calls the entry; None leaves what is known of that."""
    await connection.execute(DELIVERED, event.id)
    if event.event == "cancelled":
        await connection.execute(FORGET_ENTRY, event.workspace_id, event.calendar_uid, event.agent_id)
    elif external_id is not None and event.agent_id is not None:
        entry = (event.workspace_id, event.calendar_uid, event.agent_id, external_id, external_url)
        await connection.execute(KEEP_ENTRY, *entry)


async def failed(connection: Connection, event_id: int, reason: str, wait: timedelta, most_attempts: int) -> bool:
    """Write down that telling did not work; True when it is given up until a person lets it go on."""
    return bool(await connection.fetchval(FAILED, event_id, reason, wait, most_attempts) == "parked")


async def postpone(connection: Connection, event_ids: Sequence[int], wait: timedelta) -> None:
    """Give changes back untold, without counting it."""
    await connection.execute(POSTPONE, event_ids, wait)


async def parked(connection: Connection, workspace_id: str) -> list[ParkedMeetingEvent]:
    """Return what a workspace's workflows could not be told, newest first."""
    return [ParkedMeetingEvent(*row.values()) for row in await connection.fetch(PARKED, workspace_id)]


async def unpark(connection: Connection, event_id: int, workspace_id: str) -> bool:
    """Let a change be told again; False when it is not parked here."""
    return await connection.fetchval(UNPARK, event_id, workspace_id) is not None
