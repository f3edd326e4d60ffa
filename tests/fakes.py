"""Hand-written stand-ins for what is not ours: a model, a clock, Meta's Graph API."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from lead_reviver.decide.conversation import Decision, Turn

Behaviour = Callable[["GraphStandIn", web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


class ScriptedLlm:
    """Answers with what it was told to say, and remembers the turns it saw; says "Noted: ..." without a script."""

    name = "scripted"

    def __init__(self, *script: Decision | Exception, instant: bool = True) -> None:
        self.script = deque(script)
        self.turns: list[Turn] = []
        self.instant = instant
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens once while it thinks."""

    async def decide(self, turn: Turn) -> Decision:
        """Decide as scripted."""
        self.turns.append(turn)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        said = " / ".join(line.text or line.kind for line in turn.messages)
        decision = self.script.popleft() if self.script else Decision("answer", "It was asked.", text=f"Noted: {said}")
        if isinstance(decision, Exception):
            raise decision
        return decision


class MovableClock:
    """Tells the real time, moved by as much as a test likes."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        """Return now, aware, UTC."""
        return datetime.now(UTC) + self.moved


@dataclass
class GraphCall:
    """A request to send something, as it came."""

    phone_number_id: str
    body: dict[str, Any]
    wamid: str | None = None
    """The id it was given, where it was taken."""

    @property
    def to(self) -> str:
        """Whom it went to."""
        return str(self.body.get("to") or self.body.get("recipient"))

    @property
    def outbox_id(self) -> str:
        """What travels with it and comes back in its statuses."""
        return str(self.body["biz_opaque_callback_data"])

    @property
    def text(self) -> str:
        """The words of it."""
        if self.body["type"] == "text":
            return str(self.body["text"]["body"])
        return str(self.body["interactive"]["body"]["text"])


@dataclass
class File:
    """A file that a lead sent."""

    content: bytes
    mime_type: str
    sha256: str = ""
    served_type: str = ""


@dataclass
class GraphStandIn:
    """A Graph API on loopback, in a thread of its own: accepts sends unless told otherwise, per number of ours."""

    calls: list[GraphCall] = field(default_factory=list)
    courtesies: list[dict[str, Any]] = field(default_factory=list)
    """Read receipts and typing dots."""
    files: dict[str, File] = field(default_factory=dict)
    url: str = ""
    _queues: dict[str, deque[Behaviour]] = field(default_factory=lambda: defaultdict(deque))
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _run: str = field(default_factory=lambda: secrets.token_hex(4))
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    def will(self, phone_number_id: str, *behaviours: Behaviour) -> None:
        """Line up what becomes of the next sends from a number of ours."""
        self._queues[phone_number_id].extend(behaviours)

    def sent_from(self, phone_number_id: str) -> list[GraphCall]:
        """Return the sends from a number of ours, whatever became of them."""
        return [each for each in self.calls if each.phone_number_id == phone_number_id]

    def start(self) -> None:
        """Listen on a free port."""
        ready = threading.Event()

        async def serve() -> None:
            app = web.Application()
            app.router.add_post("/{version}/{number}/messages", self._send)
            app.router.add_get("/{version}/{media_id}", self._about_file)
            app.router.add_get("/files/{media_id}", self._file)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            ready.set()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(serve())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True, name="graph")
        self._thread.start()
        assert ready.wait(5)

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(5)

    def take(self, call: GraphCall) -> web.Response:
        """Accept a message and answer as Meta does."""
        call.wamid = f"wamid.OUT{self._run}{next(self._numbers):06d}"
        to = call.body.get("to")
        contact = {"input": call.to, **({"wa_id": to.lstrip("+")} if to else {"user_id": call.to})}
        message = {"id": call.wamid}
        return web.json_response({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        number = request.match_info["number"]
        if body.get("status") == "read":
            self.courtesies.append({**body, "phone_number_id": number})
            return web.json_response({"success": True})
        queue = self._queues[number]
        behaviour = queue.popleft() if queue else accepts
        self.calls.append(GraphCall(number, body))
        return await behaviour(self, request, body)

    async def _about_file(self, request: web.Request) -> web.StreamResponse:
        media_id = request.match_info["media_id"]
        file = self.files.get(media_id)
        if file is None:
            error = {"message": "Object does not exist", "type": "GraphMethodException", "code": 100}
            return web.json_response({"error": error}, status=400)
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "id": media_id,
                "url": f"{self.url}/files/{media_id}",
                "mime_type": file.mime_type,
                "sha256": file.sha256 or hashlib.sha256(file.content).hexdigest(),
                "file_size": len(file.content),
            }
        )

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self.files[request.match_info["media_id"]]
        assert request.headers["Authorization"].startswith("Bearer ")
        return web.Response(body=file.content, headers={"Content-Type": file.served_type or file.mime_type})


async def accepts(graph: GraphStandIn, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Take the message."""
    return graph.take(graph.calls[-1])


async def takes_and_hangs_up(graph: GraphStandIn, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Take the message, and lose the answer on the way back."""
    graph.take(graph.calls[-1])
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def loses(graph: GraphStandIn, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Break down with the request in hand: nothing is sent, and nobody can tell."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def refuses(code: int, status: int = 400) -> Behaviour:
    """Say no, as Meta does."""

    async def behave(graph: GraphStandIn, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        error = {
            "message": f"(#{code}) no",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": "for a reason"},
            "fbtrace_id": "Az8",
        }
        return web.json_response({"error": error}, status=status)

    return behave


def takes_after(seconds: float) -> Behaviour:
    """Think for a while, then take the message."""

    async def behave(graph: GraphStandIn, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        call = graph.calls[-1]
        await asyncio.sleep(seconds)
        return graph.take(call)

    return behave
