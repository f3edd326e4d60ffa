"""A provider that a test scripts: an HTTP server on loopback that answers each call with the next thing lined up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiohttp import web

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ScriptedProvider:
    """What it was asked, and what it will say; `usual` where nothing is lined up."""

    path: str
    """Below the version, e.g. "/chat/completions"."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.script: deque[Behaviour] = deque()
        self.url = ""

    def will(self, *behaviours: Any) -> None:
        """Line up the next answers."""
        self.script += behaviours

    async def note(self, request: web.Request) -> None:
        """Keep what was asked."""

    def usual(self) -> Behaviour:
        """Return what is answered without a script."""
        raise NotImplementedError

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        await self.note(request)
        self.headers.append(dict(request.headers))
        return await (self.script.popleft() if self.script else self.usual())(request)


Provider = TypeVar("Provider", bound=ScriptedProvider)


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[Provider]:
    """Serve on a free loopback port until the test is over."""
    app = web.Application()
    app.router.add_post(f"/v1{provider.path}", provider.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield provider
    finally:
        await runner.cleanup()


def answers(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer with any JSON."""

    async def behave(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return behave


def hangs(seconds: float = 5.0) -> Behaviour:
    """Answer too late."""

    async def behave(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response({})

    return behave


def is_cut_off() -> Behaviour:
    """Begin a good answer and drop the line in the middle."""

    async def behave(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json", "content-length": "900"})
        await response.prepare(request)
        await response.write(b'{"id": "c1", "text": "Two bed')
        assert request.transport is not None
        request.transport.close()
        return response

    return behave
