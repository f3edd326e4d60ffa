"""Who an element of a webhook is about: the three ids of a WhatsApp user, gathered from where Meta may put them."""

from __future__ import annotations

import re
from typing import Any

from lead_reviver.whatsapp.identity import is_bsuid, known_as, usable_id
from lead_reviver.whatsapp.incoming import Sender
from lead_reviver.whatsapp.json_text import object_in, text_in

Json = dict[str, Any]

_DIGITS = re.compile(r"\+?([0-9]{5,20})")


def sender_at(place: str, element: Json, contact: Json) -> Sender | None:
    """Return the user an element names at `place` (from, to, recipient; "" for itself), with what the contact adds.

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
    profile = object_in(contact.get("profile"))
    username = text_in(profile.get("username"))
    sender = Sender(
        wa_id=number_of(wa_id) or number_of(contact_wa_id),
        bsuid=bsuid or contact_bsuid,
        parent_bsuid=_parent_id(element, prefix) or usable_id(contact.get("parent_user_id")),
        name=text_in(profile.get("name")),
        username=username.removeprefix("@") if username else None,
    )
    return sender if is_known(sender) else None


def _parent_id(element: Json, prefix: str) -> str | None:
    """Return the parent id; statuses before May 2026 spelt it parent_recipient_user_id."""
    return usable_id(element.get(f"{prefix}parent_user_id")) or usable_id(element.get(f"parent_{prefix}user_id"))


def is_known(sender: Sender) -> bool:
    """Whether at least one id is there."""
    return bool(sender.wa_id or sender.bsuid or sender.parent_bsuid)


def number_of(wa_id: str | None) -> str | None:
    """Return the digits of a WhatsApp id; None for whatever is no number, so that none is ever made up."""
    if wa_id is None or is_bsuid(wa_id):
        return None
    digits = _DIGITS.fullmatch(wa_id)
    return digits.group(1) if digits else None
