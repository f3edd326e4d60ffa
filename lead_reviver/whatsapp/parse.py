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
from lead_reviver.whatsapp.identity import is_bsuid, known_as, usable_id
from lead_reviver.whatsapp.incoming import (
    AccountUpdate,
    Echo,
    Edit,
    IdentityChange,
    Incoming,
    IncomingMessage,
    MarketingPreference,
    Reaction,
    Revoke,
    Sender,
    StatusUpdate,
    Unknown,
)
from lead_reviver.whatsapp.json_text import NotJson, can_be_stored, clean, read
from lead_reviver.whatsapp.message_content import (
    ANSWERABLE_KINDS,
    KNOWN_KINDS,
    content_of,
    media_id_of,
    reply_id_of,
    text_of,
)
from lead_reviver.whatsapp.timestamp import time_of

Json = dict[str, Any]

_STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
_OLDER_KINDS = {"voice": "audio", "unknown": "unsupported"}
# With fewer brackets than this, no text is nested too deeply for anybody to read.
_ORDINARY_NESTING = 200
_DIGITS = re.compile(r"\+?([0-9]{5,20})")
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
        contact=_dict(tree.get("contact")),
        element=element,
        at=time_of(timestamp) or time_of(tree.get("occurred_at")),
    )


def _parse_message(event: _Event) -> list[Incoming]:
    message = _dict(event.element)
    wamid = usable_id(message.get("id"))
    if wamid is None or event.at is None:
        return [Unknown("message without an id or time")]
    if message.get("type") == "system" and (change := _identity_change(message, wamid, event.at)):
        return [change]
    sender = _sender("from", message, event.contact)
    if sender is None:
        return [Unknown("message without a sender")]
    special = _SPECIAL_MESSAGES.get(str(message.get("type")))
    if special is not None and (found := special(message, sender, wamid, event.at)):
        return [found]
    return [_plain_message(message, sender, wamid, event.at)]


def _plain_message(message: Json, sender: Sender, wamid: str, at: datetime) -> IncomingMessage:
    errors = _dicts(message.get("errors"))
    kind, content = _kind_and_content(message, has_errors=bool(errors))
    context = _dict(message.get("context"))
    if product := _dict(context.get("referred_product")):
        content = {**content, "referred_product": product}
    group_id = usable_id(message.get("group_id"))
    return IncomingMessage(
        sender=sender,
        wamid=wamid,
        kind=kind,
        text=text_of(kind, content),
        content=content,
        sent_at=at,
        opens_turn=kind in ANSWERABLE_KINDS and group_id is None,
        opens_window=kind != "system" and group_id is None,
        context_wamid=usable_id(context.get("id")),
        reply_id=reply_id_of(kind, content),
        forwarded=bool(context.get("forwarded") or context.get("frequently_forwarded")),
        referral=_dict(message.get("referral")) or None,
        group_id=group_id,
        media_id=media_id_of(kind, content),
        errors=errors,
    )


def _kind_and_content(message: Json, *, has_errors: bool) -> tuple[str, Json]:
    """Return kind and content; "unknown" with the whole message for what is new to us or has not its proper form."""
    said = message.get("type")
    kind = _OLDER_KINDS.get(said, said) if isinstance(said, str) else None
    if kind in ("unsupported", "system"):
        return kind, content_of(message, kind) or {}
    if kind in KNOWN_KINDS:
        content = content_of(message, kind)
        if content is None and said == "voice":
            content = content_of(message, "voice")
        if content is not None or has_errors:
            return kind, content or {}
    return "unknown", message


def _reaction(message: Json, sender: Sender, wamid: str, at: datetime) -> Incoming | None:
    content = _dict(message.get("reaction"))
    target = usable_id(content.get("message_id"))
    if target is None:
        return None
    return Reaction(sender=sender, wamid=wamid, target_wamid=target, emoji=_text(content.get("emoji")), sent_at=at)


