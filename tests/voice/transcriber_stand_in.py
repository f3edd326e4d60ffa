"""A stand-in for a provider of transcription: speaks OpenAI's audio API on loopback and answers as scripted."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TranscriberStandIn:
    """What it was sent, and what it will say; without a script it is sure of two bedrooms."""

    def __init__(self) -> None:
        self.forms: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.script: deque[Behaviour] = deque()
        self.url = ""

    def will(self, *behaviours: Behaviour) -> None:
        """Line up the next answers."""
        self.script += behaviours

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        form = await request.post()
        sent = {name: value for name, value in form.items() if name != "file"}
        file: Any = form["file"]
        sent["file"], sent["filename"], sent["type"] = file.file.read(), file.filename, file.content_type
        self.forms.append(sent)
        self.headers.append(dict(request.headers))
        return await (self.script.popleft() if self.script else says("Two bedrooms please"))(request)


@asynccontextmanager
async def a_transcriber() -> AsyncIterator[TranscriberStandIn]:
    """Serve on a free loopback port until the test is over."""
    stand_in = TranscriberStandIn()
    app = web.Application()
    app.router.add_post("/v1/audio/transcriptions", stand_in.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield stand_in
    finally:
        await runner.cleanup()


def says(text: str, *, logprob: float = -0.1, silent: float = 0.02, language: str = "english") -> Behaviour:
    """Answer as Whisper does, with one segment."""
    segment = {"start": 0.0, "end": 2.0, "text": text, "avg_logprob": logprob, "no_speech_prob": silent}
    return answers({"task": "transcribe", "language": language, "duration": 2.0, "text": text, "segments": [segment]})


def answers(body: Any, status: int = 200) -> Behaviour:
    """Answer with any JSON."""

    async def behave(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return behave


def says_nonsense(body: bytes) -> Behaviour:
    """Answer 200 with bytes that are no JSON."""

    async def behave(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

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
        await response.write(b'{"text": "Two bed')
        assert request.transport is not None
        request.transport.close()
        return response

    return behave


def a_voice_note(seconds: float = 2.0) -> bytes:
    """Return the frame of an Ogg Opus file of this length: its first page and its last."""
    pages = [
        struct.pack("<4sBBqIIIB", b"OggS", 0, flag, at, 1, 0, 0, 0) for flag, at in ((2, 0), (4, int(seconds * 48_000)))
    ]
    return pages[0] + b"\x00" * int(4000 * seconds) + pages[1]
