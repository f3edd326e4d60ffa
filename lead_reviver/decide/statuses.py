"""Which status a message has after one more status came in.

Pure. Meta sends statuses in any order, twice, or leaves `delivered` out, so a status only ever moves up one
ladder: taken in any order, the same statuses end the same.
"""

from __future__ import annotations

from typing import Final

LADDER: Final = ("not_sent", "sending", "accepted", "sent", "failed", "delivered", "read", "played")
"""Lowest first. `failed` beats what may still fail and loses to proof that the message arrived."""

REPORTED: Final = frozenset({"accepted", "sent", "failed", "delivered", "read", "played"})
"""What WhatsApp can say about a message of ours: `accepted` in its answer, the others in status webhooks."""

_RANK: Final = {status: rank for rank, status in enumerate(LADDER)}


def next_status(current: str, incoming: str) -> str:
    """Return the status after `incoming` was reported for a message that is at `current`.

    Statuses that Meta may add later, and messages of leads (`received`), change nothing.
    """
    if incoming not in REPORTED or current not in _RANK:
        return current
    return incoming if _RANK[incoming] > _RANK[current] else current