def _edit(message: Json, sender: Sender, wamid: str, at: datetime) -> Incoming | None:
    content = _dict(message.get("edit"))
    target = usable_id(content.get("original_message_id"))
    if target is None:
        return None
    kind, inner = _kind_and_content(_dict(content.get("message")), has_errors=False)
    return Edit(sender=sender, wamid=wamid, target_wamid=target, text=text_of(kind, inner), content=inner, sent_at=at)


def _revoke(message: Json, sender: Sender, wamid: str, at: datetime) -> Incoming | None:
    target = usable_id(_dict(message.get("revoke")).get("original_message_id"))
    if target is None:
        return None
    return Revoke(sender=sender, wamid=wamid, target_wamid=target, sent_at=at)


def _identity_change(message: Json, wamid: str, at: datetime) -> IdentityChange | None:
    """Read a system note about a changed number or user id, in old and new names (facts 2.1, 3.9); None for others."""
    system = _dict(message.get("system"))
    if system.get("type") not in ("user_changed_number", "user_changed_user_id", "customer_changed_number"):
        return None
    old_wa_id, old_bsuid = known_as(message.get("from") or system.get("customer"), system.get("previous_user_id"))
    new_wa_id, new_bsuid = known_as(system.get("wa_id") or system.get("new_wa_id"), system.get("user_id"))
    if old_bsuid is None:
        said = usable_id(message.get("from_user_id"))
        old_bsuid = said if said != new_bsuid else None
    old = Sender(wa_id=_number(old_wa_id), bsuid=old_bsuid)
    new = Sender(wa_id=_number(new_wa_id), bsuid=new_bsuid)
    if not _is_known(old) or not _is_known(new) or old == new:
        return None
    return IdentityChange(old=old, new=new, sent_at=at, wamid=wamid)


def _parse_status(event: _Event) -> list[Incoming]:
    status = _dict(event.element)
    wamid, name = usable_id(status.get("id")), status.get("status")
    if wamid is None or event.at is None:
        return [Unknown("status without an id or time")]
    if name not in _STATUSES:
        return [Unknown(_named("status", name))]
    prefix = "recipient_participant" if status.get("recipient_type") == "group" else "recipient"
    recipient = _sender(prefix, status, event.contact) or Sender(wa_id=None, bsuid=None)
    error = next(iter(_dicts(status.get("errors"))), {})
    return [
        StatusUpdate(
            wamid=wamid,
            status=str(name),
            at=event.at,
            recipient=recipient,
            outbox_id=_text(status.get("biz_opaque_callback_data")),
            error_code=_code(error.get("code")),
            error_title=_text(error.get("title")) or _text(error.get("message")),
            error_details=_text(_dict(error.get("error_data")).get("details")),
            pricing=_dict(status.get("pricing")) or None,
        )
    ]


def _parse_echo(event: _Event) -> list[Incoming]:
    echo = _dict(event.element)
    wamid = usable_id(echo.get("id"))
    recipient = _sender("to", echo, event.contact)
    if wamid is None or event.at is None or recipient is None:
        return [Unknown("echo without an id, a time or a recipient")]
    kind = echo.get("type")
    if kind in ("edit", "revoke", "reaction"):
        content = _dict(echo.get(kind))
        inner_kind, inner = _kind_and_content(_dict(content.get("message")), has_errors=False)
        text = text_of(inner_kind, inner)
    else:
        kind, content = _kind_and_content(echo, has_errors=bool(echo.get("errors")))
        text = text_of(kind, content)
    return [Echo(recipient=recipient, wamid=wamid, kind=kind, text=text, content=content, sent_at=event.at)]


def _parse_preferences(event: _Event) -> list[Incoming]:
    listed = _dict(event.element).get("user_preferences")
    return [_preference(each, event) for each in _dicts(listed)] or [Unknown("marketing preference without a list")]


def _preference(preference: Json, event: _Event) -> Incoming:
    """Read one "stop" or "resume". Whatever is not clearly a "resume" leaves things as they are."""
    value = preference.get("value")
    if preference.get("category", "marketing_messages") != "marketing_messages" or value not in ("stop", "resume"):
        return Unknown(_named("marketing preference", value))
    sender = _sender("", preference, event.contact)
    at = time_of(preference.get("timestamp")) or event.at
    if sender is None or at is None:
        return Unknown("marketing preference without a user or time")
    return MarketingPreference(sender=sender, stopped=value == "stop", sent_at=at)


