"""When members take meetings, and days off: as people edit them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from lead_reviver.storage.database import Connection, new_id

ROLE = "select role::text from public.members where (workspace_id, user_id) = ($1, $2)"

# Exceptions by date stay.
FORGET_WEEK = """
delete from public.availability where (workspace_id, user_id) = ($1, $2) and weekday is not null and available
"""
# Python has no 24:00: an end at midnight is 00:00 there, and the end of the day here.
ADD_WEEK = """
insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone)
select h.id, $1, $2, h.weekday, h.starts_at, case h.ends_at when '00:00' then '24:00' else h.ends_at end, $3
from unnest($4::uuid[], $5::smallint[], $6::time[], $7::time[]) as h (id, weekday, starts_at, ends_at)
"""
SET_ZONE = "update public.availability set time_zone = $3 where (workspace_id, user_id) = ($1, $2)"

ADD_DAYS_OFF = """
insert into public.days_off (id, workspace_id, user_id, first_day, last_day, reason) values ($1, $2, $3, $4, $5, $6)
"""
REMOVE_DAYS_OFF = "delete from public.days_off where id = $1"


async def role_of(connection: Connection, workspace_id: str, user_id: str) -> str | None:
    """Return a member's role; None for who is none."""
    role: str | None = await connection.fetchval(ROLE, workspace_id, user_id)
    return role


async def set_week(
    connection: Connection, workspace_id: str, user_id: str, time_zone: str, week: Sequence[tuple[int, time, time]]
) -> None:
    """Set a member's weekly hours, (ISO weekday, from, until), in place of those before.

    Until midnight (00:00) is until the end of the day.
    """
    await connection.execute(FORGET_WEEK, workspace_id, user_id)
    await connection.execute(
        ADD_WEEK,
        workspace_id,
        user_id,
        time_zone,
        [new_id() for _ in week],
        [weekday for weekday, _, _ in week],
        [starts_at for _, starts_at, _ in week],
        [ends_at for _, _, ends_at in week],
    )
    await connection.execute(SET_ZONE, workspace_id, user_id, time_zone)


async def add_days_off(
    connection: Connection, workspace_id: str, user_id: str | None, first: date, last: date, reason: str | None
) -> str:
    """Add days without meetings, of one member or of everybody (None); return their id."""
    days_off_id = new_id()
    await connection.execute(ADD_DAYS_OFF, days_off_id, workspace_id, user_id, first, last, reason)
    return days_off_id


async def remove_days_off(connection: Connection, days_off_id: str) -> None:
    """Take days off away again."""
    await connection.execute(REMOVE_DAYS_OFF, days_off_id)
