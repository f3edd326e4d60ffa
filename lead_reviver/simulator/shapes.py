"""The small questions every check asks: is it there, is it words, how long, is it an address.

Codes as Meta uses them: 100 for a malformed call, 131008 for something missing, 131009 for a value that is not
allowed. Each raises `GraphError`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.world import Json

CAPTION_MAX = 1024


def missing(what: str) -> GraphError:
    """Something required is not there."""
    return GraphError(131008, f"Required parameter {what} is missing.")


def wrong(what: str) -> GraphError:
    """A value is not allowed."""
    return GraphError(131009, what)


def words(holder: Json, key: str, most: int, where: str, *, code: int = 131009) -> str:
    """Return a text of 1 to `most` characters."""
    value = holder.get(key)
    path = f"{where}['{key}']"
    if value is None or value == "":
        raise missing(path)
    if not isinstance(value, str):
        raise GraphError(100, message=f"(#100) Param {path} must be a string.")
    if len(value) > most:
        if code == 100:
            raise GraphError(100, message=f"(#100) Param {path} must be at most {most} characters long.")
        raise GraphError(code, f"{path} length invalid. Min length: 1, Max length: {most}")
    return value


def block(holder: Json, key: str, where: str) -> Json:
    """Return a JSON object that must be there."""
    value = holder.get(key)
    if value is None:
        raise missing(f"{where}['{key}']")
    if not isinstance(value, dict):
        raise GraphError(100, message=f"(#100) Param {where}['{key}'] must be a JSON object.")
    return value


def web_address(holder: Json, key: str, where: str) -> None:
    """Check that a value is an http(s) address."""
    parts = urlsplit(words(holder, key, 2000, where))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise GraphError(100, message=f"(#100) Param {where}['{key}'] is not a valid URI.")


def check_media(content: Json, kind: str, where: str | None = None) -> None:
    """An id or a link, and a caption where captions exist."""
    where = where or kind
    if content.get("id") is None and content.get("link") is None:
        raise missing(f"{where}['id'] or {where}['link']")
    if content.get("id") is not None:
        words(content, "id", 200, where, code=100)
    else:
        web_address(content, "link", where)
    if content.get("caption") is not None:
        if kind in ("audio", "sticker"):
            raise wrong(f"{kind} messages have no caption.")
        words(content, "caption", CAPTION_MAX, where, code=100)
    if content.get("filename") is not None:
        words(content, "filename", 240, where, code=100)
