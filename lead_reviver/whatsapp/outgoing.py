"""Build the JSON of POST /{phone_number_id}/messages. Limits are checked here, so that Meta never has to refuse.

Nothing is ever cut: what is too long raises `NotSendable`, which names the field and the limit. Sources: sections 4.1
to 4.3 of the WhatsApp facts. Texts are counted in UTF-16 units, the strictest way Meta could count (`length_of`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lead_reviver.errors import BadInput
from lead_reviver.whatsapp.identity import is_bsuid

Json = dict[str, Any]
MediaKind = Literal["image", "video", "audio", "document", "sticker"]

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_CALLBACK = 512
MOST_BUTTONS = 3
MOST_ROWS = 10
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_WITH_CAPTION = ("image", "video", "document")


class NotSendable(BadInput):
    """A message breaks one of WhatsApp's limits; `field` says where, never what was written."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(f"{field} {problem}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to write to: by phone number, else by business-scoped user id. The number wins when both are known."""

    phone: str | None = None
    """E.164, e.g. "+34611222333"."""
    bsuid: str | None = None

    def as_json(self) -> Json:
        """Return the part of the request that names the recipient.

        A business-scoped id in `to` is accepted by Meta and lost, hence `recipient` (facts 3.6). Without its plus, a
        number may get the business's own country code (4.1), hence E.164 and nothing else.
        """
        if self.phone is not None:
            if _E164.fullmatch(self.phone) is None:
                raise NotSendable("to", "is no phone number with a plus and country code.")
            return {"recipient_type": "individual", "to": self.phone}
        if self.bsuid is not None:
            if not is_bsuid(self.bsuid):
                raise NotSendable("recipient", "is no business-scoped user id.")
            return {"recipient_type": "individual", "recipient": self.bsuid}
        raise NotSendable("recipient", "is missing: neither a phone number nor a business-scoped user id is known.")


