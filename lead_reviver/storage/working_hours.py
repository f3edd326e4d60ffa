"""When the members of workspaces work: their own hours, else the hours in which the workspace writes to leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from lead_reviver.decide.slots import DaysOff, Hours
from lead_reviver.storage.database import Connection

# The end of a day is 24:00 here, and midnight (00:00) for the rules.
TEAM_HOURS = """
select m.workspace_id, m.user_id, a.starts_at, case a.ends_at when '24:00' then '00:00' else a.ends_at end as ends_at,
  a.time_zone, a.weekday, a.on_date, a.available,
  w.contact_from, w.contact_until, w.time_zone as workspace_zone, w.handover_minutes,
  exists (select from public.availability k where (k.workspace_id, k.user_id) = (m.workspace_id, m.user_id)
    and k.weekday is not null) as has_week
from public.members m
join public.workspaces w on w.id = m.workspace_id
left join public.availability a on (a.workspace_id, a.user_id) = (m.workspace_id, m.user_id)
  and (a.on_date is null or a.on_date >= $2)
where m.workspace_id = any ($1::uuid[]) and m.role <> 'viewer'
"""

DAYS_OFF = """
select workspace_id, user_id, first_day, last_day from public.days_off
where workspace_id = any ($1::uuid[]) and last_day >= $2
"""


@dataclass(slots=True)
class WorkingHours:
    """When the people of a workspace work."""

    allowed: timedelta
    """How long somebody has to take a conversation."""
    hours: list[Hours] = field(default_factory=list)
    days_off: list[DaysOff] = field(default_factory=list)


async def of_workspaces(connection: Connection, workspace_ids: Sequence[str], now: datetime) -> dict[str, WorkingHours]:
    """Return the hours of everybody who may answer leads, by workspace id."""
    since = (now - timedelta(days=2)).date()
    found: dict[str, WorkingHours] = {}
    usual: set[tuple[str, str]] = set()
    for row in await connection.fetch(TEAM_HOURS, workspace_ids, since):
        workspace_id, user_id = row["workspace_id"], row["user_id"]
        known = found.setdefault(workspace_id, WorkingHours(timedelta(minutes=row["handover_minutes"])))
        if not row["has_week"] and (workspace_id, user_id) not in usual:
            usual.add((workspace_id, user_id))
            known.hours += _every_day(user_id, row["contact_from"], row["contact_until"], row["workspace_zone"])
        if row["starts_at"] is not None:
            known.hours.append(
                Hours(
                    agent_id=user_id,
                    starts_at=row["starts_at"],
                    ends_at=row["ends_at"],
                    time_zone=row["time_zone"],
                    weekday=row["weekday"],
                    on_date=row["on_date"],
                    available=row["available"],
                )
            )
    for row in await connection.fetch(DAYS_OFF, workspace_ids, since):
        if row["workspace_id"] in found:
            off = DaysOff(row["user_id"], row["first_day"], row["last_day"])
            found[row["workspace_id"]].days_off.append(off)
    return found


def _every_day(user_id: str, opens: int, closes: int, zone: str) -> list[Hours]:
    return [Hours(user_id, time(opens), time(closes % 24), zone, weekday=each) for each in range(1, 8)]
