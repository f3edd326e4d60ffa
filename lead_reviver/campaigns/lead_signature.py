"""The signature of a delivery of leads: `X-Lead-Reviver-Signature: t=<unix seconds>,v1=<hex>`.

`v1` is HMAC-SHA256 over `<t>.<raw body>` with the workspace's secret. The time is signed too, so that a delivery that
somebody recorded is worth nothing five minutes later.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

HEADER: Final = "X-Lead-Reviver-Signature"
TOLERANCE: Final = timedelta(minutes=5)
"""How old a delivery may be when it arrives, and how far in the future by clocks that differ."""

_FORM: Final = re.compile(r"t=([0-9]{1,12}),\s*v1=([0-9a-f]{64})")


def sign(body: bytes, secret: str, at: datetime) -> str:
    """Return the header's value for a body that is sent at a time."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={_mac(body, secret, seconds)}"


def is_signed(
    body: bytes, header: str | None, secrets: Sequence[str], now: datetime, tolerance: timedelta = TOLERANCE
) -> bool:
    """Whether `header` signs `body` with one of `secrets` (two while a secret is rotated), within `tolerance` of now.

    Every secret is tried, in constant time. Without a secret nothing is signed.
    """
    match = _FORM.fullmatch(header.strip()) if header is not None else None
    if match is None:
        return False
    seconds, given = match.groups()
    signed = False
    for secret in secrets or ("",):
        signed |= hmac.compare_digest(_mac(body, secret, seconds), given) and bool(secret)
    return signed and abs(now.timestamp() - int(seconds)) <= tolerance.total_seconds()


def _mac(body: bytes, secret: str, seconds: str) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
