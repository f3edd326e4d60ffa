"""What a person of ours does to a meeting: call it off, move it, say how it ended. The lead is told each of it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from lead_reviver.decide.slots import MeetingType, Slot, free_slots
from lead_reviver.storage import meeting_notices, meetings, outbox
from lead_reviver.storage.database import Connection
from lead_reviver.storage.meetings import Standing

TAKEN_BACK = "Not sent: the meeting was moved or called off meanwhile."


async def call_off(connection: Connection, meeting: Standing, reason: str | None, tell: bool, now: datetime) -> bool:
    """Call a meeting off; False when it does not stand any more, or has begun."""
    if meeting.starts_at <= now:
        return False
    if await meetings.cancel(connection, meeting.id, None, "person", now, reason) is None:
        return False
    await take_back_notices(connection, meeting.id)
    if tell:
        await meeting_notices.add(connection, meeting.id, "cancelled")
    return True


async def free_instead(connection: Connection, meeting: Standing, now: datetime) -> list[Slot]:
    """Return when the meeting could be instead: a person needs no notice, and its own time counts as free."""
    kind = await _kind_of(connection, meeting)
    agenda = await meetings.agenda(connection, meeting.workspace_id, now)
    blocked = (meeting.starts_at - kind.before, meeting.ends_at + kind.after)
    others = [
        each
        for each in agenda.busy
        if (each.agent_id, each.starts_at, each.ends_at) != (meeting.agent_id, *blocked)
        and (each.agent_id, each.starts_at, each.ends_at) != (meeting.agent_id, meeting.starts_at, meeting.ends_at)
    ]
    free = free_slots(kind, agenda.hours, agenda.days_off, others, now)
    return [each for each in free if (each.agent_id, each.starts_at) != (meeting.agent_id, meeting.starts_at)]


async def move(
    connection: Connection, meeting: Standing, to: Slot, reason: str | None, tell: bool, now: datetime
) -> str | None:
    """Move a meeting to a free slot; return the new one's id, or None when the slot is taken.

    The transaction has to be given up then: the old meeting is called off already.
    """
    kind = await _kind_of(connection, meeting)
    await meetings.take_turns(connection, meeting.workspace_id)
    # Before anything is changed: who waits for a changed row while we wait for them ends as a deadlock.
    await meetings.take_turns_for_agents(connection, [to.agent_id, *([meeting.agent_id] if meeting.agent_id else [])])
    if to not in await free_instead(connection, meeting, now):
        return None
    if await meetings.cancel(connection, meeting.id, None, "person", now, reason) is None:
        return None
    await take_back_notices(connection, meeting.id)
    held = await meetings.hold(
        connection,
        kind,
        to,
        workspace_id=meeting.workspace_id,
        lead_id=meeting.lead_id,
        conversation_id=meeting.conversation_id,
        time_zone=meeting.time_zone,
        place=1,
        now=now,
    )
    if held is None or not await meetings.book(connection, held.id, meeting.lead_id, now, instead_of=meeting.id):
        return None
    if reason is not None:
        await meetings.set_reason(connection, held.id, reason)
    if tell:
        await meeting_notices.add(connection, held.id, "moved")
    return held.id


async def conclude(
    connection: Connection, meeting: Standing, state: Literal["happened", "no_show"], tell: bool, now: datetime
) -> bool:
    """Say how a meeting ended; False when it has not begun, or did not stand."""
    if not await meetings.conclude(connection, meeting.id, state, now):
        return False
    if state == "no_show" and tell:
        await meeting_notices.add(connection, meeting.id, "missed")
    return True


async def take_back_notices(connection: Connection, meeting_id: str) -> None:
    """Do not send what was written down about a meeting that no longer stands, and has surely not arrived."""
    waiting = await meeting_notices.waiting_sends(connection, meeting_id)
    await outbox.cancel(connection, {each: (TAKEN_BACK, {"outcome": "refused"}) for each in waiting})


async def _kind_of(connection: Connection, meeting: Standing) -> MeetingType:
    """Return how this kind is planned, without notice; a kind that is no longer planned takes as long as it did."""
    kind = await meetings.meeting_type(connection, meeting.workspace_id, meeting.kind, even_retired=True)
    found = kind or MeetingType(meeting.kind, meeting.ends_at - meeting.starts_at)
    return replace(found, notice=timedelta())
