"""Messages as a responder reads them."""

from __future__ import annotations

from typing import Any

from lead_reviver.decide.conversation import Line
from lead_reviver.decide.voice import VOICE_KINDS, read_transcript


def line_of(row: Any) -> Line:
    """Make a line of a message row with message_id, direction, author, kind, body, content, sent_at, wamid, transcript.

    A voice note says what was heard in it, if that can be relied on; a place without a name its coordinates.
    """
    if row["kind"] in VOICE_KINDS and row["direction"] == "in":
        return _voice_line(row)
    return Line(
        message_id=row["message_id"],
        direction=row["direction"],
        author=row["author"],
        kind=row["kind"],
        text=row["body"] or _coordinates(row["kind"], row["content"]),
        sent_at=row["sent_at"],
        wamid=row["wamid"],
        reply_id=row["content"].get("reply_id"),
    )


def _voice_line(row: Any) -> Line:
    heard = read_transcript(row["transcript"])
    return Line(
        message_id=row["message_id"],
        direction="in",
        author=row["author"],
        kind=row["kind"],
        text=heard.text if heard.doubt is None else None,
        sent_at=row["sent_at"],
        wamid=row["wamid"],
        confidence=heard.confidence or 0.0,
        doubt=heard.doubt,
    )


def _coordinates(kind: str, content: dict[str, Any]) -> str | None:
    places = [content.get(name) for name in ("latitude", "longitude")]
    if kind != "location" or not all(isinstance(each, int | float) for each in places):
        return None
    return ", ".join(f"{each:.5f}" for each in places)
