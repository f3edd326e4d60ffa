"""A meeting as an iCalendar file (RFC 5545), which every calendar program takes."""

from __future__ import annotations

from typing import Final, Literal

from icalendar import Calendar, Event

from lead_reviver.storage.meetings import Entry

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


def calendar_file(entry: Entry, reader: Literal["lead", "agent"], *, kept: bool = False) -> bytes:
    """Return the file for whoever reads it: each sees the other's name. Times are UTC, right on any clock.

    The same meeting always has the same id, also when it is moved, so that a newer file changes the entry. What a
    calendar server keeps (`kept`) names no method (RFC 4791, 4.1).
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Lead-Reviver//Meetings//EN")
    calendar.add("version", "2.0")
    if not kept:
        calendar.add("method", "CANCEL" if entry.state == "cancelled" else "PUBLISH")
    event = Event()
    event.add("uid", f"{entry.calendar_uid}@lead-reviver")
    changed_at = entry.cancelled_at or entry.booked_at or entry.created_at
    event.add("dtstamp", changed_at)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("sequence", max(entry.sequence, int(entry.state == "cancelled")))
    event.add("status", "CANCELLED" if entry.state == "cancelled" else "CONFIRMED")
    event.add("summary", _summary(entry, reader))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _summary(entry: Entry, reader: Literal["lead", "agent"]) -> str:
    kind = entry.kind.replace("_", " ").capitalize()
    if reader == "lead":
        kind = entry.title[:1].upper() + entry.title[1:] if entry.title else kind
        return f"{kind}: {entry.workspace_name}" + (f" ({entry.agent_name})" if entry.agent_name else "")
    return f"{kind}: {entry.lead_name}" if entry.lead_name else kind
