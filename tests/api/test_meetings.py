"""Meetings at the dashboard: into one's own calendar, called off, moved and concluded, as each kind of person."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from uuid_utils.compat import uuid7

from tests.api.test_commands import Desk, at_work, desk
from tests.builders import Person

__all__ = ["at_work", "desk"]


async def a_meeting(
    desk: Desk,
    state: str = "booked",
    *,
    person: Person | None = None,
    ahead: timedelta = timedelta(days=1),
    agent_id: str | None = None,
) -> str:
    """Put a meeting with a lead of nobody's into the record; return its id."""
    conversation_id = await desk.conversation_with(person or Person())
    meeting_id = str(uuid7())
    starts_at = datetime.now(UTC) + ahead
    await desk.record.execute(
        "insert into meetings (id, workspace_id, lead_id, conversation_id, kind, state, starts_at, ends_at, time_zone, "
        "held_until, agent_id) select $1, workspace_id, lead_id, id, 'viewing', $3, $4, $5, 'Europe/Madrid', $6, $7 "
        "from conversations where id = $2",
        meeting_id, conversation_id, state, starts_at, starts_at + timedelta(minutes=45),
        starts_at if state == "held" else None, agent_id,
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


async def test_a_lead_reads_that_we_called_a_meeting_off_and_why_and_only_once(desk: Desk):
    ana = Person()
    meeting_id = await a_meeting(desk, person=ana)
    status, said = await desk.ask("POST", f"/api/meetings/{meeting_id}/cancel", json={"reason": "Marta  is ill"})
    assert (status, said["told"]) == (200, "sent")
    text = desk.sent_to(ana)[-1]
    assert text.startswith("Sorry, Ana, something came up on our side: a viewing on ")
    assert " is cancelled. Marta is ill. " in text
    assert (await desk.ask("POST", f"/api/meetings/{meeting_id}/cancel"))[0] == 409
    assert sum("something came up" in each for each in desk.sent_to(ana)) == 1


async def test_whoever_tells_the_lead_in_person_may_call_a_meeting_off_in_silence(desk: Desk):
    ana = Person()
    meeting_id = await a_meeting(desk, person=ana)
    before = len(desk.sent_to(ana))
    status, said = await desk.ask("POST", f"/api/meetings/{meeting_id}/cancel", json={"tell": False})
    assert (status, said["told"], len(desk.sent_to(ana))) == (200, None, before)


async def test_a_lead_who_opted_out_is_not_told_and_the_agent_reads_why(desk: Desk):
    ana = Person()
    meeting_id = await a_meeting(desk, person=ana)
    await desk.record.execute("update leads set opted_out_at = now() where phone = $1", ana.phone)
    before = len(desk.sent_to(ana))
    _, said = await desk.ask("POST", f"/api/meetings/{meeting_id}/cancel")
    assert (said["told"], len(desk.sent_to(ana))) == ("not_sent", before)
    assert said["told_reason"].startswith("Not sent: they asked on ")


async def with_hours(desk: Desk) -> str:
    """Let the agent be free at any hour of the day; return their id."""
    agent = desk.workspace.agent.user_id
    await desk.record.execute("delete from availability where workspace_id = $1", desk.workspace.workspace_id)
    for day in range(1, 8):
        await desk.record.execute(
            "insert into availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone) "
            "values ($1, $2, $3, $4, '00:00', '23:30', 'UTC')",
            str(uuid7()), desk.workspace.workspace_id, agent, day,
        )  # fmt: skip
    await desk.record.execute(
        "insert into meeting_types (id, workspace_id, kind, minutes, every_minutes) values ($1, $2, 'viewing', 45, 30) "
        "on conflict do nothing",
        str(uuid7()), desk.workspace.workspace_id,
    )  # fmt: skip
    return agent


async def test_a_meeting_that_we_move_is_told_and_stays_one_entry_in_every_calendar(desk: Desk):
    agent, ana = await with_hours(desk), Person()
    meeting_id = await a_meeting(desk, person=ana, ahead=timedelta(days=9, minutes=7), agent_id=agent)
    _, before = await desk.ask("GET", f"/api/meetings/{meeting_id}.ics")
    _, slots = await desk.ask("GET", f"/api/meetings/{meeting_id}/free-slots")
    slot = slots[40]
    to = {"starts_at": slot["starts_at"], "agent_id": slot["agent_id"], "reason": "The keys come later"}
    status, said = await desk.ask("POST", f"/api/meetings/{meeting_id}/move", "agent", json=to)
    assert (status, said["state"], said["told"]) == (200, "booked", "sent")
    text = desk.sent_to(ana)[-1]
    assert text.startswith("Sorry, Ana, we had to move a date: a viewing is now on ")
    assert " The keys come later. " in text
    for each in (meeting_id, said["id"]):  # the old file's address gives the new time
        _, after = await desk.ask("GET", f"/api/meetings/{each}.ics")
        [old], [new] = (Calendar.from_ical(file).walk("VEVENT") for file in (before, after))
        assert old["uid"] == new["uid"]
        assert new["sequence"] > old["sequence"]
        assert new["dtstart"].dt == datetime.fromisoformat(slot["starts_at"])
    await desk.ask("POST", f"/api/meetings/{said['id']}/cancel")
    _, gone = await desk.ask("GET", f"/api/meetings/{meeting_id}.ics")
    calendar = Calendar.from_ical(gone)
    [event] = calendar.walk("VEVENT")
    assert (calendar["method"], event["status"], event["uid"]) == ("CANCEL", "CANCELLED", old["uid"])
    assert event["sequence"] > new["sequence"]
    told = await desk.record.fetch(
        "select event, sequence, changed_by from engine.meeting_events where calendar_uid = $1 order by id", meeting_id
    )
    changes = [("booked", 0, None), ("moved", new["sequence"], None), ("cancelled", event["sequence"], "person")]
    assert [tuple(each) for each in told] == changes


async def test_two_who_move_meetings_to_the_same_time_do_not_both_get_it(desk: Desk):
    agent = await with_hours(desk)
    ids = [await a_meeting(desk, ahead=timedelta(days=11 + n, minutes=7), agent_id=agent) for n in range(3)]
    _, slots = await desk.ask("GET", f"/api/meetings/{ids[0]}/free-slots")
    to = {"starts_at": slots[90]["starts_at"], "agent_id": agent, "tell": False}
    answers = await asyncio.gather(*(desk.ask("POST", f"/api/meetings/{each}/move", json=to) for each in ids))
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    states = await desk.record.fetch("select id, state from meetings where id = any ($1::uuid[])", ids)
    assert sorted(each["state"] for each in states) == ["booked", "booked", "cancelled"]


async def test_a_lead_who_did_not_come_is_offered_another_time_once(desk: Desk):
    await with_hours(desk)
    await desk.record.execute(
        "update workspaces set contact_from = 0, contact_until = 24 where id = $1", desk.workspace.workspace_id
    )
    ana = Person()
    meeting_id = await a_meeting(desk, person=ana, ahead=timedelta(hours=-2))
    path = f"/api/meetings/{meeting_id}/outcome"
    status, said = await desk.ask("POST", path, "agent", json={"state": "no_show"})
    assert (status, said["state"], said["told"]) == (200, "no_show", "sent")
    assert desk.sent_to(ana)[-1].startswith("Sorry we missed each other, Ana.")
    for state in ("happened", "no_show"):  # a slip of the finger
        assert (await desk.ask("POST", path, json={"state": state}))[0] == 200
    assert sum("missed each other" in each for each in desk.sent_to(ana)) == 1


async def test_a_meeting_that_is_ahead_did_not_end_in_any_way(desk: Desk):
    meeting_id = await a_meeting(desk)
    status, said = await desk.ask("POST", f"/api/meetings/{meeting_id}/outcome", json={"state": "no_show"})
    assert (status, said["reason"]) == (409, "not_over")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "free-slots", None),
        ("POST", "move", {"starts_at": "2030-01-01T10:00:00Z", "agent_id": str(uuid7())}),
        ("POST", "outcome", {"state": "happened"}),
    ],
)
async def test_who_may_only_read_and_who_is_a_stranger_changes_no_meeting(
    desk: Desk, method: str, path: str, body: Any
):
    meeting_id = await a_meeting(desk)
    for who, expected in (("viewer", 403), ("stranger", 404), ("nobody", 401)):
        assert (await desk.ask(method, f"/api/meetings/{meeting_id}/{path}", who, json=body))[0] == expected
