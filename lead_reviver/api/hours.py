"""Hours, days off, kinds of meeting: owners and managers change everybody's, an agent the own. Supabase reads them."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from lead_reviver.api.access import MANAGERS, WRITERS, Caller, SignedIn, role_in
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.storage import audit, hours
from lead_reviver.storage.database import Connection, as_member, transaction

router = APIRouter(prefix="/api", tags=["hours"])

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_OFF: Final = timedelta(days=366)
LIMITS: Final = {
    "minutes": ("It takes", 5, 480, "minutes"),
    "minutes_before": ("Kept free before it:", 0, 240, "minutes"),
    "minutes_after": ("Kept free after it:", 0, 240, "minutes"),
    "every_minutes": ("One may begin every", 5, 480, "minutes"),
    "notice_minutes": ("Notice:", 0, 20160, "minutes"),
    "horizon_days": ("Offered for the next", 1, 90, "days"),
    "hold_minutes": ("An offer is kept for", 1, 1440, "minutes"),
    "offered_at_once": ("Offered in one message:", 1, 4, "times"),
}
TEMPLATES: Final = ("reminder_template", "cancelled_template", "moved_template", "missed_template")
_DAYS_OFF: Final = "select id, workspace_id, user_id from public.days_off where id = $1"


class Span(BaseModel):
    """Some hours of a weekday."""

    weekday: int
    """ISO: 1 is Monday."""
    starts_at: time
    ends_at: time


class Week(BaseModel):
    """A member's weekly hours."""

    time_zone: str = Field(max_length=60)
    """IANA name, e.g. Europe/Madrid."""
    hours: list[Span] = Field(max_length=70)


class NewDaysOff(BaseModel):
    """Days without meetings."""

    user_id: UUID | None = None
    """Whose; None: everybody's."""
    first_day: date
    last_day: date
    reason: str | None = Field(None, max_length=200)


class DaysOffAdded(BaseModel):
    """Days without meetings that were added."""

    id: UUID


class MeetingTypeBody(BaseModel):
    """How a kind of meeting is planned, in minutes unless it says otherwise, and the templates about it."""

    minutes: int
    minutes_before: int = 0
    minutes_after: int = 0
    every_minutes: int = 30
    notice_minutes: int = 120
    horizon_days: int = 14
    hold_minutes: int = 10
    offered_at_once: int = 3
    reminder_template: str | None = None
    cancelled_template: str | None = None
    moved_template: str | None = None
    missed_template: str | None = None


@router.put("/hours/{user_id}", status_code=204)
async def set_hours(workspace_id: UUID, user_id: UUID, week: Week, caller: SignedIn, parts: Parts) -> Response:
    """Set a member's weekly hours, in place of those before. Meetings that are booked stay."""
    workspace, member = str(workspace_id), str(user_id)
    async with as_member(parts.pool, caller.claims) as connection:
        await _may_edit(connection, caller, workspace, member)
    _check_week(week)
    async with transaction(parts.pool) as connection:
        spans = [(each.weekday, each.starts_at, each.ends_at) for each in week.hours]
        await hours.set_week(connection, workspace, member, week.time_zone, spans)
        await audit.record(connection, workspace, caller.user_id, "set hours", "member", member)
    return Response(status_code=204)


@router.post("/days-off", status_code=201)
async def add_days_off(workspace_id: UUID, days: NewDaysOff, caller: SignedIn, parts: Parts) -> DaysOffAdded:
    """Add days without meetings. Meetings that are booked stay."""
    workspace, member = str(workspace_id), str(days.user_id) if days.user_id else None
    async with as_member(parts.pool, caller.claims) as connection:
        await _may_edit(connection, caller, workspace, member)
    if days.last_day < days.first_day:
        raise Problem(422, "bad_input", "The last day comes before the first one; swap them.")
    if days.last_day - days.first_day > LONGEST_OFF:
        raise Problem(422, "bad_input", "These are more than a year; for somebody who left, clear the hours instead.")
    async with transaction(parts.pool) as connection:
        added = await hours.add_days_off(
            connection, workspace, member, days.first_day, days.last_day, (days.reason or "").strip() or None
        )
        await audit.record(connection, workspace, caller.user_id, "add days off", "days off", added)
    return DaysOffAdded(id=UUID(added))


