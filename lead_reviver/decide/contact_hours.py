"""When a lead may be written to unasked, by the lead's own clock.

Pure. An answer goes out at any hour, since the lead is awake; a follow-up or a campaign waits for the day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ContactHours:
    """From the full hour `opens` until the full hour `closes`, in a time zone by its IANA name."""

    time_zone: str
    opens: int = 9
    closes: int = 20


def in_contact_hours(hours: ContactHours, now: datetime) -> bool:
    """Return whether a lead may be written to unasked at `now`."""
    return hours.opens <= now.astimezone(zone_called(hours.time_zone)).hour < hours.closes


def without_quiet_hours(hours: ContactHours, begin: int, end: int) -> ContactHours:
    """Return the hours without those that are quiet: from `begin` in the evening until `end` in the morning."""
    return replace(hours, opens=max(hours.opens, end), closes=min(hours.closes, begin))


def zone_called(name: str) -> tzinfo:
    """Return a time zone; UTC for a name that is none, since it may come from an import."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such name, a broken one, a folder
        return UTC
