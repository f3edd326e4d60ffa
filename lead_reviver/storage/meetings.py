"""Meetings: what is booked, what is held while a lead decides, and what agents' calendars say."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg

from lead_reviver.decide.conversation import Appointment, Calendar
from lead_reviver.decide.slots import Busy, DaysOff, Hours, MeetingType, Slot
from lead_reviver.storage.database import Connection, new_id

# What is agreed on with leads and offered to them. A hold that has run out can be booked as long as it is there: who
# wants its time deletes it.
CALENDARS = """
select l.id as lead_id, l.time_zone as lead_zone, w.time_zone as workspace_zone, m.id, m.kind, m.state, m.starts_at,
  m.ends_at, b.display_name
from public.leads l
join public.workspaces w on w.id = l.workspace_id
left join public.meetings m on m.lead_id = l.id and (
  (m.state = 'held' and m.starts_at > $2) or (m.state = 'booked' and m.ends_at > $2))
left join public.members b on (b.workspace_id, b.user_id) = (m.workspace_id, m.agent_id)
where l.id = any ($1::uuid[])
order by l.id, m.place_in_offer, m.starts_at
"""

# One offer at a time per workspace, so that two leads are not shown the same slot.
TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended('meetings ' || $1::text, 0))"

# And one hold at a time per agent, wherever it comes from: two inserts that wait for each other end as a deadlock.
TAKE_TURNS_FOR_AGENT = "select pg_advisory_xact_lock(hashtextextended('meetings of ' || $1::text, 0))"

TYPE = """
select kind, minutes, minutes_before, minutes_after, every_minutes, notice_minutes, horizon_days, hold_minutes,
  offered_at_once
from public.meeting_types where workspace_id = $1 and kind = $2 and ($3 or retired_at is null)
"""

# The end of a day is 24:00 here, and midnight (00:00) for the rules.
HOURS = """
select a.user_id, a.starts_at, case a.ends_at when '24:00' then '00:00' else a.ends_at end as ends_at, a.time_zone,
  a.weekday, a.on_date, a.available
from public.availability a
join public.members m on (m.workspace_id, m.user_id) = (a.workspace_id, a.user_id) and m.role <> 'viewer'
where a.workspace_id = $1 and (a.on_date is null or a.on_date >= $2)
"""

DAYS_OFF = "select user_id, first_day, last_day from public.days_off where workspace_id = $1 and last_day >= $2"

# Whatever takes an agent's time, in any workspace or in a calendar kept elsewhere.
BUSY = """
select agent_id, coalesce(blocked_from, starts_at) as starts_at, coalesce(blocked_until, ends_at) as ends_at
from public.meetings
where agent_id = any ($1::uuid[]) and coalesce(blocked_until, ends_at) > $2
  and (state = 'booked' or (state = 'held' and held_until > $2))
union all
select user_id, starts_at, ends_at from public.busy_times where user_id = any ($1::uuid[]) and ends_at > $2
"""

# The lead is offered something else.
RELEASE = "delete from public.meetings where lead_id = $1 and state = 'held' returning starts_at"

# Holds that have run out and stand in the way. One that is being booked right now is left alone.
CLEAR = """
delete from public.meetings where id in (
  select id from public.meetings
  where agent_id = $1 and state = 'held' and held_until <= $4
    and tstzrange(coalesce(blocked_from, starts_at), coalesce(blocked_until, ends_at)) && tstzrange($2, $3)
  for update skip locked
)
"""

HOLD = """
insert into public.meetings (id, workspace_id, lead_id, conversation_id, agent_id, kind, state, starts_at, ends_at,
  blocked_from, blocked_until, time_zone, held_until, place_in_offer)
values ($1, $2, $3, $4, $5, $6, 'held', $7, $8, $9, $10, $11, $12, $13)
"""

OWNER = "select owner_id from public.leads where id = $1"
NAME = "select display_name from public.members where workspace_id = $1 and user_id = $2"

# How many of these slots are still kept for whoever was offered them.
STILL_HELD = """
select count(*) from public.meetings
where id = any ($1::uuid[]) and state = 'held' and held_until > $2 and starts_at > $2
"""

# A slot becomes a meeting; asked twice, it is still one. The other slots of the offer are free again. In a calendar it
# takes the place of the one it was moved from.
BOOK = """
update public.meetings m set state = 'booked', held_until = null, booked_at = coalesce(m.booked_at, $3),
  moved_from = $4,
  calendar_uid = case when m.state = 'held' then o.calendar_uid else m.calendar_uid end,
  sequence = case when m.state = 'held' then o.sequence else m.sequence end
from (select coalesce(max(sequence) + 1, 0) as sequence, coalesce((array_agg(calendar_uid))[1], $4) as calendar_uid
  from public.meetings where id = $4) o
