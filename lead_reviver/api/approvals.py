"""Approval mode: a person sends what the bot proposes, in its words or in others, or throws it away."""

from __future__ import annotations

import logging
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from lead_reviver.api.access import MANAGERS, Caller, SignedIn, check_role, conversation_to_write
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.conversations import MessageFate, Parts
from lead_reviver.api.problems import Problem
from lead_reviver.approving import Click, Clicked, let_go
from lead_reviver.decide.steering import steering_in
from lead_reviver.errors import TryAgainLater
from lead_reviver.state import counters, live
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.scoring import score_corrected
from lead_reviver.storage import approvals, audit, conversations
from lead_reviver.storage.approvals import Approval
from lead_reviver.storage.database import Connection, as_member, lent, transaction

router = APIRouter(prefix="/api", tags=["approvals"])
log = logging.getLogger(__name__)

SEEN: Final = """
select a.conversation_id, (select p.id from public.playbooks p where p.workspace_id = a.workspace_id
  and p.published_at is not null order by p.published_at desc limit 1) as playbook_id
from public.approvals a where a.id = $1
"""
FATE: Final = "select status, reason, body from public.messages where id = $1"
DECIDED: Final = ("sent", "refused")

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)]


class Approve(BaseModel):
    """How to send it."""

    text: Words | None = None
    """Other words than the bot's; without them it goes as it is."""


class Discard(BaseModel):
    """Why it is not sent."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Discarded(BaseModel):
    """What a person threw away."""

    message_id: UUID
    reason: str


class Switch(BaseModel):
    """Whether a person looks at every message of the bot before it is sent."""

    on: bool


class Wording(BaseModel):
    """Words that a person means to send."""

    text: str = Field(max_length=4096)


class Warnings(BaseModel):
    """What a person should look at once more; nothing is forbidden by it."""

    steering: str | None
    """The words that say who lives somewhere or should; null when there are none."""


@router.post("/messages/{message_id}/approve", status_code=202)
async def approve(message_id: UUID, asked: Approve, caller: SignedIn, parts: Parts) -> MessageFate:
    """Send what the bot proposes; asked twice, it is sent once. The gate has the last word at this very moment."""
    approval_id = str(message_id)
    conversation_id, playbook_id = await _may_decide(parts, caller, approval_id)
    playbook = await parts.find_playbook(playbook_id)
    clicked: Clicked | None = None
    async with transaction(parts.pool) as connection:
        approval = await _locked(connection, conversation_id, approval_id)
        if approval.state not in DECIDED:
            _must_wait(approval)
            clicked = await let_go(
                connection,
                parts.redis,
                approval,
                Click(caller.user_id, asked.text),
                now=parts.clock(),
                settle=parts.delivery.settle,
                hash_key=parts.hash_key,
                reachable_numbers=parts.reachable_numbers,
                score_of=lambda lead: score_corrected(lead, lead.fields, playbook),
            )
            if clicked.outcome == "written":
                workspace_id = approval.workspace_id
                await audit.record(connection, workspace_id, caller.user_id, "approve", "message", approval_id)
    if clicked is not None:
        await _after(parts, approval, clicked)
    async with lent(parts.pool) as connection:
        fate = await connection.fetchrow(FATE, approval_id)
    if fate is None:
        raise Problem(409, "withdrawn", "This message is gone; nothing was sent.")
    if clicked is None and asked.text is not None and asked.text != fate["body"]:
        raise Problem(409, "sent_already", "Somebody sent this message before you, in other words than yours.")
    return MessageFate(message_id=message_id, status=fate["status"], reason=fate["reason"])


@router.post("/messages/{message_id}/discard")
async def discard(message_id: UUID, asked: Discard, caller: SignedIn, parts: Parts) -> Discarded:
    """Throw away what the bot proposes. The lead gets nothing by this: write to them, or leave it."""
    approval_id = str(message_id)
    conversation_id, _ = await _may_decide(parts, caller, approval_id)
    async with transaction(parts.pool) as connection:
        approval = await _locked(connection, conversation_id, approval_id)
        if approval.state == "discarded":
            return Discarded(message_id=message_id, reason=approval.reason or "")
        if approval.state in DECIDED:
            raise Problem(409, "sent_already", "Somebody let this message go before you.")
        _must_wait(approval)
        await approvals.end(connection, approval_id, "discarded", asked.reason, caller.user_id)
        await audit.record(connection, approval.workspace_id, caller.user_id, "discard", "message", approval_id)
    await _tell(parts, approval)
    return Discarded(message_id=message_id, reason=asked.reason)


@router.post("/workspaces/{workspace_id}/approval")
async def switch_approval(workspace_id: UUID, asked: Switch, caller: SignedIn, parts: Parts) -> Switch:
    """Turn approval mode on or off. What waits already goes on waiting for its click."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS)
    async with transaction(parts.pool) as connection:
        if await approvals.switch(connection, workspace, asked.on):
            action = "turn approval on" if asked.on else "turn approval off"
            await audit.record(connection, workspace, caller.user_id, action, "workspace", workspace)
    return asked


@router.post("/wording")
async def check_wording(asked: Wording, _: SignedIn) -> Warnings:
    """Say what in a person's words should be looked at once more before it is sent. Nothing is kept of them."""
    return Warnings(steering=steering_in(asked.text))


async def _may_decide(parts: ApiParts, caller: Caller, approval_id: str) -> tuple[str, str | None]:
    """Return the conversation and the playbook of a message that the caller may decide about, reading as the caller."""
    async with as_member(parts.pool, caller.claims) as connection:
        row = await connection.fetchrow(SEEN, approval_id)
        if row is None:
            raise Problem(404, "not_found", "There is no such message waiting here.")
        await conversation_to_write(connection, caller, row["conversation_id"])
    return row["conversation_id"], row["playbook_id"]


async def _locked(connection: Connection, conversation_id: str, approval_id: str) -> Approval:
    await conversations.lock(connection, [conversation_id])
    approval = await approvals.find(connection, approval_id)
    if approval is None or approval.conversation_id != conversation_id:
        raise Problem(404, "not_found", "There is no such message waiting here.")
    return approval


def _must_wait(approval: Approval) -> None:
    if approval.state == "withdrawn":
        raise Problem(409, "withdrawn", f"Nothing was sent, this message is out of date: {approval.reason}.")
    if approval.state == "discarded":
        raise Problem(409, "discarded", f"Somebody discarded this message before you: {approval.reason}.")


async def _after(parts: ApiParts, approval: Approval, clicked: Clicked) -> None:
    """Make the call, and tell everybody; raises `Problem` where nothing was written down."""
    if clicked.call is not None:
        await parts.delivery.deliver([clicked.call])
    if clicked.booked:
        try:
            counted = (approval.workspace_id, f"approved:{approval.id}", {"meetings_booked": 1})
            await counters.count(parts.redis, parts.clock(), [counted])
        except TryAgainLater as error:
            log.warning("the count of a meeting is lost: %s", error)
    if clicked.outcome == "not_now":
        raise Problem(409, "not_now", f"{clicked.sentence} It goes on waiting here.")
    await _tell(parts, approval)
    if clicked.outcome == "gone":
        parts.wake_turns()
        raise Problem(409, "times_gone", f"Nothing was sent. {clicked.sentence}")


async def _tell(parts: ApiParts, approval: Approval) -> None:
    ids = {"conversation_id": approval.conversation_id}
    events = [
        LiveEvent(approval.workspace_id, "message", {**ids, "message_id": approval.id}),
        LiveEvent(approval.workspace_id, "conversation", ids),
    ]
    await live.tell(parts.redis, events)
