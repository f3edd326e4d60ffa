"""What is done on the day until which a lead was left alone.

Pure: facts and `now` come in, times are aware, UTC. Who named the day themselves was promised a message on it, and gets
one; what a colleague put off is that colleague's own reminder, and stays with people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from lead_reviver.decide.contact_hours import ContactHours, in_contact_hours, zone_called
from lead_reviver.decide.window import can_reply_freely

OVER: Final = {"won": "they are won meanwhile", "lost": "they are lost meanwhile"}
"""Stages in which nobody asks a lead whether now is a better time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asleep:
    """A lead that is left alone, and whose day may have come."""

    until: datetime
    set_by: Literal["lead", "person"] | None
    """Who chose the day; None for one that was set before this was kept."""
    words_kept: bool
    """Whether the message in which the lead asked for it is still there."""
    opted_out: bool
    stage: str
    meeting_ahead: bool
    with_person: bool
    """A person answers, is waited for, or has a message of the bot to decide about."""
    speaks: bool
    """The bot converses in the lead's language."""
    last_inbound_at: datetime | None
    window_closed_at: datetime | None
    """When Meta last refused free text (131047)."""
    hours: ContactHours


@dataclass(frozen=True, slots=True)
class SleepOn:
    """Not yet."""

    reason: str


@dataclass(frozen=True, slots=True)
class WakeQuietly:
    """It is over, and nobody has anything to do about it."""

    reason: str


@dataclass(frozen=True, slots=True)
class ShowToPerson:
    """A person decides what to write, with a first line at hand."""


@dataclass(frozen=True, slots=True)
class Write:
    """Keep the promise: the first line goes out."""

    by_template: bool
    """Free words may not be sent any more."""


OnTheDay = SleepOn | WakeQuietly | ShowToPerson | Write


def on_waking(lead: Asleep, now: datetime) -> OnTheDay:
    """Choose what to do about a lead that was left alone."""
    if now < lead.until:
        return SleepOn("its day has not come")
    if lead.opted_out:
        return WakeQuietly("they asked meanwhile not to be written to")
    if lead.set_by != "lead":
        return ShowToPerson()
    if lead.stage in OVER:
        return WakeQuietly(OVER[lead.stage])
    if lead.meeting_ahead:
        return WakeQuietly("they have a meeting")
    if not _has_dawned(lead, now):
        return SleepOn("its day has not begun by their clock")
    if lead.with_person or lead.stage == "booked" or not (lead.words_kept and lead.speaks):
        return ShowToPerson()
    if not in_contact_hours(lead.hours, now):
        return SleepOn("outside the hours in which this lead may be written to unasked")
    return Write(by_template=not can_reply_freely(lead.last_inbound_at, lead.window_closed_at, now))


def _has_dawned(lead: Asleep, now: datetime) -> bool:
    """A lead's day is kept as its midnight in UTC, which is the evening before it in the Americas."""
    return now.astimezone(zone_called(lead.hours.time_zone)).date() >= lead.until.astimezone(UTC).date()