@router.delete("/days-off/{days_off_id}", status_code=204)
async def remove_days_off(days_off_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Take days off away again."""
    async with as_member(parts.pool, caller.claims) as connection:
        row = await connection.fetchrow(_DAYS_OFF, str(days_off_id))
        if row is None:
            raise Problem(404, "not_found", "There are no such days off here.")
        await _may_edit(connection, caller, row["workspace_id"], row["user_id"])
    async with transaction(parts.pool) as connection:
        await hours.remove_days_off(connection, row["id"])
        await audit.record(connection, row["workspace_id"], caller.user_id, "remove days off", "days off", row["id"])
    return Response(status_code=204)


@router.put("/meeting-types/{kind}", status_code=204)
async def set_meeting_type(
    kind: str, workspace_id: UUID, planned: MeetingTypeBody, caller: SignedIn, parts: Parts
) -> Response:
    """Set how a kind of meeting is planned. What is offered or booked already stays."""
    workspace = str(workspace_id)
    async with as_member(parts.pool, caller.claims) as connection:
        if await role_in(connection, caller, workspace) not in MANAGERS:
            raise Problem(403, "managers_only", "Only owners and managers plan kinds of meeting; ask one.")
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", kind):
        raise Problem(422, "bad_input", "Name it in small letters, digits and underscores, as the playbook does.")
    values = planned.model_dump()
    for name, (words, low, high, unit) in LIMITS.items():
        if not low <= values[name] <= high:
            raise Problem(422, "bad_input", f"{words} {values[name]} {unit}? Choose {low} to {high}.")
    for name in TEMPLATES:
        values[name] = (values[name] or "").strip() or None
        if values[name] is not None and not re.fullmatch("[a-z0-9_]{1,512}", values[name]):
            raise Problem(422, "bad_input", f"{values[name]!r} is no template: write its name as Meta shows it.")
    async with transaction(parts.pool) as connection:
        changed = await hours.set_type(connection, workspace, kind, values)
        await audit.record(connection, workspace, caller.user_id, "plan meetings", "meeting type", changed)
    return Response(status_code=204)


async def _may_edit(connection: Connection, caller: Caller, workspace_id: str, member: str | None) -> None:
    """Owners and managers edit everybody's, an agent the own. Reads as the caller."""
    role = await role_in(connection, caller, workspace_id)
    if role not in WRITERS:
        raise Problem(403, "read_only", "Your role may read hours, but not change them; ask an owner.")
    if role not in MANAGERS and member != caller.user_id:
        raise Problem(403, "own_only", "You may change your own hours; for those of others ask a manager.")
    if member is None:
        return
    of = await hours.role_of(connection, workspace_id, member)
    if of is None:
        raise Problem(404, "not_found", "There is no such member here.")
    if of == "viewer":
        raise Problem(422, "bad_input", "Viewers take no meetings; give them another role first.")


def _check_week(week: Week) -> None:
    """Raises `Problem` 422 that names the day."""
    try:
        ZoneInfo(week.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem(422, "bad_input", "That is no time zone; write it as Europe/Madrid.") from None
    if any(not 1 <= each.weekday <= 7 for each in week.hours):
        raise Problem(422, "bad_input", "Weekdays go from 1, Monday, to 7, Sunday.")
    for number, name in enumerate(WEEKDAYS, 1):
        spans = sorted((each.starts_at, each.ends_at) for each in week.hours if each.weekday == number)
        for starts_at, ends_at in spans:
            if starts_at.tzinfo is not None or ends_at.tzinfo is not None:
                raise Problem(422, "bad_input", f"{name}: write hours by the local clock, without an offset.")
            if ends_at <= starts_at:
                raise Problem(422, "bad_input", f"{name}: {starts_at:%H:%M} to {ends_at:%H:%M} ends before it begins.")
        for (_, ends_at), (starts_at, _) in pairwise(spans):
            if starts_at < ends_at:
                raise Problem(422, "bad_input", f"{name}: two spans overlap at {starts_at:%H:%M}; make them one.")
