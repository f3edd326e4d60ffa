"""Report the day: what happened in each workspace, in a few lines, by its own clock. Reads only."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

from msgspec import Struct

from lead_reviver.decide.day_report import DayNumbers, bounds, told, yesterday
from lead_reviver.errors import BadInput
from lead_reviver.steps.parts import Parts
from lead_reviver.storage import reports
from lead_reviver.storage.database import lent

MOST_WORKSPACES = 100
OLDEST = date(2000, 1, 1)
FURTHEST_AHEAD = timedelta(hours=14)
"""How far the first place on earth is ahead of UTC."""
FIRST = "00000000-0000-0000-0000-000000000000"


class Report(Struct, frozen=True):
    """One workspace's day."""

    workspace_id: str
    workspace: str
    """Its name."""
    day: date
    text: str
    numbers: dict[str, int]
    """By the names of `DayNumbers`."""


class Reports(Struct, frozen=True):
    """What one call tells."""

    reports: list[Report]
    more: bool
    """There are more workspaces: call again with `after`."""
    after: str | None
    """The last workspace of these; None when there was none."""


async def report_day(
    parts: Parts, day: date | None = None, after: str = FIRST, limit: int = MOST_WORKSPACES
) -> Reports:
    """Report a day, yesterday when none is named, of workspaces after an id.

    Raises `BadInput` for a day that has begun nowhere yet, and `TryAgainLater` when the database is away.
    """
    now = parts.clock()
    if day is not None and not OLDEST <= day <= (now + FURTHEST_AHEAD).date():
        raise BadInput(f"There is nothing to report of {day}; name a day that has begun, since {OLDEST}.")
    async with lent(parts.pool) as connection:
        some = await reports.workspaces(connection, after, limit)
        days = {each.id: day or yesterday(each.time_zone, now) for each in some}
        found = await reports.count(
            connection, [reports.Day(each.id, *bounds(days[each.id], each.time_zone)) for each in some]
        )
    told_of = []
    for each in some:
        numbers = DayNumbers(**found[each.id])
        text = told(each.name, days[each.id], numbers)
        told_of.append(Report(each.id, each.name, days[each.id], text, asdict(numbers)))
    return Reports(told_of, len(some) == limit, some[-1].id if some else None)
