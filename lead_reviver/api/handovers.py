"""Commands on a hand-over: take it, or pass it on; and "I have this conversation on my screen"."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from lead_reviver.api.access import Caller, SignedIn, conversation_to_write
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.conversations import Parts, WhoAnswers, take_over
from lead_reviver.api.problems import Problem
from lead_reviver.state import presence
from lead_reviver.steps.hand_over import Passed, offer
from lead_reviver.storage import handovers
from lead_reviver.storage.database import as_member

router = APIRouter(prefix="/api", tags=["hand-overs"])


class WhoIsAsked(BaseModel):
    """Who is asked to take a conversation now."""

    offered_to: UUID | None
    """None: everybody."""


@router.post("/handovers/{handover_id}/take")
async def take(handover_id: UUID, caller: SignedIn, parts: Parts) -> WhoAnswers:
    """Answer the lead yourself from now on, whoever was asked."""
    return await take_over(UUID(await _conversation(handover_id, caller, parts)), caller, parts)


@router.post("/handovers/{handover_id}/pass")
async def pass_on(handover_id: UUID, caller: SignedIn, parts: Parts) -> WhoIsAsked:
    """Say "not me": the next one is asked. Only whoever is asked may say so."""
    conversation_id = await _conversation(handover_id, caller, parts)
    chosen = await offer(parts.pool, parts.redis, [conversation_id], parts.clock(), Passed(caller.user_id))
    if not chosen:
        raise Problem(409, "not_asked", "You are not asked any more: it was passed on, or somebody took it.")
    [found] = chosen
    return WhoIsAsked(offered_to=UUID(found.offered_to) if found.offered_to else None)


@router.post("/conversations/{conversation_id}/here", status_code=204)
async def here(conversation_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Say that the conversation is on somebody's screen: as long as it is, nobody takes it from them."""
    async with as_member(parts.pool, caller.claims) as connection:
        await conversation_to_write(connection, caller, str(conversation_id))
    await presence.looks_at(parts.redis, str(conversation_id))
    return Response(status_code=204)


async def _conversation(handover_id: UUID, caller: Caller, parts: ApiParts) -> str:
    """Return the conversation of an open hand-over that the caller may write in. Raises `Problem`."""
    async with as_member(parts.pool, caller.claims) as connection:
        conversation_id = await handovers.conversation_of(connection, str(handover_id))
        if conversation_id is None:
            raise Problem(409, "not_open", "This conversation waits for nobody any more: somebody was faster.")
        await conversation_to_write(connection, caller, conversation_id)
    return conversation_id
