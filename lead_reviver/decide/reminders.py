"""What a lead is told about a meeting outside of a turn, and until when it is worth saying.

Pure. A reminder belongs to an instant, so that a clock that changes in between moves no meeting; the text names the
hour on the lead's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

NoticeKind = Literal["day_before", "hour_before", "cancelled", "moved", "missed"]
MeetingState = Literal["held", "booked", "cancelled", "happened", "no_show"]

SOON_AFTER_BOOKING: Final = timedelta(minutes=30)
"""Who booked so shortly before a reminder would be due knows without it."""
MISSED_FOR: Final = timedelta(days=7)
"""Later than this after a meeting, nobody is asked for another time."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder of a booked meeting."""

    kind: NoticeKind
    ahead: timedelta
    """Due so long before the meeting."""
    until: timedelta
    """Not worth sending any more when the meeting is nearer than this."""


REMINDERS: Final = (
    Reminder("day_before", timedelta(hours=24), timedelta(hours=4)),
    Reminder("hour_before", timedelta(hours=1), timedelta(minutes=10)),
)
_BY_KIND: Final = {each.kind: each for each in REMINDERS}


@dataclass(frozen=True, slots=True)
class Planned:
    """A meeting as far as notices go. Times are aware."""

    state: MeetingState
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime
    has_another: bool = False
    """Whether the lead has another meeting ahead."""


def is_due(reminder: Reminder, meeting: Planned, now: datetime) -> bool:
    """Return whether a lead should be reminded now: not of what was booked later than the reminder would have gone."""
    if meeting.state != "booked":
        return False
    remind_at = meeting.starts_at - reminder.ahead
    return (
        remind_at <= now <= meeting.starts_at - reminder.until and meeting.booked_at <= remind_at - SOON_AFTER_BOOKING
    )


def why_not(kind: NoticeKind, meeting: Planned, now: datetime) -> str | None:
    """Return why a notice is no longer worth sending, in plain words; None when it is."""
    if kind in _BY_KIND:
        if meeting.state != "booked":
            return "the meeting was moved or called off meanwhile"
        return None if now <= valid_until(kind, meeting) else "it is too late for a reminder"
    if kind == "missed":
        if meeting.state != "no_show":
            return "the lead did come"
        if meeting.has_another:
            return "the lead has another meeting already"
    if kind == "moved" and meeting.state != "booked":
        return "the meeting was moved or called off meanwhile"
    return None if now <= valid_until(kind, meeting) else "it is too late to say so"


def valid_until(kind: NoticeKind, meeting: Planned) -> datetime:
    """Return until when a notice may go out."""
    if kind in _BY_KIND:
        return meeting.starts_at - _BY_KIND[kind].until
    return meeting.ends_at + MISSED_FOR if kind == "missed" else meeting.starts_at
