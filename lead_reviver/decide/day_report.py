"""A day of a workspace in a few lines.

Pure. Numbers only, no personal data: the lines may go to any chat or mailbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lead_reviver.decide.contact_hours import zone_called


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """What happened in one day, and who waits now."""

    new_leads: int = 0
    messages_in: int = 0
    """From leads."""
    messages_out: int = 0
    """That WhatsApp took, whoever wrote them."""
    replies: int = 0
    """Of these, answers of the bot."""
    follow_ups: int = 0
    """Of these, follow-ups by the bot."""
    by_people: int = 0
    """Of these, by members."""
    handovers: int = 0
    opt_outs: int = 0
    meetings_booked: int = 0
    turns_parked: int = 0
    """Turns that were given up that day and still are."""
    messages_failed: int = 0
    """That WhatsApp could not deliver."""
    waiting_now: int = 0
    """Conversations that wait for a person at this moment."""


def yesterday(time_zone: str, now: datetime) -> date:
    """Return the day before today, by the clock of a time zone."""
    return now.astimezone(zone_called(time_zone)).date() - timedelta(days=1)


def bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return when a day begins and ends in a time zone, in UTC; 23 or 25 hours apart when the clocks change."""
    zone = zone_called(time_zone)
    begins, ends = (datetime.combine(each, time.min, zone) for each in (day, day + timedelta(days=1)))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def told(workspace: str, day: date, numbers: DayNumbers) -> str:
    """Return the day in a few lines; the first names workspace and day."""
    lines = [f"{workspace}, {day:%A} {day.day} {day:%B %Y}", *_what_happened(numbers)]
    if len(lines) == 1:
        lines.append("A quiet day: nobody wrote, and nothing was sent.")
    if numbers.waiting_now:
        waits = "waits" if numbers.waiting_now == 1 else "wait"
        lines.append(f"{_many(numbers.waiting_now, 'conversation')} {waits} for a person now.")
    return "\n".join(lines)


def _what_happened(numbers: DayNumbers) -> Iterator[str]:
    if numbers.new_leads:
        yield f"{_many(numbers.new_leads, 'new lead')}."
    if numbers.messages_in or numbers.messages_out:
        came = _many(numbers.messages_in, "message") if numbers.messages_in else "No message"
        yield f"{came} came in, {numbers.messages_out or 'none'} went out{_by_whom(numbers)}."
    if numbers.handovers:
        yield f"{_many(numbers.handovers, 'conversation')} {_were(numbers.handovers)} handed over to a person."
    if numbers.meetings_booked:
        yield f"{_many(numbers.meetings_booked, 'meeting')} {_were(numbers.meetings_booked)} booked."
    if numbers.opt_outs:
        yield f"{_many(numbers.opt_outs, 'lead')} asked not to be written to any more."
    if numbers.messages_failed:
        yield f"{_many(numbers.messages_failed, 'message')} could not be delivered."
    if numbers.turns_parked:
        yield f"{_many(numbers.turns_parked, 'turn')} {_were(numbers.turns_parked)} given up; a person should look."


def _by_whom(numbers: DayNumbers) -> str:
    parts = [
        _many(numbers.replies, "reply", "replies") if numbers.replies else "",
        _many(numbers.follow_ups, "follow-up") if numbers.follow_ups else "",
        f"{numbers.by_people} by people" if numbers.by_people else "",
    ]
    named = ", ".join(each for each in parts if each)
    return f" ({named})" if named else ""


def _many(number: int, one: str, several: str | None = None) -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
