"""Meetings at the dashboard: into one's own calendar, and called off by a person, as each kind of person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from uuid_utils.compat import uuid7

from tests.api.test_commands import Desk, at_work, desk
from tests.builders import Person

__all__ = ["at_work", "desk"]


async def a_meeting(desk: Desk, state: str = "booked") -> str:
    """Put a meeting with a lead of nobody's into the record; return its id."""
    conversation_id = await desk.conversation_with(Person())
    meeting_id = str(uuid7())
    starts_at = datetime.now(UTC) + timedelta(days=1)
    await desk.record.execute(
        "insert into meetings (id, workspace_id, lead_id, conversation_id, kind, state, starts_at, ends_at, time_zone, "
        "held_until) select $1, workspace_id, lead_id, id, 'viewing', $3, $4, $5, 'Europe/Madrid', $6 "
        "from conversations where id = $2",
        meeting_id, conversation_id, state, starts_at, starts_at + timedelta(minutes=45),
        starts_at if state == "held" else None,
    )  # fmt: skip
    return meeting_id


async def test_a_member_takes_a_meeting_into_the_own_calendar(desk: Desk):
    meeting_id = await a_meeting(desk)
    for who in ("owner", "manager", "agent", "viewer"):
        status, said = await desk.ask("GET", f"/api/meetings/{meeting_id}.ics", who)
        assert status == 200
        [event] = Calendar.from_ical(said).walk("VEVENT")
        assert str(event["uid"]).startswith(meeting_id)
    for who, expected in (("stranger", 404), ("nobody", 401)):
        assert (await desk.ask("GET", f"/api/meetings/{meeting_id}.ics", who))[0] == expected


async def test_a_slot_that_is_only_held_is_in_no_calendar(desk: Desk):
    assert (await desk.ask("GET", f"/api/meetings/{await a_meeting(desk, 'held')}.ics"))[0] == 404


@pytest.mark.parametrize(
    ("who", "expected"),
    [("owner", 200), ("manager", 200), ("agent", 200), ("viewer", 403), ("stranger", 404), ("nobody", 401)],
)
async def test_who_writes_may_call_a_meeting_off(desk: Desk, who: str, expected: int):
    meeting_id = await a_meeting(desk)
    assert (await desk.ask("POST", f"/api/meetings/{meeting_id}/cancel", who))[0] == expected
    row = await desk.record.fetchrow("select state, cancelled_by from meetings where id = $1", meeting_id)
    assert tuple(row) == (("cancelled", "person") if expected == 200 else ("booked", None))


async def test_a_meeting_is_called_off_once(desk: Desk):
    meeting_id = await a_meeting(desk)
    assert (await desk.ask("POST", f"/api/meetings/{meeting_id}/cancel"))[0] == 200
    status, said = await desk.ask("POST", f"/api/meetings/{meeting_id}/cancel")
    assert (status, said["reason"]) == (409, "not_booked")
    written = await desk.record.fetchval(
        "select count(*) from audit_log where subject_id = $1 and action = 'cancel'", meeting_id
    )
    assert written == 1