where m.id = $1 and m.lead_id = $2 and m.state in ('held', 'booked') and m.starts_at > $3
returning m.id
"""

CANCEL = """
update public.meetings set state = 'cancelled', cancelled_at = $3, cancelled_by = $4, cancel_reason = $5,
  sequence = sequence + 1
where id = $1 and ($2::uuid is null or lead_id = $2) and state = 'booked' returning lead_id, conversation_id
"""

# Everything that a calendar entry says; of a meeting that was moved, what it was moved to. Its title for the lead
# stands in the published playbook, which is not read in whole for this.
ENTRY = """
with recursive moved as (
  select workspace_id, id, 0 as times from public.meetings where id = $1
  union all
  select m.workspace_id, m.id, moved.times + 1 from public.meetings m
  join moved on (m.workspace_id, m.moved_from) = (moved.workspace_id, moved.id)
  where m.state <> 'held' and moved.times < 100
)
select m.id, coalesce(m.calendar_uid, m.id) as calendar_uid, m.sequence, m.kind, m.state, m.starts_at, m.ends_at,
  m.created_at, m.booked_at, m.cancelled_at, m.time_zone,
  w.name as workspace_name, (select l.name from public.leads l where l.id = m.lead_id) as lead_name,
  b.display_name as agent_name,
  (select jsonb_path_query_first(p.body, '$.meetings[*] ? (@.kind == $kind).title', jsonb_build_object('kind', m.kind))
     ->> (select coalesce(l.language, w.language) from public.leads l where l.id = m.lead_id)
   from public.playbooks p where p.workspace_id = m.workspace_id and p.published_at is not null
   order by p.published_at desc limit 1) as title
from public.meetings m
join public.workspaces w on w.id = m.workspace_id
left join public.members b on (b.workspace_id, b.user_id) = (m.workspace_id, m.agent_id)
where m.id = (select id from moved order by times desc limit 1) and m.state <> 'held'
"""

# A meeting as a person of ours changes it, locked.
STANDING = """
select m.id, m.workspace_id, m.lead_id, m.conversation_id, m.agent_id, m.kind, m.state, m.starts_at, m.ends_at,
  m.time_zone
from public.meetings m where m.id = $1 for update
"""

# How it ended, as a person of ours says.
CONCLUDE = """
update public.meetings set state = $2
where id = $1 and starts_at <= $3 and state in ('booked', 'happened', 'no_show') returning id
"""

# Why a meeting was moved, as the lead reads it.
SET_REASON = "update public.meetings set cancel_reason = $2 where id = $1"


@dataclass(frozen=True, slots=True)
class Agenda:
    """Everything that says when agents are free."""

    hours: list[Hours]
    days_off: list[DaysOff]
    busy: list[Busy]


@dataclass(frozen=True, slots=True)
class Standing:
    """A meeting as a person of ours changes it."""

    id: str
    workspace_id: str
    lead_id: str
    conversation_id: str | None
    agent_id: str | None
    kind: str
    state: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting as a calendar shows it."""

    id: str
    calendar_uid: str
    """The same however often the meeting is moved."""
    sequence: int
    kind: str
    state: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    booked_at: datetime | None
    cancelled_at: datetime | None
    time_zone: str
    workspace_name: str
    lead_name: str | None
    agent_name: str | None
    title: str | None = None
    """What the playbook calls such a meeting in the lead's language, e.g. "una visita"; None where it does not say."""


async def calendars(connection: Connection, lead_ids: Sequence[str], now: datetime) -> dict[str, Calendar]:
    """Return what is agreed on with leads and offered to them, by lead id."""
    found: dict[str, Calendar] = {}
    for row in await connection.fetch(CALENDARS, lead_ids, now):
        known = found.get(row["lead_id"]) or Calendar(zone_of(row["lead_zone"], row["workspace_zone"]))
        booked = known.booked
        if row["state"] == "held":
            known.offered.append(_appointment(row))
        elif row["state"] == "booked" and (booked is None or row["starts_at"] < booked.starts_at):
            booked = _appointment(row)
        found[row["lead_id"]] = Calendar(known.time_zone, known.offered, booked)
    return found


def zone_of(*names: str | None) -> str:
    """Return the first that is a time zone, else UTC: an import may bring anything."""
    for name in names:
        with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
            if name and ZoneInfo(name):
                return name
    return "UTC"


def _appointment(row: Any) -> Appointment:
    return Appointment(row["id"], row["kind"], row["starts_at"], row["ends_at"], row["display_name"])


async def take_turns(connection: Connection, workspace_id: str) -> None:
    """Wait until nobody else makes an offer in this workspace, and keep others waiting until the transaction ends."""
    await connection.execute(TAKE_TURNS, workspace_id)


async def take_turns_for_agents(connection: Connection, agent_ids: Sequence[str]) -> None:
    """Keep others from holding these agents' time, in any workspace, until the transaction ends."""
    for each in sorted(set(agent_ids)):
        await connection.execute(TAKE_TURNS_FOR_AGENT, each)


