"""Live updates: server-sent events that resume by id after a dropped connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from lead_reviver.api.access import SignedIn, role_in
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.conversations import Parts
from lead_reviver.state import presence
from lead_reviver.state.live import is_event_id
from lead_reviver.storage.database import as_member

router = APIRouter(prefix="/api", tags=["live"])


@router.get("/events", response_class=StreamingResponse)
async def events(
    workspace_id: UUID, caller: SignedIn, parts: Parts, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Stream what changes in a workspace, as ids: what they stand for is read under the reader's own rights.

    Events: message, conversation, turn, channel, resync (missed too much: read everything again).
    """
    async with as_member(parts.pool, caller.claims) as connection:
        await role_in(connection, caller, str(workspace_id))
    after = last_event_id if last_event_id and is_event_id(last_event_id) else None
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    lines = _lines(parts, str(workspace_id), caller.user_id, after)
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


async def _lines(parts: ApiParts, workspace_id: str, user_id: str, after: str | None) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n: connected\n\n"
    await presence.is_here(parts.redis, workspace_id, user_id, parts.clock())
    said = monotonic()
    async for event in parts.live.listen(workspace_id, after):
        if monotonic() - said >= presence.SAY_EVERY_SECONDS:
            await presence.is_here(parts.redis, workspace_id, user_id, parts.clock())
            said = monotonic()
        if event is None:
            yield b": still here\n\n"
            continue
        head = f"id: {event.id}\n".encode() if event.id else b""
        yield head + b"event: " + event.name.encode() + b"\ndata: " + orjson.dumps(event.data) + b"\n\n"
