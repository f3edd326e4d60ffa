"""Calendars that members keep elsewhere: where they are, what they say, and what of ours stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from lead_reviver.storage.database import Connection, new_id

Source = Literal["caldav", "workflow"]

# Meetings that a member's calendar does not show as they are, newest version of each. One that was moved to a colleague
# leaves this calendar; one that was called off before it was written never comes into it.
_PENDING = """
select a.workspace_id, a.user_id as agent_id, coalesce(m.calendar_uid, m.id) as calendar_uid, m.id as meeting_id,
  m.state = 'booked' as stands, m.sequence, coalesce(e.attempts, 0) as attempts
from engine.agent_calendars a
join public.meetings m on (m.workspace_id, m.agent_id) = (a.workspace_id, a.user_id)
  and m.state in ('booked', 'cancelled') and m.ends_at > now() - interval '1 day'
left join engine.calendar_events e on (e.workspace_id, e.agent_id, e.calendar_uid)
  = (a.workspace_id, a.user_id, coalesce(m.calendar_uid, m.id))
where coalesce(e.sequence, -1) < m.sequence and (m.state = 'booked' or coalesce(e.sequence, -1) >= 0)
  and not exists (select from public.meetings s where (s.workspace_id, s.moved_from) = (m.workspace_id, m.id)
    and s.agent_id = m.agent_id and s.state <> 'held')
"""
PENDING = _PENDING + "  and (a.workspace_id, a.user_id) = ($1, $2) order by m.starts_at limit 200"

# Calendars whose time has come, or that lack a meeting. Whoever takes one has it for a while.
_LACKS = _PENDING + "  and (a.workspace_id, a.user_id) = (c.workspace_id, c.user_id)"
CLAIM = """
update engine.agent_calendars c set due_at = now() + $1
where (c.workspace_id, c.user_id) in (
  select c.workspace_id, c.user_id from engine.agent_calendars c
  where c.due_at <= now() or (c.failures = 0 and exists ({lacks}))
  order by c.due_at limit $2 for update skip locked
)
returning c.workspace_id, c.user_id, c.url, c.username, c.failures,
  coalesce((select a.time_zone from public.availability a
    where (a.workspace_id, a.user_id) = (c.workspace_id, c.user_id) limit 1),
  (select w.time_zone from public.workspaces w where w.id = c.workspace_id)) as time_zone
""".replace("{lacks}", _LACKS)

WORKED = """
update engine.agent_calendars set synced_at = now(), problem = null, failures = 0
where (workspace_id, user_id) = ($1, $2)
"""
FAILED = """
update engine.agent_calendars set problem = $3, failures = failures + 1, due_at = now() + $4
where (workspace_id, user_id) = ($1, $2)
"""

CONNECT = """
insert into engine.agent_calendars (workspace_id, user_id, url, username) values ($1, $2, $3, $4)
on conflict (workspace_id, user_id) do update set url = excluded.url, username = excluded.username, due_at = now(),
  problem = null, failures = 0, synced_at = null
"""
FORGET_EVENTS = "delete from engine.calendar_events where (workspace_id, agent_id) = ($1, $2)"
DISCONNECT = "delete from engine.agent_calendars where (workspace_id, user_id) = ($1, $2)"
FORGET_PASSWORD = "delete from engine.secrets where workspace_id = $1 and name = $2"  # noqa: S105 - SQL
ACCOUNT = """
select url, username, synced_at, problem from engine.agent_calendars where (workspace_id, user_id) = ($1, $2)
"""

NOTE = """
insert into engine.calendar_events as e (workspace_id, agent_id, calendar_uid, state, sequence, attempts, reason)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (workspace_id, agent_id, calendar_uid) do update set state = excluded.state, attempts = excluded.attempts,
  reason = excluded.reason, changed_at = now(),
  sequence = case when excluded.state = 'waiting' then e.sequence else excluded.sequence end