async def meeting_type(
    connection: Connection, workspace_id: str, kind: str, *, even_retired: bool = False
) -> MeetingType | None:
    """Return how a kind of meeting is planned; None when the workspace has no such kind, or offers it no more."""
    row = await connection.fetchrow(TYPE, workspace_id, kind, even_retired)
    if row is None:
        return None
    name, *minutes = row.values()
    length, before, after, every, notice = (timedelta(minutes=each) for each in minutes[:5])
    days, hold, at_once = minutes[5:]
    return MeetingType(
        name, length, before, after, every, notice, timedelta(days=days), timedelta(minutes=hold), at_once
    )


async def agenda(connection: Connection, workspace_id: str, now: datetime) -> Agenda:
    """Return when the agents of a workspace work, and what they have to do already."""
    day = now.date() - timedelta(days=1)
    hours = [Hours(*row.values()) for row in await connection.fetch(HOURS, workspace_id, day)]
    days_off = [DaysOff(*row.values()) for row in await connection.fetch(DAYS_OFF, workspace_id, day)]
    agents = sorted({each.agent_id for each in hours})
    return Agenda(hours, days_off, [Busy(*row.values()) for row in await connection.fetch(BUSY, agents, now)])


async def owner_of(connection: Connection, lead_id: str) -> str | None:
    """Return whose lead it is."""
    owner: str | None = await connection.fetchval(OWNER, lead_id)
    return owner


async def release(connection: Connection, lead_id: str) -> list[datetime]:
    """Give back every slot that is held for a lead; return when they would have begun."""
    return [row["starts_at"] for row in await connection.fetch(RELEASE, lead_id)]


async def hold(
    connection: Connection,
    kind: MeetingType,
    slot: Slot,
    *,
    workspace_id: str,
    lead_id: str,
    conversation_id: str | None,
    time_zone: str,
    place: int,
    now: datetime,
) -> Appointment | None:
    """Keep a slot for a lead; None when somebody else was faster."""
    blocked = (slot.starts_at - kind.before, slot.ends_at + kind.after)
    meeting_id = new_id()
    await connection.execute(TAKE_TURNS_FOR_AGENT, slot.agent_id)
    await connection.execute(CLEAR, slot.agent_id, *blocked, now)
    try:
        async with connection.transaction():
            await connection.execute(
                HOLD,
                meeting_id,
                workspace_id,
                lead_id,
                conversation_id,
                slot.agent_id,
                kind.kind,
                slot.starts_at,
                slot.ends_at,
                *blocked,
                time_zone,
                now + kind.hold,
                place,
            )
    except asyncpg.ExclusionViolationError:
        return None
    name = await connection.fetchval(NAME, workspace_id, slot.agent_id)
    return Appointment(meeting_id, kind.kind, slot.starts_at, slot.ends_at, name)


async def all_held(connection: Connection, meeting_ids: Sequence[str], now: datetime) -> bool:
    """Return whether every one of these slots is held still, and its time has not run out."""
    return not meeting_ids or await connection.fetchval(STILL_HELD, meeting_ids, now) == len(set(meeting_ids))


async def book(
    connection: Connection, meeting_id: str, lead_id: str, now: datetime, *, instead_of: str | None = None
) -> bool:
    """Make a held slot a meeting, and free the others that were offered; False when the slot is gone."""
    if await connection.fetchval(BOOK, meeting_id, lead_id, now, instead_of) is None:
        return False
    await release(connection, lead_id)
    return True


async def cancel(
    connection: Connection,
    meeting_id: str,
    lead_id: str | None,
    by: Literal["lead", "person"],
    now: datetime,
    reason: str | None = None,
) -> str | None:
    """Call a meeting off; return whose lead's it was, or None when it does not stand any more."""
    row = await connection.fetchrow(CANCEL, meeting_id, lead_id, now, by, reason)
    return None if row is None else str(row["lead_id"])


async def standing(connection: Connection, meeting_id: str) -> Standing | None:
    """Return a meeting, locked; None when there is none."""
    row = await connection.fetchrow(STANDING, meeting_id)
    return None if row is None else Standing(*row.values())


async def conclude(
    connection: Connection, meeting_id: str, state: Literal["happened", "no_show"], now: datetime
) -> bool:
    """Say how a meeting ended; False when it has not begun, or did not stand."""
    return await connection.fetchval(CONCLUDE, meeting_id, state, now) is not None


async def set_reason(connection: Connection, meeting_id: str, reason: str) -> None:
    """Say why a meeting was moved."""
    await connection.execute(SET_REASON, meeting_id, reason)


async def entry(connection: Connection, meeting_id: str) -> Entry | None:
    """Return a meeting as a calendar shows it; None when there is none, or only a slot that is held."""
    row = await connection.fetchrow(ENTRY, meeting_id)
    return None if row is None else Entry(*row.values())
