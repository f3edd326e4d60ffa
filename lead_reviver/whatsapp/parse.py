"""Turn a stored webhook event into what it says: a message, a reaction, a status, a change of identity, ...

Never fails on anything `split` lets through: what cannot be understood becomes `Unknown`, and the raw event stays in
the inbox. Rules of reading: sections 2 and 3 of the WhatsApp facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lead_reviver.whatsapp.account import why_sending_must_stop
from lead_reviver.whatsapp.identity import usable_id
from lead_reviver.whatsapp.incoming import (
    AccountUpdate,
    Echo,
    IdentityChange,
    Incoming,
    MarketingPreference,
    Sender,
    StatusUpdate,
    Unknown,
)
from lead_reviver.whatsapp.json_text import NotJson, can_be_stored, clean, object_in, objects_in, read, text_in
from lead_reviver.whatsapp.message_content import text_of
from lead_reviver.whatsapp.parse_message import kind_and_content, message_of
from lead_reviver.whatsapp.sender import is_known, number_of, sender_at
from lead_reviver.whatsapp.timestamp import time_of

Json = dict[str, Any]

_STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
# With fewer brackets than this, no text is nested too deeply for anybody to read.
_ORDINARY_NESTING = 200
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(frozen=True, slots=True)
class _Event:
    """A stored event, taken apart."""

    field: str
    contact: Json
    element: Any
    """The message, status, echo, error or value."""
    at: datetime | None


def parse(kind: str, payload: str) -> list[Incoming]:
    """Return what an event of `split` says, by its kind and payload; several things for a list of preferences.

    Text is free of NUL characters and lone surrogates, so that it can be stored. Never raises.
    """
    try:
        tree = read(payload.encode(errors="replace"))
        # Characters that cannot be stored stand in JSON as escapes; most payloads have none.
        event = _event(kind, clean(tree) if "\\u" in payload else tree)
    except (NotJson, RecursionError):
        return [Unknown("unreadable event")]
    if payload.count("{") + payload.count("[") > _ORDINARY_NESTING and not can_be_stored(tree):
        return [Unknown("event nested too deeply")]
    if event is None:
        return [Unknown(_named("event of kind", kind))]
    return _PARSERS.get(kind, _parse_unknown)(event)


def _event(kind: str, tree: Any) -> _Event | None:
    if not isinstance(tree, dict):
        return None
    element = tree.get(kind, tree.get("value"))
    timestamp = element.get("timestamp") if isinstance(element, dict) else None
    return _Event(
        field=tree["field"] if isinstance(tree.get("field"), str) else "",
        contact=object_in(tree.get("contact")),
        element=element,
        at=time_of(timestamp) or time_of(tree.get("occurred_at")),
    )


def _parse_message(event: _Event) -> list[Incoming]:
    return [message_of(object_in(event.element), event.contact, event.at)]


def _parse_status(event: _Event) -> list[Incoming]:
    status = object_in(event.element)
    wamid, name = usable_id(status.get("id")), status.get("status")
    if wamid is None or event.at is None:
        return [Unknown("status without an id or time")]
    if not isinstance(name, str) or name not in _STATUSES:
        return [Unknown(_named("status", name))]
    prefix = "recipient_participant" if status.get("recipient_type") == "group" else "recipient"
    recipient = sender_at(prefix, status, event.contact) or Sender(wa_id=None, bsuid=None)
    error = next(iter(objects_in(status.get("errors"))), {})
    return [
        StatusUpdate(
            wamid=wamid,
            status=name,
            at=event.at,
            recipient=recipient,
            outbox_id=text_in(status.get("biz_opaque_callback_data")),
            error_code=_code(error.get("code")),
            error_title=text_in(error.get("title")) or text_in(error.get("message")),
            error_details=text_in(object_in(error.get("error_data")).get("details")),
            pricing=object_in(status.get("pricing")) or None,
        )
    ]


def _parse_echo(event: _Event) -> list[Incoming]:
    echo = object_in(event.element)
    wamid = usable_id(echo.get("id"))
    recipient = sender_at("to", echo, event.contact)
    if wamid is None or event.at is None or recipient is None:
        return [Unknown("echo without an id, a time or a recipient")]
    kind = echo.get("type")
    if kind in ("edit", "revoke", "reaction"):
        content = object_in(echo.get(kind))
        inner_kind, inner = kind_and_content(object_in(content.get("message")), has_errors=False)
        text = text_of(inner_kind, inner)
    else:
        kind, content = kind_and_content(echo, has_errors=bool(echo.get("errors")))
        text = text_of(kind, content)
    return [Echo(recipient=recipient, wamid=wamid, kind=kind, text=text, content=content, sent_at=event.at)]


def _parse_preferences(event: _Event) -> list[Incoming]:
    listed = object_in(event.element).get("user_preferences")
    return [_preference(each, event) for each in objects_in(listed)] or [Unknown("marketing preference without a list")]


def _preference(preference: Json, event: _Event) -> Incoming:
    """Read one "stop" or "resume". Anything else (a sign-up, another category) changes nothing."""
    value = preference.get("value")
    if preference.get("category", "marketing_messages") != "marketing_messages" or value not in ("stop", "resume"):
        return Unknown(_named("marketing preference", value))
    sender = sender_at("", preference, event.contact)
    at = time_of(preference.get("timestamp")) or event.at
    if sender is None or at is None:
        return Unknown("marketing preference without a user or time")
    return MarketingPreference(sender=sender, stopped=value == "stop", sent_at=at)


def _parse_identity(event: _Event) -> list[Incoming]:
    value = object_in(event.element)
    listed = objects_in(value.get("user_id_update"))
    return [_user_id_update(each, event) for each in listed or [value]]


def _user_id_update(value: Json, event: _Event) -> Incoming:
    """Read `user_id_update`: the business-scoped id changed, the number may be told beside it (facts 2.3)."""
    ids, parents = object_in(value.get("user_id")), object_in(value.get("parent_user_id"))
    wa_id = number_of(usable_id(value.get("wa_id")))
    old = Sender(None, usable_id(ids.get("previous")), usable_id(parents.get("previous")))
    new = Sender(wa_id, usable_id(ids.get("current")), usable_id(parents.get("current")))
    at = time_of(value.get("timestamp")) or event.at
    if at is None or not is_known(old) or not is_known(new):
        return Unknown("user id update without the old or the new id")
    return IdentityChange(old=old, new=new, sent_at=at)


def _parse_account(event: _Event) -> list[Incoming]:
    if not isinstance(event.element, dict):
        return [Unknown(_named("field", event.field))]
    return [AccountUpdate(event.field, event.element, why_sending_must_stop(event.field, event.element))]


def _parse_error(event: _Event) -> list[Incoming]:
    error = object_in(event.element)
    return [AccountUpdate("errors", error, why_sending_must_stop("errors", error))]


def _parse_unknown(event: _Event) -> list[Incoming]:
    return [Unknown(_named("field", event.field))]


def _code(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int and abs(value) < 2**31 else None


def _named(what: str, name: Any) -> str:
    """Return `what` with its name, when the name is a plain word and cannot carry anything personal."""
    return f"{what} {name}" if isinstance(name, str) and _WORD.fullmatch(name) else f"{what} without a name"


_PARSERS: dict[str, Callable[[_Event], list[Incoming]]] = {
    "message": _parse_message,
    "status": _parse_status,
    "echo": _parse_echo,
    "user_preferences": _parse_preferences,
    "identity": _parse_identity,
    "account": _parse_account,
    "template": _parse_account,
    "error": _parse_error,
}
