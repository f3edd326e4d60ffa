"""Meetings: as a calendar file, and called off by a person."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from lead_reviver.api.access import WRITERS, Caller, SignedIn, role_in
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.meetings.calendar_file import MEDIA_TYPE, calendar_file
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.storage import audit, meetings
from lead_reviver.storage.database import Connection, as_member, lent, transaction

router = APIRouter(prefix="/api", tags=["meetings"])

MEETING: Final = "select id, workspace_id, lead_id, conversation_id from public.meetings where id = $1"


class MeetingState(BaseModel):
    """How a meeting stands."""

    id: UUID
    state: str
    """booked, cancelled, happened, no_show."""


async def _seen(connection: Connection, meeting_id: str) -> Any:
    row = await connection.fetchrow(MEETING, meeting_id)
    if row is None:
        raise Problem(404, "not_found", "There is no such meeting here.")
    return row


async def _may_change(connection: Connection, caller: Caller, workspace_id: str) -> None:
    if await role_in(connection, caller, workspace_id) not in WRITERS:
        raise Problem(403, "read_only", "Your role may read meetings, but not change them; ask an owner.")


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
async def cancel_meeting(meeting_id: UUID, caller: SignedIn, parts: Parts) -> MeetingState:
    """Call a meeting off. The lead is not told by this: write to them."""
    meeting = str(meeting_id)
    async with as_member(parts.pool, caller.claims) as connection:
        row = await _seen(connection, meeting)
        await _may_change(connection, caller, row["workspace_id"])
    async with transaction(parts.pool) as connection:
        if await meetings.cancel(connection, meeting, None, "person", parts.clock()) is None:
            raise Problem(409, "not_booked", "This meeting does not stand any more, so it cannot be cancelled.")
        await audit.record(connection, row["workspace_id"], caller.user_id, "cancel", "meeting", meeting)
    if row["conversation_id"] is not None:
        event = {"conversation_id": row["conversation_id"]}
        await live.tell(parts.redis, [LiveEvent(row["workspace_id"], "conversation", event)])
    return MeetingState(id=meeting_id, state="cancelled")
