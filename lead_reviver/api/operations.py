"""What somebody in charge does when a part of the work stopped.

Let a number send again, apply or tell a parked event again, let all parked turns run again.
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from lead_reviver.api.access import IN_CHARGE, MANAGERS, SignedIn, check_role, role_among
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.storage import accounts, audit, conversations, inbox, meeting_events, parked_turns
from lead_reviver.storage.database import as_member, transaction

router = APIRouter(prefix="/api", tags=["operations"])

RETRY_AT_ONCE: Final = 100
"""So many conversations are locked together, for some milliseconds; who has more asks again."""

EventNumber = Annotated[int, Path(ge=1, lt=2**63)]

CHANNEL = "select workspace_id from public.channels where id = $1"


@router.post("/channels/{channel_id}/resume", status_code=204)
async def resume_channel(channel_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Let a number send again that WhatsApp had made us stop. Look at the reason first: the cause must be gone."""
    channel = str(channel_id)
    async with as_member(parts.pool, caller.claims) as connection:
        workspace_id = await connection.fetchval(CHANNEL, channel)
        if workspace_id is None:
            raise Problem(404, "not_found", "There is no such number here.")
        await role_among(connection, caller, workspace_id, MANAGERS, IN_CHARGE)
    async with transaction(parts.pool) as connection:
        if not await accounts.resume(connection, channel):
            raise Problem(409, "not_paused", "This number is not paused.")
        await audit.record(connection, workspace_id, caller.user_id, "resume", "channel", channel)
    parts.wake_turns()
    await live.tell(parts.redis, [LiveEvent(workspace_id, "channel", {"channel_id": channel})])
    return Response(status_code=204)


@router.post("/parked-events/{event_id}/retry", status_code=202)
async def retry_event(event_id: int, workspace_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Apply an event again that could not be applied."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS)
    async with transaction(parts.pool) as connection:
        if not await inbox.unpark(connection, event_id, workspace):
            raise Problem(409, "not_parked", "This event is not parked any more.")
        await audit.record(connection, workspace, caller.user_id, "retry event", "event", workspace)
    parts.wake()
    return Response(status_code=202)


@router.post("/meeting-events/{event_id}/retry", status_code=202)
async def retry_meeting_event(event_id: EventNumber, workspace_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Tell n8n again of a change of a meeting that it could not be told."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS)
    async with transaction(parts.pool) as connection:
        if not await meeting_events.unpark(connection, event_id, workspace):
            raise Problem(409, "not_parked", "This is not parked any more: it was told since, or a later change was.")
        await audit.record(connection, workspace, caller.user_id, "retry meeting event", "workspace", workspace)
    return Response(status_code=202)


class RetriedTurns(BaseModel):
    """What became of the wish to try all parked turns again."""

    retried: int
    left: int
    """Still parked: there were too many for once, a person answers there, or another answer comes first."""


@router.post("/turns/retry-parked", status_code=202)
async def retry_parked_turns(workspace_id: UUID, caller: SignedIn, parts: Parts) -> RetriedTurns:
    """Let the bot try the parked turns of a workspace again: one in each conversation, at most 100 at once."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS)
    async with transaction(parts.pool) as connection:
        chosen = await parked_turns.conversations_with_parked_turns(connection, workspace, RETRY_AT_ONCE)
        await conversations.lock(connection, chosen)
        retried = await parked_turns.unpark_all(connection, chosen)
        await conversations.hand_back_all(connection, list(retried))
        left = await parked_turns.count(connection, workspace)
        if retried:
            await audit.record(connection, workspace, caller.user_id, "retry parked turns", "workspace", workspace)
    parts.wake_turns()
    await live.tell(
        parts.redis,
        [
            LiveEvent(workspace, "turn", {"conversation_id": conversation, "turn_id": turn})
            for conversation, turn in retried.items()
        ],
    )
    return RetriedTurns(retried=len(retried), left=left)
