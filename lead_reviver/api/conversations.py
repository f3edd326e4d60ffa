"""Commands on a conversation: write as a person, take over, hand back, mark as read, retry a turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from lead_reviver.api.access import SignedIn, conversation_to_write
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.problems import Problem
from lead_reviver.sending.deliver import Call, first_call
from lead_reviver.sending.drafts import Draft, judge, written
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.storage import audit, conversations, outbox, turns
from lead_reviver.storage.database import as_member, lent, transaction

router = APIRouter(prefix="/api", tags=["conversations"])


def api_parts(request: Request) -> ApiParts:
    """Return what the API works with."""
    parts: ApiParts = request.app.state.api
    return parts


Parts = Annotated[ApiParts, Depends(api_parts)]


class NewMessage(BaseModel):
    """A message a person writes."""

    id: UUID
    """Made by the page, so that a repeated request sends nothing twice."""
    text: str = Field(min_length=1, max_length=4096)
    reply_to: UUID | None = None
    """The message it quotes."""


class MessageFate(BaseModel):
    """What became of a message."""

    message_id: UUID
    status: str
    """sending, accepted, sent, delivered, read, failed, not_sent."""
    reason: str | None = None
    """Why it was not sent, in plain words."""


class WhoAnswers(BaseModel):
    """Who answers a conversation now."""

    mode: str
    assigned_to: UUID | None


QUOTED = "select wamid from public.messages where id = $1 and conversation_id = $2"
FATE = "select id, conversation_id, status, reason from public.messages where id = $1"


@router.post("/conversations/{conversation_id}/messages", status_code=202)
async def write_message(conversation_id: UUID, message: NewMessage, caller: SignedIn, parts: Parts) -> MessageFate:
    """Write to a lead. Whoever writes takes the conversation over: the bot pauses at once."""
    conversation, draft_id = str(conversation_id), str(message.id)
    async with as_member(parts.pool, caller.claims) as connection:
        row = await conversation_to_write(connection, caller, conversation)
        quoted = None
        if message.reply_to is not None:
            quoted = await connection.fetchval(QUOTED, str(message.reply_to), conversation)
    draft = Draft(
        conversation_id=conversation,
        author="person",
        purpose="person_message",
        text=message.text,
        author_id=caller.user_id,
        context_wamid=quoted,
        message_id=draft_id,
    )
    calls = await _write_down(parts, draft)
    await parts.delivery.deliver(calls)
    ids = {"conversation_id": conversation}
    await live.tell(
        parts.redis,
        [
            LiveEvent(row["workspace_id"], "message", {**ids, "message_id": draft_id}),
            LiveEvent(row["workspace_id"], "conversation", ids),
        ],
    )
    async with lent(parts.pool) as connection:
        fate = await connection.fetchrow(FATE, draft_id)
    if fate is None or fate["conversation_id"] != conversation:
        raise Problem(409, "id_taken", "A message with this id is in another conversation; send it with a new id.")
    return MessageFate(message_id=message.id, status=fate["status"], reason=fate["reason"])


async def _write_down(parts: ApiParts, draft: Draft) -> list[Call]:
    """Take over, ask the gate and write the message down; return the Graph call to make, if there is one."""
    async with transaction(parts.pool) as connection:
        await conversations.take_over(connection, draft.conversation_id, draft.author_id)
        await turns.drop_gathering(connection, draft.conversation_id, "a person answers")
        facts = await outbox.facts(connection, [draft.conversation_id])
        [verdict] = await judge(
            connection,
            parts.redis,
            [draft],
            facts,
            now=parts.clock(),
            hash_key=parts.hash_key,
            reachable_numbers=parts.reachable_numbers,
        )
        fact = facts[draft.conversation_id]
        message = written(draft, fact, verdict)
        if not await outbox.add(connection, [message], parts.delivery.settle) or message.payload is None:
            return []
        if verdict.outcome == "wait":
            await outbox.postpone(connection, message.outbox_id, timedelta(seconds=verdict.seconds), verdict.sentence)
            return []
        return [first_call(message, fact)]


@router.post("/conversations/{conversation_id}/take-over")
async def take_over(conversation_id: UUID, caller: SignedIn, parts: Parts) -> WhoAnswers:
    """Answer yourself from now on; the bot stops at once, also in the middle of a turn."""
    conversation = str(conversation_id)
    async with as_member(parts.pool, caller.claims) as connection:
        await conversation_to_write(connection, caller, conversation)
    async with transaction(parts.pool) as connection:
        workspace_id, assigned_to = await conversations.take_over(connection, conversation, caller.user_id)
        await turns.drop_gathering(connection, conversation, "a person took over")
        await audit.record(connection, workspace_id, caller.user_id, "take over", "conversation", conversation)
    await live.tell(parts.redis, [LiveEvent(workspace_id, "conversation", {"conversation_id": conversation})])
    return WhoAnswers(mode="human", assigned_to=UUID(assigned_to) if assigned_to else None)


@router.post("/conversations/{conversation_id}/hand-back")
async def hand_back(conversation_id: UUID, caller: SignedIn, parts: Parts) -> WhoAnswers:
    """Let the bot answer again."""
    conversation = str(conversation_id)
    async with as_member(parts.pool, caller.claims) as connection:
        await conversation_to_write(connection, caller, conversation)
    async with transaction(parts.pool) as connection:
        workspace_id = await conversations.hand_back(connection, conversation)
        await audit.record(connection, workspace_id, caller.user_id, "hand back", "conversation", conversation)
    await live.tell(parts.redis, [LiveEvent(workspace_id, "conversation", {"conversation_id": conversation})])
    return WhoAnswers(mode="bot", assigned_to=None)


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def mark_read(conversation_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Note that somebody has read everything. A viewer looking on changes nothing."""
    conversation = str(conversation_id)
    async with as_member(parts.pool, caller.claims) as connection:
        await conversation_to_write(connection, caller, conversation)
    async with transaction(parts.pool) as connection:
        workspace_id = await conversations.mark_read(connection, conversation)
    if workspace_id is not None:
        await live.tell(parts.redis, [LiveEvent(workspace_id, "conversation", {"conversation_id": conversation})])
    return Response(status_code=204)


TURN = "select conversation_id from public.turns where id = $1"


@router.post("/turns/{turn_id}/retry", status_code=202)
async def retry_turn(turn_id: UUID, caller: SignedIn, parts: Parts) -> WhoAnswers:
    """Let the bot try a parked turn again."""
    async with as_member(parts.pool, caller.claims) as connection:
        conversation_id = await connection.fetchval(TURN, str(turn_id))
        if conversation_id is None:
            raise Problem(404, "not_found", "There is no such turn here.")
        await conversation_to_write(connection, caller, conversation_id)
    async with transaction(parts.pool) as connection:
        await conversations.lock(connection, [conversation_id])
        unparked = await turns.unpark(connection, str(turn_id))
        if unparked is None:
            raise Problem(409, "not_parked", "This turn is not parked any more: it was answered or overtaken.")
        await conversations.hand_back(connection, conversation_id)
    parts.wake_turns()
    workspace_id, _ = unparked
    event = {"conversation_id": conversation_id, "turn_id": str(turn_id)}
    await live.tell(parts.redis, [LiveEvent(workspace_id, "turn", event)])
    return WhoAnswers(mode="bot", assigned_to=None)
