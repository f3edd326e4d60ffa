"""Book and call off what a decision says, in the transaction that writes the lead's message down."""

from __future__ import annotations

from datetime import datetime

from lead_reviver.decide.conversation import Decision
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
            await meetings.cancel(connection, decision.cancel, lead_id, "lead", now)
        return True
    if decision.cancel is not None:
        return await meetings.cancel(connection, decision.cancel, lead_id, "lead", now) is not None
    return True
