"""Links with which a lead puts a meeting into a calendar of the own: `https://.../c/<token>`.

A token is the meeting's id under AES-SIV (RFC 5297), which encrypts and signs at once: nobody can make one up, read
anything in it or see whether two belong together, and nothing has to be stored. A meeting always has the same link.
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from lead_reviver.storage.meetings import Entry

PREFIX: Final = "/c/"
KEPT: Final = timedelta(days=7)
"""So long after a meeting its link still opens."""
_PURPOSE: Final = b"lead-reviver: links to meetings"
_TOKEN: Final = re.compile(r"[a-z2-7]{52}")
"""Letters and digits alone: WhatsApp takes a hyphen at the end for the sentence's, not the link's."""


class CalendarLinks:
    """Makes links and reads them again, with a key that is made of `LEAD_REVIVER_HASH_KEY` for this alone."""

    def __init__(self, hash_key: bytes, public_url: str | None) -> None:
        self._cipher = AESSIV(hmac.digest(hash_key, _PURPOSE, "sha512"))
        self._before = f"{public_url.rstrip('/')}{PREFIX}" if public_url else None

    def of(self, meeting_id: str) -> str | None:
        """Return the link of a meeting; None where no public address is known."""
        if self._before is None:
            return None
        return self._before + _spelled(self._cipher.encrypt(UUID(meeting_id).bytes, [_PURPOSE]))

    def meeting_of(self, token: str) -> str | None:
        """Return whose meeting's a token is; None for one that was not made here. Compares in constant time."""
        if _TOKEN.fullmatch(token) is None:
            return None
        sealed = base64.b32decode(token.upper() + "====")
        if _spelled(sealed) != token:  # the last letter carries one bit, and has sixteen spellings
            return None
        try:
            return str(UUID(bytes=self._cipher.decrypt(sealed, [_PURPOSE])))
        except InvalidTag:
            return None


def _spelled(sealed: bytes) -> str:
    return base64.b32encode(sealed).decode().rstrip("=").lower()


def still_opens(entry: Entry, now: datetime) -> bool:
    """Whether the link of this meeting still shows it."""
    return now < entry.ends_at + KEPT
