"""Hours and days off: owners and managers change everybody's, an agent the own. Supabase reads them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Response
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from lead_reviver.api.access import MANAGERS, WRITERS, Caller, SignedIn, role_among
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.decide.slots import end_of
from lead_reviver.storage import audit, hours
from lead_reviver.storage.database import Connection, as_member, transaction

router = APIRouter(prefix="/api", tags=["hours"])

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_OFF: Final = timedelta(days=366)
_ANY_DAY: Final = date(2026, 1, 1)
_DAYS_OFF: Final = "select id, workspace_id, user_id from public.days_off where id = $1"


def _until(value: Any) -> Any:
    return "00:00" if value in ("24:00", "24:00:00") else value


Until = Annotated[time, BeforeValidator(_until), WithJsonSchema({"type": "string", "examples": ["18:30", "24:00"]})]
"""A time at which something ends: "24:00" and "00:00" are both the midnight with which the day ends."""


class Span(BaseModel):
    """Some hours of a weekday, by the local clock."""

    weekday: int
    """ISO: 1 is Monday."""
    starts_at: time
    ends_at: Until


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


async def _may_edit(connection: Connection, caller: Caller, workspace_id: str, member: str | None) -> None:
    """Owners and managers edit everybody's, an agent the own. Reads as the caller."""
    refusal = "Your role may read hours, but not change them; ask an owner."
    role = await role_among(connection, caller, workspace_id, WRITERS, refusal)
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
        _check_day(name, [each for each in week.hours if each.weekday == number])


def _check_day(name: str, spans: list[Span]) -> None:
    if any(each.starts_at.tzinfo or each.ends_at.tzinfo for each in spans):
        raise Problem(422, "bad_input", f"{name}: write hours by the local clock, without an offset.")
    walls = sorted((datetime.combine(_ANY_DAY, each.starts_at), end_of(_ANY_DAY, each.ends_at)) for each in spans)
    for begins, ends in walls:
        if ends <= begins:
            raise Problem(422, "bad_input", f"{name}: {begins:%H:%M} to {ends:%H:%M} ends before it begins.")
    for (_, ends), (begins, _) in pairwise(walls):
        if begins < ends:
            raise Problem(422, "bad_input", f"{name}: two spans overlap at {begins:%H:%M}; make them one.")
