"""The file that puts a meeting into somebody's calendar."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar

from lead_reviver.meetings.calendar_file import calendar_file
from lead_reviver.storage.meetings import Entry

VIEWING = Entry(
    id="0198c0de-0000-7000-8000-000000000001",
    calendar_uid="0198c0de-0000-7000-8000-000000000001",
    sequence=0,
    kind="viewing",
    state="booked",
    starts_at=datetime(2026, 11, 24, 16, tzinfo=UTC),
    ends_at=datetime(2026, 11, 24, 16, 45, tzinfo=UTC),
    created_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
    booked_at=datetime(2026, 11, 22, 9, 1, tzinfo=UTC),
    cancelled_at=None,
    time_zone="Europe/Madrid",
    workspace_name="Casa Feliz, S.L.; Madrid",
    lead_name="Ana\nPrado",
    agent_name="Marta López",
)


def the_event(entry: Entry, reader: Any) -> Any:
    calendar = Calendar.from_ical(calendar_file(entry, reader))
    [event] = calendar.walk("VEVENT")
    return event


def test_a_calendar_program_reads_the_same_times_back():
    event = the_event(VIEWING, "agent")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (VIEWING.starts_at, VIEWING.ends_at)
    assert (str(event["uid"]), str(event["status"])) == (f"{VIEWING.id}@lead-reviver", "CONFIRMED")


def test_each_sees_the_other_and_no_name_breaks_the_file():
    assert str(the_event(VIEWING, "lead")["summary"]) == "Viewing: Casa Feliz, S.L.; Madrid (Marta López)"
    assert str(the_event(VIEWING, "agent")["summary"]) == "Viewing: Ana\nPrado"
    assert b"\nPrado" not in calendar_file(VIEWING, "agent").replace(b"\r\n", b"")


def test_the_lead_reads_what_the_playbook_calls_it_in_the_own_language():
    visit = replace(VIEWING, title="una visita")
    assert str(the_event(visit, "lead")["summary"]) == "Una visita: Casa Feliz, S.L.; Madrid (Marta López)"
    assert str(the_event(visit, "agent")["summary"]) == "Viewing: Ana\nPrado"


def test_a_meeting_that_was_called_off_takes_its_entry_away():
    called_off = replace(VIEWING, state="cancelled", cancelled_at=datetime(2026, 11, 23, 9, tzinfo=UTC))
    event = the_event(called_off, "lead")
    assert (str(event["status"]), int(event["sequence"])) == ("CANCELLED", 1)
    assert b"METHOD:CANCEL" in calendar_file(called_off, "lead")
    assert str(event["uid"]) == str(the_event(VIEWING, "lead")["uid"])
