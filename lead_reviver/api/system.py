"""How the parts are, what is parked, and signing out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from lead_reviver.api.access import MANAGERS, SignedIn, role_in
from lead_reviver.api.conversations import Parts
from lead_reviver.state import sessions
from lead_reviver.storage import inbox
from lead_reviver.storage.database import AWAY, as_member, transaction

router = APIRouter(tags=["system"])

PARKED = """
select t.id, t.conversation_id, t.reason, t.attempts, t.finished_at as parked_at, l.name as lead_name
from public.turns t join public.conversations c on c.id = t.conversation_id join public.leads l on l.id = c.lead_id
where t.workspace_id = $1 and t.state = 'parked' order by t.finished_at desc limit 100
"""
PAUSED = """
select id, name, paused_reason as reason, paused_at from public.channels
where workspace_id = $1 and paused_at is not null order by paused_at
"""


class Part(BaseModel):
    """One part the engine depends on."""

    name: str
    state: str
    """up or down."""
    detail: str


class ParkedTurn(BaseModel):
    """A turn that was given up; a person looks, and may let it run again."""

    id: UUID
    conversation_id: UUID
    lead_name: str | None
    reason: str | None
    attempts: int
    parked_at: datetime | None


class ParkedEvent(BaseModel):
    """A webhook event that could not be applied; it is kept, and may be tried again."""

    id: int
    kind: str
    reason: str | None
    received_at: datetime


class PausedChannel(BaseModel):
    """A number that must not send until somebody in charge lets it."""

    id: UUID
    name: str
    reason: str
    paused_at: datetime


class System(BaseModel):
    """What the system page shows."""

    parts: list[Part]
    parked_turns: list[ParkedTurn]
    parked_events: list[ParkedEvent]
    """Only for owners and managers."""
    paused_channels: list[PausedChannel]
    runner: str
    model: str


@router.get("/config.json")
async def config(parts: Parts) -> dict[str, Any]:
    """Tell the dashboard where to sign in. Nothing here is secret."""
    return parts.config


@router.get("/api/system")
async def system(workspace_id: UUID, caller: SignedIn, parts: Parts) -> System:
    """Return how the parts are and which turns are parked, as far as the caller may see them."""
    async with as_member(parts.pool, caller.claims) as connection:
        role = await role_in(connection, caller, str(workspace_id))
        rows = await connection.fetch(PARKED, str(workspace_id))
        paused = await connection.fetch(PAUSED, str(workspace_id))
    events = []
    if role in MANAGERS:
        async with transaction(parts.pool) as connection:
            events = await inbox.parked(connection, str(workspace_id))
    return System(
        parts=[await _database(parts), await _redis(parts)],
        parked_turns=[ParkedTurn(**dict(row)) for row in rows],
        parked_events=[ParkedEvent(**asdict(event)) for event in events],
        paused_channels=[PausedChannel(**dict(row)) for row in paused],
        **parts.describe(),
    )


async def _database(parts: Parts) -> Part:
    began = perf_counter()
    try:
        await parts.pool.fetchval("select 1", timeout=2)
    except AWAY as error:
        return Part(name="postgres", state="down", detail=type(error).__name__)
    return Part(name="postgres", state="up", detail=f"answers in {(perf_counter() - began) * 1000:.1f} ms")


async def _redis(parts: Parts) -> Part:
    began = perf_counter()
    try:
        await parts.redis.ping()
    except Exception as error:
        return Part(name="redis", state="down", detail=type(error).__name__)
    return Part(name="redis", state="up", detail=f"answers in {(perf_counter() - began) * 1000:.1f} ms")


@router.post("/api/sign-out", status_code=204)
async def sign_out(caller: SignedIn, parts: Parts) -> Response:
    """End the session here at once; its tokens would be valid until they expire."""
    session_id = caller.claims.get("session_id")
    if session_id:
        await sessions.sign_out(parts.redis, str(session_id))
    return Response(status_code=204)
