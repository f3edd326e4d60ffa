"""The words in which the demo conversations are told: who said what, how long after the line before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

Author = Literal["lead", "bot", "person", "campaign"]


@dataclass(frozen=True)
class Line:
    """One message."""

    author: Author
    body: str | None
    after: float
    """Minutes since the line before."""
    kind: str = "text"
    content: dict[str, Any] = field(default_factory=dict)
    status: str = "read"
    who: str | None = None
    """The member who wrote it."""
    buttons: tuple[tuple[str, str], ...] = ()
    error_code: int | None = None
    reason: str | None = None
    gate: dict[str, Any] | None = None
    reaction: str | None = None
    """The emoji the other side put on it."""
    edited: bool = False
    deleted: bool = False
    why: str = ""
    """Of the bot: why it says this."""
    intent: str = "answers"
    asked: str | None = None
    learned: dict[str, tuple[Any, str]] = field(default_factory=dict)
    move: str = "answer"

    def with_reaction(self, emoji: str) -> Line:
        """Return the same line with an emoji on it."""
        return replace(self, reaction=emoji)


@dataclass(frozen=True)
class Story:
    """One conversation, told up to now."""

    lead: str
    ended: float
    """Hours since its last message."""
    lines: tuple[Line, ...]
    taken_by: str | None = None
    """The person who answers instead of the bot."""
    waiting: str | None = None
    """Why a person is needed."""
    unread: int = 0
    parked: str | None = None
    """Why the last turn was given up."""


def lead(body: str, after: float = 1.5, **more: Any) -> Line:
    """The lead writes a text."""
    return Line("lead", body, after, content={"body": body}, status="received", **more)


def tap(title: str, button: str, after: float = 0.6) -> Line:
    """The lead taps a button of ours."""
    content = {"type": "button_reply", "button_reply": {"id": button, "title": title}, "reply_id": button}
    return Line("lead", title, after, "interactive", content, "received")


def quick_reply(title: str, after: float = 30) -> Line:
    """The lead taps the button of a template."""
    return Line("lead", title, after, "button", {"payload": title, "text": title}, "received")


def photo(caption: str | None, media_id: str, after: float = 1) -> Line:
    """The lead sends a picture."""
    content = {"id": media_id, "mime_type": "image/jpeg", "media_id": media_id}
    return Line("lead", caption, after, "image", content | ({"caption": caption} if caption else {}), "received")


def voice_note(media_id: str, after: float = 2) -> Line:
    """The lead sends a voice note."""
    content = {"id": media_id, "mime_type": "audio/ogg; codecs=opus", "voice": True, "media_id": media_id}
    return Line("lead", None, after, "audio", content, "received")


def sticker(media_id: str, after: float = 0.5) -> Line:
    """The lead sends a sticker."""
    content = {"id": media_id, "mime_type": "image/webp", "animated": False, "media_id": media_id}
    return Line("lead", None, after, "sticker", content, "received")


def document(filename: str, media_id: str, after: float = 2) -> Line:
    """The lead sends a file."""
    content = {"id": media_id, "filename": filename, "mime_type": "application/pdf", "media_id": media_id}
    return Line("lead", filename, after, "document", content, "received")


def place(name: str, address: str, latitude: float, longitude: float, after: float = 1) -> Line:
    """The lead shares a location."""
    content = {"name": name, "address": address, "latitude": latitude, "longitude": longitude}
    return Line("lead", f"{name}, {address}", after, "location", content, "received")


def contact_card(name: str, phone: str, after: float = 1) -> Line:
    """The lead shares somebody's contact."""
    card = {"name": {"formatted_name": name}, "phones": [{"phone": phone, "type": "CELL"}]}
    return Line("lead", f"{name} {phone}", after, "contacts", {"contacts": [card]}, "received")


def taken_back(after: float = 1) -> Line:
    """The lead deleted what it wrote: nothing of it is kept."""
    return Line("lead", None, after, "text", {}, "received", deleted=True)


def bot(body: str, why: str, after: float = 0.1, **more: Any) -> Line:
    """The bot answers."""
    return Line("bot", body, after, kind="interactive" if more.get("buttons") else "text", why=why, **more)


def person(who: str, body: str, after: float = 4, **more: Any) -> Line:
    """A person of the agency writes."""
    return Line("person", body, after, who=who, **more)


def template(body: str, name: str, status: str = "read") -> Line:
    """A campaign's approved template, the first message of a conversation."""
    return Line("campaign", body, 0, "template", {"name": name, "language": {"code": "en"}}, status)
