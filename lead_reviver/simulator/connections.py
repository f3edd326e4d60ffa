"""Losing a connection on purpose: the caller sees a reset, or silence, and cannot know what happened."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "lead_reviver.transport"


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that lets a handler cut its own connection."""

    def on_message_begin(self) -> None:
        """Note the transport in the scope of each request."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[TRANSPORT] = self.transport


class NoAnswer(Response):
    """Sends nothing: the connection is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer nothing."""


async def lose_connection(request: Request, *, hang: bool) -> Response:
    """Cut the connection, or keep silent until the caller gives up."""
    transport: asyncio.Transport | None = request.scope.get(TRANSPORT)
    if not hang and transport is not None:
        transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return NoAnswer()
