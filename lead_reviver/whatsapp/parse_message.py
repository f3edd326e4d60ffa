"""Turn one element of `messages[]` into what it says. Shapes: section 2.1 of the WhatsApp facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lead_reviver.whatsapp.identity import known_as, usable_id
from lead_reviver.whatsapp.incoming import (
    Edit,
    IdentityChange,
    Incoming,
    IncomingMessage,
    Reaction,
    Revoke,
    Sender,
    Unknown,
)
from lead_reviver.whatsapp.json_text import object_in, objects_in, text_in
from lead_reviver.whatsapp.message_content import (
    ANSWERABLE_KINDS,
    KNOWN_KINDS,
    content_of,
    media_id_of,
    reply_id_of,
    text_of,
)
from lead_reviver.whatsapp.sender import is_known, number_of, sender_at

Json = dict[str, Any]

_OLDER_KINDS = {"voice": "audio", "unknown": "unsupported"}
# Said that somebody opened a chat; nobody wrote anything.
_RETIRED_KINDS = ("request_welcome",)


def message_of(message: Json, contact: Json, at: datetime | None) -> Incoming:
    """Return what one element of `messages[]` says; `contact` is the sender's, `at` when it was sent."""
    wamid = usable_id(message.get("id"))
    if wamid is None or at is None:
        return Unknown("message without an id or time")
    if message.get("type") == "system" and (change := _identity_change(message, wamid, at)):
        return change
    sender = sender_at("from", message, contact)
    if sender is None:
        return Unknown("message without a sender")
    if message.get("type") in _RETIRED_KINDS:
        return Unknown("message of a retired kind")
    special = _SPECIAL_MESSAGES.get(str(message.get("type")))
    return (special(message, sender, wamid, at) if special else None) or _message_itself(message, sender, wamid, at)


def _message_itself(message: Json, sender: Sender, wamid: str, at: datetime) -> IncomingMessage:
    errors = objects_in(message.get("errors"))
    kind, content = kind_and_content(message, has_errors=bool(errors))
    context = object_in(message.get("context"))
    if product := object_in(context.get("referred_product")):
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
        referral=object_in(message.get("referral")) or None,
        group_id=group_id,
        media_id=media_id_of(kind, content),
        errors=errors,
    )


def kind_and_content(message: Json, *, has_errors: bool) -> tuple[str, Json]:
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
    content = object_in(message.get("reaction"))
    target = usable_id(content.get("message_id"))
    if target is None:
        return None
    return Reaction(sender=sender, wamid=wamid, target_wamid=target, emoji=text_in(content.get("emoji")), sent_at=at)


def _edit(message: Json, sender: Sender, wamid: str, at: datetime) -> Incoming | None:
    content = object_in(message.get("edit"))
    target = usable_id(content.get("original_message_id"))
    if target is None:
        return None
    kind, inner = kind_and_content(object_in(content.get("message")), has_errors=False)
    return Edit(sender=sender, wamid=wamid, target_wamid=target, text=text_of(kind, inner), content=inner, sent_at=at)


def _revoke(message: Json, sender: Sender, wamid: str, at: datetime) -> Incoming | None:
    target = usable_id(object_in(message.get("revoke")).get("original_message_id"))
    if target is None:
        return None
    return Revoke(sender=sender, wamid=wamid, target_wamid=target, sent_at=at)


def _identity_change(message: Json, wamid: str, at: datetime) -> IdentityChange | None:
    """Read a system note about a changed number or user id, in old and new names (facts 2.1, 3.9); None for others."""
    system = object_in(message.get("system"))
    if system.get("type") not in ("user_changed_number", "user_changed_user_id", "customer_changed_number"):
        return None
    old_wa_id, old_bsuid = known_as(message.get("from") or system.get("customer"), system.get("previous_user_id"))
    new_wa_id, new_bsuid = known_as(system.get("wa_id") or system.get("new_wa_id"), system.get("user_id"))
    if old_bsuid is None:
        said = usable_id(message.get("from_user_id"))
        old_bsuid = said if said != new_bsuid else None
    old = Sender(wa_id=number_of(old_wa_id), bsuid=old_bsuid)
    new = Sender(wa_id=number_of(new_wa_id), bsuid=new_bsuid)
    if not is_known(old) or not is_known(new) or old == new:
        return None
    return IdentityChange(old=old, new=new, sent_at=at, wamid=wamid)


_SPECIAL_MESSAGES: dict[str, Callable[[Json, Sender, str, datetime], Incoming | None]] = {
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
}
