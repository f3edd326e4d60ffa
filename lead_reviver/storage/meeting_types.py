"""How each kind of meeting is planned: as people edit it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lead_reviver.storage.database import Connection, new_id

PLAN = """
insert into public.meeting_types (id, workspace_id, kind, minutes, minutes_before, minutes_after, every_minutes,
  notice_minutes, horizon_days, hold_minutes, offered_at_once, reminder_template, cancelled_template, moved_template,
  missed_template)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (workspace_id, kind) do update set minutes = excluded.minutes, minutes_before = excluded.minutes_before,
  minutes_after = excluded.minutes_after, every_minutes = excluded.every_minutes,
  notice_minutes = excluded.notice_minutes, horizon_days = excluded.horizon_days,
  hold_minutes = excluded.hold_minutes, offered_at_once = excluded.offered_at_once,
  reminder_template = excluded.reminder_template, cancelled_template = excluded.cancelled_template,
  moved_template = excluded.moved_template, missed_template = excluded.missed_template, retired_at = null
returning id
"""

# Once: the day on which it was retired stays.
RETIRE = """
update public.meeting_types set retired_at = coalesce(retired_at, $3) where (workspace_id, kind) = ($1, $2) returning id
"""

TYPE_COLUMNS = (
    "minutes",
    "minutes_before",
    "minutes_after",
    "every_minutes",
    "notice_minutes",
    "horizon_days",
    "hold_minutes",
    "offered_at_once",
    "reminder_template",
    "cancelled_template",
    "moved_template",
    "missed_template",
)


async def plan(connection: Connection, workspace_id: str, kind: str, values: Mapping[str, Any]) -> str:
    """Make a kind of meeting, or set how it is planned, and offer it; return its id."""
    row = await connection.fetchval(PLAN, new_id(), workspace_id, kind, *(values[column] for column in TYPE_COLUMNS))
    return str(row)


async def retire(connection: Connection, workspace_id: str, kind: str, now: datetime) -> str | None:
    """Offer a kind of meeting no more; return its id, None where there is no such kind."""
    row: str | None = await connection.fetchval(RETIRE, workspace_id, kind, now)
    return row
