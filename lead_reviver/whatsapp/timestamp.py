"""Meta's timestamps: seconds since 1970, as text in messages, as a number in most account-level fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

# From here on (year 5138 in seconds) a timestamp can only be milliseconds.
_MILLISECONDS_FROM = 10**11


def time_of(timestamp: Any) -> datetime | None:
    """Return the time (aware, UTC) of a timestamp in seconds or milliseconds; None when it is none."""
    if type(timestamp) not in (str, int, float):
        return None
    try:
        seconds = float(timestamp)
        if seconds >= _MILLISECONDS_FROM:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
