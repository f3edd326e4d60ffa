"""Book and call off what a decision says, in the transaction that writes the lead's message down."""

from __future__ import annotations

from datetime import datetime

from lead_reviver.decide.conversation import Decision
from lead_reviver.meetings.change import take_back_notices
from lead_reviver.storage import meetings
from lead_reviver.storage.database import Connection


async def agree(connection: Connection, decision: Decision, lead_id: str, now: datetime) -> bool:
    """Carry out what the lead agreed to; False, and nothing done, when the slot or the meeting is gone.

    Safe to run twice. A meeting that is moved may have been called off already: the new one stands all the same.
    """
    if decision.book is not None:
        if not await meetings.book(connection, decision.book, lead_id, now, instead_of=decision.cancel):
            return False
        if decision.cancel is not None:
            await _cancel(connection, decision.cancel, lead_id, now)
        return True
    return decision.cancel is None or await _cancel(connection, decision.cancel, lead_id, now)


async def _cancel(connection: Connection, meeting_id: str, lead_id: str, now: datetime) -> bool:
    cancelled = await meetings.cancel(connection, meeting_id, lead_id, "lead", now) is not None
    if cancelled:
        await take_back_notices(connection, meeting_id)
    return cancelled