@dataclass(frozen=True, slots=True)
class ReplyButton:
    """A button under a text: id up to 256 characters (it comes back when tapped), title up to 20."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list: id up to 200 characters, title up to 24, description up to 72."""

    id: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of a list under a title; the title (up to 24) may be missing when there is one section."""

    rows: Sequence[Row]
    title: str | None = None


def length_of(text: str) -> int:
    """Return the length of a text in UTF-16 units: an emoji counts two or more.

    Meta counts "characters" without saying of which kind (facts 4.2), so the larger count is taken.
    """
    return len(text) + sum(character > "\uffff" for character in text)


def text(
    to: Address,
    body: str,
    *,
    preview_url: bool = False,
    context_wamid: str | None = None,
    callback_data: str | None = None,
) -> Json:
    """Build a text message.

    `context_wamid` is the message it quotes; `callback_data` comes back in its statuses: the outbox id.
    """
    content = {"body": checked("text.body", body, LONGEST_TEXT), "preview_url": preview_url}
    return _message(to, "text", content, context_wamid, callback_data)


def reply_buttons(
    to: Address,
    body: str,
    buttons: Sequence[ReplyButton],
    *,
    footer: str | None = None,
    context_wamid: str | None = None,
    callback_data: str | None = None,
) -> Json:
    """Build a text with one to three buttons under it."""
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        raise NotSendable("buttons", f"are {len(buttons)}; WhatsApp allows 1 to {MOST_BUTTONS}.")
    _require_different("button ids", [button.id for button in buttons])
    _require_different("button titles", [button.title for button in buttons])
    shown = [
        {
            "type": "reply",
            "reply": {
                "id": checked("button.id", button.id, 256),
                "title": checked("button.title", button.title, 20),
            },
        }
        for button in buttons
    ]
    content = {
        "type": "button",
        "body": {"text": checked("body", body, 1024)},
        **_optional_text("footer", footer),
        "action": {"buttons": shown},
    }
    return _message(to, "interactive", content, context_wamid, callback_data)


def list_of_rows(
    to: Address,
    body: str,
    button: str,
    sections: Sequence[Section],
    *,
    header: str | None = None,
    footer: str | None = None,
    context_wamid: str | None = None,
    callback_data: str | None = None,
) -> Json:
    """Build a text with a button that opens a list of at most 10 rows in all."""
    rows = [row for section in sections for row in section.rows]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise NotSendable("rows", f"are {len(rows)}; WhatsApp allows 1 to {MOST_ROWS} in a list.")
    if len(sections) > 1 and not all(section.title for section in sections):
        raise NotSendable("section.title", "is missing; with more than one section each needs a title.")
    if not all(section.rows for section in sections):
        raise NotSendable("section.rows", "are missing; each section needs one.")
    _require_different("row ids", [row.id for row in rows])
    content = {
        "type": "list",
        **({"header": {"type": "text", "text": checked("header", header, 60)}} if header is not None else {}),
        "body": {"text": checked("body", body, 4096)},
        **_optional_text("footer", footer),
        "action": {
            "button": checked("list.button", button, 20),
            "sections": [_section(section) for section in sections],
        },
    }
    return _message(to, "interactive", content, context_wamid, callback_data)


def media(
    to: Address,
    kind: MediaKind,
    media_id: str,
    *,
    caption: str | None = None,
    filename: str | None = None,
    context_wamid: str | None = None,
    callback_data: str | None = None,
) -> Json:
    """Build a message with a file that was uploaded before (kept by Meta for 30 days)."""
    content: Json = {"id": checked("media.id", media_id, 256)}
    if caption is not None:
        if kind not in _WITH_CAPTION:
            raise NotSendable("caption", f"is not possible with {kind}; send the text as a message of its own.")
        content["caption"] = checked("caption", caption, LONGEST_CAPTION)
    if filename is not None:
        if kind != "document":
            raise NotSendable("filename", f"is not possible with {kind}; only documents have one.")
        content["filename"] = checked("filename", filename, 240)
    return _message(to, kind, content, context_wamid, callback_data)


def reaction(to: Address, wamid: str, emoji: str | None, *, callback_data: str | None = None) -> Json:
    """Build a reaction to a message of at most 30 days ago; None takes it away."""
    content = {"message_id": checked("reaction.message_id", wamid, 512), "emoji": emoji or ""}
    return _message(to, "reaction", content, None, callback_data)


def template(
    to: Address,
    name: str,
    language: str,
    components: Sequence[Json] = (),
    *,
    context_wamid: str | None = None,
    callback_data: str | None = None,
) -> Json:
    """Build a template message from the components of `lead_reviver.whatsapp.template_values`."""
    content: Json = {
        "name": checked("template.name", name, 512),
        "language": {"code": checked("template.language", language, 20)},
    }
    if components:
        content["components"] = list(components)
    return _message(to, "template", content, context_wamid, callback_data)


def read_receipt(wamid: str) -> Json:
    """Build the note that a message was read, and with it every earlier one."""
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": checked("message_id", wamid, 512),
    }


def read_and_typing(wamid: str) -> Json:
    """Build a read receipt that also shows the typing dots, until the answer comes or 25 seconds have passed."""
    return {**read_receipt(wamid), "typing_indicator": {"type": "text"}}


def checked(field: str, value: str, limit: int) -> str:
    """Return `value` when it can be sent as it is. Raises `NotSendable`."""
    if not value.strip():
        raise NotSendable(field, "is empty.")
    length = length_of(value)
    if length > limit:
        raise NotSendable(field, f"has {length} characters; WhatsApp allows {limit}.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NotSendable(field, "holds a character that cannot be sent.")
    return value


def _message(to: Address, kind: str, content: Json, context_wamid: str | None, callback_data: str | None) -> Json:
    message: Json = {"messaging_product": "whatsapp", **to.as_json(), "type": kind, kind: content}
    if context_wamid is not None:
        message["context"] = {"message_id": checked("context.message_id", context_wamid, 512)}
    if callback_data is not None:
        message["biz_opaque_callback_data"] = checked("biz_opaque_callback_data", callback_data, LONGEST_CALLBACK)
    return message


def _section(section: Section) -> Json:
    rows = [
        {
            "id": checked("row.id", row.id, 200),
            "title": checked("row.title", row.title, 24),
            **({"description": checked("row.description", row.description, 72)} if row.description else {}),
        }
        for row in section.rows
    ]
    return {**({"title": checked("section.title", section.title, 24)} if section.title else {}), "rows": rows}


def _optional_text(field: str, value: str | None) -> Json:
    return {} if value is None else {field: {"text": checked(field, value, 60)}}


def _require_different(what: str, values: Iterable[str]) -> None:
    values = list(values)
    if len(set(values)) < len(values):
        raise NotSendable(what, "repeat; each must be different.")
