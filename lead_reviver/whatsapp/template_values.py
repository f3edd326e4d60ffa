"""Fill a template: the components that carry our values into Meta's approved text.

A value must not hold a line break, a tab or more than four spaces in a row, and must not be empty (132018, facts 4.5):
a name out of a spreadsheet often does. Values are tidied, never cut. A template is positional or named, never both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from lead_reviver.whatsapp.outgoing import NotSendable, checked

Json = dict[str, Any]
Values = Sequence[str] | Mapping[str, str]
"""Values by position, or by the name of the parameter."""

_LONGEST_VALUE = 1024
_LONGEST_PAYLOAD = 256
_LONGEST_URL_END = 2000


def body_values(values: Values) -> Json:
    """Return the component that fills the body."""
    return {"type": "body", "parameters": _texts("template body", values)}


def header_values(values: Values) -> Json:
    """Return the component that fills a text header, which has one value."""
    if len(values) != 1:
        raise NotSendable("template header", f"has {len(values)} values; WhatsApp allows 1.")
    return {"type": "header", "parameters": _texts("template header", values)}


def header_media(kind: Literal["image", "video", "document"], media_id: str) -> Json:
    """Return the component that puts an uploaded file in the header."""
    return {"type": "header", "parameters": [{"type": kind, kind: {"id": checked("media.id", media_id, 256)}}]}


def quick_reply(index: int, payload: str) -> Json:
    """Return the component that says what comes back when the button at `index` (from 0) is tapped."""
    checked("button.payload", payload, _LONGEST_PAYLOAD)
    return _button(index, "quick_reply", {"type": "payload", "payload": payload})


def url_end(index: int, end: str) -> Json:
    """Return the component that completes the address of the link button at `index` (from 0)."""
    return _button(index, "url", {"type": "text", "text": tidy("button.url", end, _LONGEST_URL_END)})


def tidy(field: str, value: str, limit: int = _LONGEST_VALUE) -> str:
    """Return a value as Meta takes it: every run of white space becomes one space. Raises `NotSendable` when empty."""
    return checked(field, " ".join(value.split()), limit)


def _texts(field: str, values: Values) -> list[Json]:
    if isinstance(values, Mapping):
        return [
            {
                "type": "text",
                "parameter_name": checked(f"{field} name", name, 512),
                "text": tidy(f"{field} {name}", value),
            }
            for name, value in values.items()
        ]
    return [{"type": "text", "text": tidy(f"{field} {number}", value)} for number, value in enumerate(values, start=1)]


def _button(index: int, kind: str, parameter: Json) -> Json:
    if not 0 <= index <= 9:
        raise NotSendable("button.index", f"is {index}; WhatsApp counts 10 buttons from 0.")
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]}