def _parse_identity(event: _Event) -> list[Incoming]:
    value = _dict(event.element)
    listed = _dicts(value.get("user_id_update"))
    return [_user_id_update(each, event) for each in listed or [value]]


def _user_id_update(value: Json, event: _Event) -> Incoming:
    """Read `user_id_update`: the business-scoped id changed, the number may be told beside it (facts 2.3)."""
    ids, parents = _dict(value.get("user_id")), _dict(value.get("parent_user_id"))
    wa_id = _number(usable_id(value.get("wa_id")))
    old = Sender(None, usable_id(ids.get("previous")), usable_id(parents.get("previous")))
    new = Sender(wa_id, usable_id(ids.get("current")), usable_id(parents.get("current")))
    at = time_of(value.get("timestamp")) or event.at
    if at is None or not _is_known(old) or not _is_known(new):
        return Unknown("user id update without the old or the new id")
    return IdentityChange(old=old, new=new, sent_at=at)


def _parse_account(event: _Event) -> list[Incoming]:
    if not isinstance(event.element, dict):
        return [Unknown(_named("field", event.field))]
    return [AccountUpdate(event.field, event.element, why_sending_must_stop(event.field, event.element))]


def _parse_error(event: _Event) -> list[Incoming]:
    error = _dict(event.element)
    return [AccountUpdate("errors", error, why_sending_must_stop("errors", error))]


def _parse_unknown(event: _Event) -> list[Incoming]:
    return [Unknown(_named("field", event.field))]


def _sender(place: str, element: Json, contact: Json) -> Sender | None:
    """Return the user an element names at `place` (from, to, recipient, ...), with what the contact adds.

    None when neither names anybody.
    """
    match place:
        case "":
            number, prefix = element.get("wa_id"), ""
        case "from" | "to":
            number, prefix = element.get(place), f"{place}_"
        case _:
            number, prefix = element.get(f"{place}_id"), f"{place}_"
    wa_id, bsuid = known_as(number, element.get(f"{prefix}user_id"))
    contact_wa_id, contact_bsuid = known_as(contact.get("wa_id"), contact.get("user_id"))
    profile = _dict(contact.get("profile"))
    username = _text(profile.get("username"))
    sender = Sender(
        wa_id=_number(wa_id) or _number(contact_wa_id),
        bsuid=bsuid or contact_bsuid,
        parent_bsuid=_parent_id(element, prefix) or usable_id(contact.get("parent_user_id")),
        name=_text(profile.get("name")),
        username=username.removeprefix("@") if username else None,
    )
    return sender if _is_known(sender) else None


def _parent_id(element: Json, prefix: str) -> str | None:
    """Return the parent id; statuses before May 2026 spelt it parent_recipient_user_id."""
    return usable_id(element.get(f"{prefix}parent_user_id")) or usable_id(element.get(f"parent_{prefix}user_id"))


def _is_known(sender: Sender) -> bool:
    return bool(sender.wa_id or sender.bsuid or sender.parent_bsuid)


def _number(wa_id: str | None) -> str | None:
    """Return the digits of a WhatsApp id; None for whatever is no number, so that none is ever made up."""
    if wa_id is None or is_bsuid(wa_id):
        return None
    digits = _DIGITS.fullmatch(wa_id)
    return digits.group(1) if digits else None


def _code(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int and abs(value) < 2**31 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _named(what: str, name: Any) -> str:
    """Return `what` with its name, when the name is a plain word and cannot carry anything personal."""
    return f"{what} {name}" if isinstance(name, str) and _WORD.fullmatch(name) else f"{what} without a name"


_SPECIAL_MESSAGES: dict[str, Callable[[Json, Sender, str, datetime], Incoming | None]] = {
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
}

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
