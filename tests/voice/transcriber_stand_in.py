"""A stand-in for a provider of transcription: speaks OpenAI's audio API on loopback and answers as scripted."""

from __future__ import annotations

import struct
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from tests.scripted_provider import Behaviour, ScriptedProvider, answers, serving


class TranscriberStandIn(ScriptedProvider):
    """What it was sent, and what it will say; without a script it is sure of two bedrooms."""

    path = "/audio/transcriptions"

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []

    async def note(self, request: web.Request) -> None:
        """Keep the form, with its file."""
        form = await request.post()
        sent = {name: value for name, value in form.items() if name != "file"}
        file: Any = form["file"]
        sent["file"], sent["filename"], sent["type"] = file.file.read(), file.filename, file.content_type
        self.forms.append(sent)

    def usual(self) -> Behaviour:
        """Be sure of two bedrooms."""
        return says("Two bedrooms please")


def a_transcriber() -> AbstractAsyncContextManager[TranscriberStandIn]:
    """Serve one until the test is over."""
    return serving(TranscriberStandIn())


def says(text: str, *, logprob: float = -0.1, silent: float = 0.02, language: str = "english") -> Behaviour:
    """Answer as Whisper does, with one segment."""
    segment = {"start": 0.0, "end": 2.0, "text": text, "avg_logprob": logprob, "no_speech_prob": silent}
    return answers({"task": "transcribe", "language": language, "duration": 2.0, "text": text, "segments": [segment]})


def says_nonsense(body: bytes) -> Behaviour:
    """Answer 200 with bytes that are no JSON."""

    async def behave(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    return behave


def a_voice_note(seconds: float = 2.0) -> bytes:
    """Return the frame of an Ogg Opus file of this length: its first page and its last."""
    pages = [
        struct.pack("<4sBBqIIIB", b"OggS", 0, flag, at, 1, 0, 0, 0) for flag, at in ((2, 0), (4, int(seconds * 48_000)))
    ]
    return pages[0] + b"\x00" * int(4000 * seconds) + pages[1]