"""

FREE = "delete from public.busy_times where (workspace_id, user_id, source) = ($1, $2, $3)"
ADD_BUSY = """
insert into public.busy_times (id, workspace_id, user_id, source, starts_at, ends_at)
select b.id, $1, $2, $3, b.starts_at, b.ends_at
from unnest($4::uuid[], $5::timestamptz[], $6::timestamptz[]) as b (id, starts_at, ends_at)
"""
IS_MEMBER = "select exists (select from public.members where (workspace_id, user_id) = ($1, $2) and role <> 'viewer')"


class Account(NamedTuple):
    """A member's calendar."""

    workspace_id: str
    user_id: str
    url: str
    username: str
    failures: int
    time_zone: str
    """Of the member's hours, else of the workspace."""

    @property
    def secret(self) -> str:
        """The name of its password in the vault."""
        return secret_of(self.user_id)


@dataclass(frozen=True, slots=True)
class Pending:
    """A meeting that a calendar does not show as it is."""

    workspace_id: str
    agent_id: str
    calendar_uid: str
    meeting_id: str
    stands: bool
    sequence: int
    attempts: int


class Connected(NamedTuple):
    """How a member's calendar does."""

    url: str
    username: str
    synced_at: datetime | None
    problem: str | None


def secret_of(user_id: str) -> str:
    """Return the name of a calendar's password in the vault."""
    return f"calendar:{user_id}"


async def claim(connection: Connection, lease: timedelta, limit: int) -> list[Account]:
    """Take calendars whose time has come; nobody else does for as long as the lease."""
    return [Account(*row.values()) for row in await connection.fetch(CLAIM, lease, limit)]


async def pending(connection: Connection, account: Account) -> list[Pending]:
    """Return what is to be written or removed, soonest meeting first."""
    return [Pending(*row.values()) for row in await connection.fetch(PENDING, account.workspace_id, account.user_id)]


async def note(
    connection: Connection, event: Pending, state: Literal["waiting", "written", "removed"], reason: str | None = None
) -> None:
    """Write down how a meeting stands in the calendar now."""
    attempts = event.attempts + 1 if state == "waiting" else 0
    sequence = event.sequence if state != "waiting" else -1
    await connection.execute(
        NOTE, event.workspace_id, event.agent_id, event.calendar_uid, state, sequence, attempts, reason
    )


async def worked(connection: Connection, account: Account) -> None:
    """Write down that a calendar answered."""
    await connection.execute(WORKED, account.workspace_id, account.user_id)


async def failed(connection: Connection, account: Account, problem: str, wait: timedelta) -> None:
    """Write down that it did not, and when to try again."""
    await connection.execute(FAILED, account.workspace_id, account.user_id, problem, wait)


async def set_busy(
    connection: Connection,
    workspace_id: str,
    user_id: str,
    source: Source,
    times: Sequence[tuple[datetime, datetime]],
) -> None:
    """Say when a member is busy by one source, in place of what it said before."""
    await connection.execute(FREE, workspace_id, user_id, source)
    await connection.execute(
        ADD_BUSY,
        workspace_id,
        user_id,
        source,
        [new_id() for _ in times],
        [starts_at for starts_at, _ in times],
        [ends_at for _, ends_at in times],
    )


async def connect(connection: Connection, workspace_id: str, user_id: str, url: str, username: str) -> None:
    """Take a member's calendar, in place of another one."""
    await connection.execute(FORGET_EVENTS, workspace_id, user_id)
    await connection.execute(CONNECT, workspace_id, user_id, url, username)


async def disconnect(connection: Connection, workspace_id: str, user_id: str) -> None:
    """Forget a member's calendar, its password and what it said."""
    await connection.execute(DISCONNECT, workspace_id, user_id)
    await connection.execute(FORGET_PASSWORD, workspace_id, secret_of(user_id))
    await connection.execute(FREE, workspace_id, user_id, "caldav")


async def account(connection: Connection, workspace_id: str, user_id: str) -> Connected | None:
    """Return how a member's calendar does; None when none is connected."""
    row = await connection.fetchrow(ACCOUNT, workspace_id, user_id)
    return None if row is None else Connected(*row.values())


async def takes_meetings(connection: Connection, workspace_id: str, user_id: str) -> bool:
    """Whether somebody is a member who can have meetings."""
    return bool(await connection.fetchval(IS_MEMBER, workspace_id, user_id))
