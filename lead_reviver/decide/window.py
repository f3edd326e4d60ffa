"""Whether a lead may be answered in free words, or only with an approved template.

Pure. Each message of a lead opens WhatsApp's customer service window for 24 hours, counted from the message's
own timestamp: one that was delivered late may have no window left.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(hours=24)
MARGIN: Final = timedelta(minutes=5)
"""Clocks differ and calls take time: the window counts as closed a little early."""


def closes_at(last_inbound_at: datetime) -> datetime:
    """Return when the window that this message opened counts as closed, margin included."""
    return last_inbound_at + WINDOW - MARGIN


def can_reply_freely(last_inbound_at: datetime | None, window_closed_at: datetime | None, now: datetime) -> bool:
    """Return whether free text may be sent now.

    `window_closed_at` is when Meta refused a message with 131047. Meta's word beats our clock until the lead
    writes again.
    """
    if last_inbound_at is None:
        return False
    if window_closed_at is not None and window_closed_at > last_inbound_at:
        return False
    return now < closes_at(last_inbound_at)
