"""Meetings: as a calendar file, called off, moved and concluded by a person. The lead is told through the gate."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from lead_reviver.api.access import WRITERS, Caller, SignedIn, role_among
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.decide.reminders import NoticeKind
from lead_reviver.decide.slots import Slot
from lead_reviver.errors import TryAgainLater
from lead_reviver.meetings import change
from lead_reviver.meetings.calendar_file import MEDIA_TYPE, calendar_file
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.tell_of_meetings import tell_now
from lead_reviver.storage import audit, conversations, meeting_notices, meetings
from lead_reviver.storage.database import Connection, as_member, lent, transaction
from lead_reviver.storage.meetings import Standing

router = APIRouter(prefix="/api", tags=["meetings"])

MEETING: Final = "select id, workspace_id, lead_id, conversation_id from public.meetings where id = $1"


class MeetingState(BaseModel):
    """How a meeting stands."""

    id: UUID
    """Of a meeting that was moved, the new one's."""
    state: str
    """booked, cancelled, happened, no_show."""
    told: str | None = None
    """What became of the message to the lead: sent, due, needs_template, not_sent, dropped; None: there is none."""
    told_reason: str | None = None
    """Why it was not sent, in plain words."""


Reason = Annotated[str, Field(min_length=1, max_length=300)]


class Cancellation(BaseModel):
    """Why a meeting is called off."""

    reason: Reason | None = None
    """As the lead will read it."""
    tell: bool = True
    """Whether the lead is written to."""


class Move(Cancellation):
    """Where a meeting is moved to: one of its free slots."""

    starts_at: AwareDatetime
    agent_id: UUID


class Ending(BaseModel):
    """How a meeting ended."""

    state: Literal["happened", "no_show"]
    tell: bool = True
    """Whether a lead who did not come is offered another time."""


class FreeSlot(BaseModel):
    """A time at which a member is free."""

    agent_id: UUID
    starts_at: datetime
    ends_at: datetime


MOST_SLOTS: Final = 400


async def _seen(connection: Connection, meeting_id: str) -> Any:
    row = await connection.fetchrow(MEETING, meeting_id)
    if row is None:
        raise Problem(404, "not_found", "There is no such meeting here.")
    return row


async def _may_change(connection: Connection, caller: Caller, workspace_id: str) -> None:
    refusal = "Your role may read meetings, but not change them; ask an owner."
    await role_among(connection, caller, workspace_id, WRITERS, refusal)


