"""Hand-overs: take one, pass it on, say "this conversation is on my screen", set how long people have."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from lead_reviver.api.access import MANAGERS, Caller, SignedIn, check_role, conversation_to_write
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.conversations import Parts, WhoAnswers, take_over
from lead_reviver.api.problems import Problem
from lead_reviver.state import presence
from lead_reviver.steps.hand_over import Passed, offer
from lead_reviver.storage import audit, handovers
from lead_reviver.storage.database import as_member, transaction

router = APIRouter(prefix="/api", tags=["hand-overs"])


class WhoIsAsked(BaseModel):
    """Who is asked to take a conversation now."""

    offered_to: UUID | None
    """None: everybody."""


class HandoverTimes(BaseModel):
    """How long people of a workspace have."""

    handover_minutes: int = Field(ge=1, le=1440)
    """To take a conversation, before the next one is asked; only working hours count."""
    give_back_hours: int = Field(ge=0, le=144)
    """To answer a lead after taking over, before the bot answers again; 0: for ever."""


@router.put("/workspaces/{workspace_id}/handover")
async def set_handover_times(workspace_id: UUID, asked: HandoverTimes, caller: SignedIn, parts: Parts) -> HandoverTimes:
    """Set how long people have to take a conversation, and to answer in it. Who is asked already keeps their time."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS)
    async with transaction(parts.pool) as connection:
        if await handovers.set_times(connection, workspace, asked.handover_minutes, asked.give_back_hours):
            await audit.record(connection, workspace, caller.user_id, "set hand-over times", "workspace", workspace)
    return asked


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
