"""The outside world as a few small Protocols. Real parts are wired in `app.py`, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from lead_reviver.decide.conversation import Decision, Impression, Turn
from lead_reviver.decide.voice import Transcript


class Clock(Protocol):
    """Tells the time, so that rules can be tried at any hour."""

    def __call__(self) -> datetime:
        """Return now, aware, UTC."""
        ...


class CalendarPort(Protocol):
    """A calendar that a member keeps elsewhere, beside the built-in one. Each call may raise `TryAgainLater`."""

    async def busy(self, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
        """Return when the member is busy between two times, our own meetings left out."""
        ...

    async def put(self, uid: str, file: bytes) -> None:
        """Write a meeting (an iCalendar file) under its id, in place of an older version."""
        ...

    async def delete(self, uid: str) -> None:
        """Take a meeting away, if it is there."""
        ...


class Transcriber(Protocol):
    """Says what a voice note says. Nothing here judges it: `decide/voice.py` does."""

    name: str
    """Stored with each transcript, e.g. "openai:whisper-1"."""

    async def transcribe(self, sound: bytes, mime: str, language: str | None) -> Transcript:
        """Return the words, the language, and how sure they are. `language` (ISO 639-1) is the lead's where known.

        Raises `TryAgainLater` when it is away or too slow, `RefusedByRules` for a file that it does not take or an
        answer that says nothing.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Classifier(Protocol):
    """Says what texts sound like, beside the rules. It may add a suspicion and never takes one away."""

    name: str

    async def read(self, texts: Sequence[str]) -> list[Impression | None]:
        """Return what each text sounds like; None where it could not say in time. Never raises."""
        ...

    async def close(self) -> None:
        """Let go of what it runs on."""
        ...


class Llm(Protocol):
    """Understands a turn and proposes what to do. The playbook responder is one; a language model another."""

    name: str
    """Stored with each decision, e.g. "playbook" or "anthropic:claude"."""
    instant: bool
    """Answers within milliseconds, so that no typing indicator is worth showing."""

    async def decide(self, turn: Turn) -> Decision:
        """Decide about one turn.

        Raises `TryAgainLater` when the model is away; the turn is retried, then parked.
        """
        ...
