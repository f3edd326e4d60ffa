"""Leave a lead alone until a day: no follow-up, no ageing. On that day, or when the lead writes, it is awake again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from lead_reviver.api.access import SignedIn, conversation_to_write
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.storage import audit, conversations, snoozes
from lead_reviver.storage.database import as_member, transaction

router = APIRouter(prefix="/api", tags=["conversations"])

LONGEST_SNOOZE = timedelta(days=2 * 366)


class Snooze(BaseModel):
    """Until when."""

    until: AwareDatetime | None
    """None: awake at once."""


class Snoozed(BaseModel):
    """Until when a lead is left alone."""

    snoozed_until: datetime | None


@router.post("/conversations/{conversation_id}/snooze")
async def snooze(conversation_id: UUID, asked: Snooze, caller: SignedIn, parts: Parts) -> Snoozed:
    """Leave a lead alone until a day. It no longer waits for a person: on that day, it does again."""
    conversation = str(conversation_id)
    if asked.until is not None and not parts.clock() < asked.until <= parts.clock() + LONGEST_SNOOZE:
        raise Problem(422, "bad_input", "Choose a time from now on, within two years.")
    async with as_member(parts.pool, caller.claims) as connection:
        row = await conversation_to_write(connection, caller, conversation)
    async with transaction(parts.pool) as connection:
        await conversations.lock(connection, [conversation])
        if asked.until is not None:
            await snoozes.put_off(connection, conversation, asked.until, caller.user_id)
        else:
            await snoozes.end(connection, conversation)
        action = "snooze" if asked.until is not None else "end snooze"
        await audit.record(connection, row["workspace_id"], caller.user_id, action, "conversation", conversation)
    await live.tell(parts.redis, [LiveEvent(row["workspace_id"], "conversation", {"conversation_id": conversation})])
    return Snoozed(snoozed_until=asked.until)