@router.get("/meetings/{meeting_id}.ics", response_class=Response)
async def meeting_file(meeting_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Return a meeting as an iCalendar file, for the member's own calendar."""
    meeting = str(meeting_id)
    async with as_member(parts.pool, caller.claims) as connection:
        await _seen(connection, meeting)
    async with lent(parts.pool) as connection:  # an agent goes to meetings of colleagues' leads, too
        entry = await meetings.entry(connection, meeting)
    if entry is None:
        raise Problem(404, "not_found", "This time is only held while the lead decides; there is no meeting yet.")
    headers = {"content-disposition": f'attachment; filename="meeting-{meeting}.ics"', "cache-control": "private"}
    return Response(calendar_file(entry, "agent"), media_type=MEDIA_TYPE, headers=headers)


@router.post("/meetings/{meeting_id}/cancel")
async def cancel_meeting(
    meeting_id: UUID, caller: SignedIn, parts: Parts, asked: Cancellation | None = None
) -> MeetingState:
    """Call a meeting off, and tell the lead."""
    meeting, asked = str(meeting_id), asked or Cancellation()
    row = await _to_change(parts, caller, meeting)
    async with transaction(parts.pool) as connection:
        standing = await _standing(connection, row)
        if not await change.call_off(connection, standing, _tidy(asked.reason), asked.tell, parts.clock()):
            raise Problem(409, "not_booked", "This meeting does not stand any more, so it cannot be cancelled.")
        await audit.record(connection, row["workspace_id"], caller.user_id, "cancel", "meeting", meeting)
    return await _changed(parts, row, meeting, "cancelled", "cancelled" if asked.tell else None)


@router.get("/meetings/{meeting_id}/free-slots")
async def free_slots_of_meeting(meeting_id: UUID, caller: SignedIn, parts: Parts) -> list[FreeSlot]:
    """Return when a meeting could be instead, soonest first."""
    row = await _to_change(parts, caller, str(meeting_id))
    async with transaction(parts.pool) as connection:
        found = await change.free_instead(connection, await _standing(connection, row), parts.clock())
    return [
        FreeSlot(agent_id=UUID(each.agent_id), starts_at=each.starts_at, ends_at=each.ends_at)
        for each in found[:MOST_SLOTS]
    ]


@router.post("/meetings/{meeting_id}/move")
async def move_meeting(meeting_id: UUID, to: Move, caller: SignedIn, parts: Parts) -> MeetingState:
    """Move a meeting to a free slot, and tell the lead. The old one is called off, the new one has an id of its own."""
    meeting = str(meeting_id)
    row = await _to_change(parts, caller, meeting)
    async with transaction(parts.pool) as connection:
        standing = await _standing(connection, row)
        if standing.state != "booked" or standing.starts_at <= parts.clock():
            raise Problem(409, "not_booked", "This meeting does not stand any more, so it cannot be moved.")
        starts_at = to.starts_at.astimezone(UTC)
        length = standing.ends_at - standing.starts_at
        kind = await meetings.meeting_type(connection, standing.workspace_id, standing.kind, even_retired=True)
        slot = Slot(str(to.agent_id), starts_at, starts_at + (kind.length if kind is not None else length))
        moved = await change.move(connection, standing, slot, _tidy(to.reason), to.tell, parts.clock())
        if moved is None:
            raise Problem(409, "slot_taken", "That time is not free any more; choose another one.")
        await audit.record(connection, row["workspace_id"], caller.user_id, "move", "meeting", meeting)
    return await _changed(parts, row, moved, "booked", "moved" if to.tell else None)


@router.post("/meetings/{meeting_id}/outcome")
async def conclude_meeting(meeting_id: UUID, said: Ending, caller: SignedIn, parts: Parts) -> MeetingState:
    """Say whether a meeting took place. A lead who did not come is kindly offered another time, once."""
    meeting = str(meeting_id)
    row = await _to_change(parts, caller, meeting)
    async with transaction(parts.pool) as connection:
        standing = await _standing(connection, row)
        if not await change.conclude(connection, standing, said.state, said.tell, parts.clock()):
            raise Problem(409, "not_over", "Only a meeting that stood and has begun can be marked so.")
        action = "mark as happened" if said.state == "happened" else "mark as no-show"
        await audit.record(connection, row["workspace_id"], caller.user_id, action, "meeting", meeting)
    told: NoticeKind | None = "missed" if said.state == "no_show" and said.tell else None
    return await _changed(parts, row, meeting, said.state, told)


async def _to_change(parts: ApiParts, caller: Caller, meeting_id: str) -> Any:
    async with as_member(parts.pool, caller.claims) as connection:
        row = await _seen(connection, meeting_id)
        await _may_change(connection, caller, row["workspace_id"])
    return row


async def _standing(connection: Connection, row: Any) -> Standing:
    """Return the meeting under its conversation's lock, which whoever answers the lead takes first as well."""
    if row["conversation_id"] is not None:
        await conversations.lock(connection, [row["conversation_id"]])
    standing = await meetings.standing(connection, row["id"])
    if standing is None:
        raise Problem(404, "not_found", "There is no such meeting here.")
    return standing


def _tidy(reason: str | None) -> str | None:
    return " ".join(reason.split()) or None if reason is not None else None


async def _changed(parts: ApiParts, row: Any, meeting_id: str, state: str, notice: NoticeKind | None) -> MeetingState:
    """Tell the lead, who can be told later as well, and the dashboards."""
    told: tuple[str | None, str | None] = (None, None)
    if notice is not None:
        with contextlib.suppress(TryAgainLater):  # the deed stands, and the clock tells the lead
            await tell_now(parts, meeting_id)
        async with lent(parts.pool) as connection:
            told = await meeting_notices.fate(connection, meeting_id, notice)
    if row["conversation_id"] is not None:
        event = {"conversation_id": row["conversation_id"]}
        await live.tell(parts.redis, [LiveEvent(row["workspace_id"], "conversation", event)])
    return MeetingState(id=UUID(meeting_id), state=state, told=told[0], told_reason=told[1])
