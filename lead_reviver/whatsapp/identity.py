"""How WhatsApp names a user: by phone number (`wa_id`), by business-scoped user id, or by both.

Source: section 3 of the WhatsApp facts. A business-scoped id can turn up where a number is expected (3.11), and
stripping it to its digits would give a plausible number of somebody else: so the pattern is tried first, always.
"""

from __future__ import annotations

import re
from typing import Any

_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
# E.164: a country code and at most 15 digits in all; the shortest numbers in use have 7.
_WA_ID = re.compile(r"[1-9][0-9]{6,14}")
# Ids are stored in indexed columns; Meta's own are below 200 characters.
LONGEST_ID = 500


def is_bsuid(value: object) -> bool:
    """Whether `value` is a business-scoped user id such as ES.9Kd82LmQ4, or a parent id such as ES.ENT.7Qp."""
    return isinstance(value, str) and _BSUID.fullmatch(value) is not None


def e164_of(wa_id: str | None) -> str | None:
    """Return "+" and the digits of a WhatsApp id; None when it is no phone number."""
    if wa_id is None or _WA_ID.fullmatch(wa_id) is None:
        return None
    return "+" + wa_id


def usable_id(value: Any) -> str | None:
    """Return an id of Meta's as text; None when it is missing or nothing that could be stored and found again."""
    if type(value) is int:
        return str(value) if 0 <= value < 10**40 else None
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable():
        return value
    return None


def known_as(number: Any, user_id: Any) -> tuple[str | None, str | None]:
    """Return (wa_id, bsuid) from the two places where Meta names a user.

    A business-scoped id in the place of the number counts as what it is.
    """
    wa_id, bsuid = usable_id(number), usable_id(user_id)
    if wa_id is not None and is_bsuid(wa_id):
        return None, bsuid or wa_id
    return wa_id, bsuid
