"""Deliveries of leads for tests: what a form, a CRM or a sheet would send."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Any

import orjson

from lead_reviver.campaigns.lead_signature import HEADER, sign


def a_mobile() -> str:
    """Return a Spanish mobile number nobody has used yet, E.164."""
    return f"+346{secrets.randbelow(90_000_000) + 10_000_000}"


def a_row(**fields: Any) -> dict[str, Any]:
    """Return a row about somebody new."""
    return {"name": "Ana Prado", "phone": a_mobile(), "source": "web form", **fields}


def json_of(*rows: Any) -> bytes:
    """Return a JSON body."""
    return orjson.dumps(list(rows))


def signed(body: bytes, secret: str, *, ago: float = 0.0, kind: str = "application/json") -> dict[str, str]:
    """Return the headers of a delivery, signed some seconds ago."""
    at = datetime.fromtimestamp(time.time() - ago, UTC)
    return {HEADER: sign(body, secret, at), "Content-Type": kind}
