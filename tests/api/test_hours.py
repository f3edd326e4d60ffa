"""Hours, days off, kinds of meeting and calendars kept elsewhere, as each kind of person edits them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from lead_reviver.decide.slots import MeetingType, free_slots, times_at_work
from lead_reviver.storage import meetings, working_hours
from lead_reviver.storage.database import connect_pool, lent
from tests.api.test_commands import Desk, at_work, desk

__all__ = ["at_work", "desk"]

WEEK = {
    "time_zone": "Europe/Madrid",
    "hours": [
        {"weekday": 1, "starts_at": "09:00", "ends_at": "13:00"},
        {"weekday": 1, "starts_at": "15:00", "ends_at": "18:00"},
        {"weekday": 5, "starts_at": "10:00", "ends_at": "14:00"},
    ],
}
NOW = datetime(2030, 1, 7, 12, tzinfo=UTC)
"""A Monday."""
VIEWING = {"minutes": 45, "minutes_before": 15, "minutes_after": 15, "reminder_template": "meeting_reminder"}


def hours_of(desk: Desk, who: str) -> str:
    return f"/api/hours/{getattr(desk.workspace, who).user_id}?workspace_id={desk.workspace.workspace_id}"


def at(desk: Desk, path: str) -> str:
    return f"/api/{path}?workspace_id={desk.workspace.workspace_id}"


async def week_of(desk: Desk, who: str) -> list[tuple[int, str, str, str]]:
    rows = await desk.record.fetch(
        "select weekday, starts_at::text, ends_at::text, time_zone from availability where user_id = $1 "
        "and weekday is not null order by weekday, starts_at",
        getattr(desk.workspace, who).user_id,
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("who", "whose", "expected"),
    [
        ("owner", "agent", 204),
        ("manager", "agent", 204),
        ("agent", "agent", 204),
        ("agent", "manager", 403),
        ("viewer", "agent", 403),
        ("viewer", "viewer", 403),
        ("stranger", "agent", 404),
        ("nobody", "agent", 401),
        ("owner", "viewer", 422),
    ],
)
async def test_who_may_set_whose_hours(desk: Desk, who: str, whose: str, expected: int):
    await desk.record.execute("delete from availability where workspace_id = $1", desk.workspace.workspace_id)
    status, said = await desk.ask("PUT", hours_of(desk, whose), who, json=WEEK)
    assert status == expected, said
    assert len(await week_of(desk, whose)) == (3 if expected == 204 else 0)


async def test_new_hours_take_the_place_of_the_old_ones_and_leave_exceptions(desk: Desk):
    await desk.record.execute("delete from availability where workspace_id = $1", desk.workspace.workspace_id)
    await desk.record.execute(
        "insert into availability (id, workspace_id, user_id, on_date, starts_at, ends_at, time_zone) "
        "values ($1, $2, $3, '2030-01-01', '10:00', '11:00', 'UTC')",
        str(uuid7()), desk.workspace.workspace_id, desk.workspace.agent.user_id,
    )  # fmt: skip
    await desk.ask("PUT", hours_of(desk, "agent"), json=WEEK)
    shorter = {**WEEK, "hours": WEEK["hours"][2:]}
    assert (await desk.ask("PUT", hours_of(desk, "agent"), json=shorter))[0] == 204
    assert await week_of(desk, "agent") == [(5, "10:00:00", "14:00:00", "Europe/Madrid")]
    assert await desk.record.fetchval("select count(*) from availability where on_date = '2030-01-01'") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time_zone": "Madrid"}, "write it as Europe/Madrid"),
        ({"hours": [{"weekday": 2, "starts_at": "17:00", "ends_at": "09:00"}]}, "Tuesday: 17:00 to 09:00 ends before"),
        ({"hours": [{"weekday": 8, "starts_at": "09:00", "ends_at": "10:00"}]}, "from 1, Monday, to 7, Sunday"),
        (
            {"hours": [*WEEK["hours"], {"weekday": 1, "starts_at": "12:00", "ends_at": "14:00"}]},  # type: ignore[misc]
            "Monday: two spans overlap at 12:00",
        ),
        (
            {
                "hours": [
                    {"weekday": 2, "starts_at": "09:00", "ends_at": "24:00"},
                    {"weekday": 2, "starts_at": "22:00", "ends_at": "23:00"},
                ]
            },
            "Tuesday: two spans overlap at 22:00",
        ),
        ({"hours": [{"weekday": 2, "starts_at": "09:00Z", "ends_at": "10:00Z"}]}, "without an offset"),
    ],
)
async def test_hours_that_cannot_be_are_refused_in_plain_words(desk: Desk, change: Any, words: str):
    status, said = await desk.ask("PUT", hours_of(desk, "agent"), json={**WEEK, **change})
    assert (status, said["reason"]) == (422, "bad_input")
    assert words in said["title"]


async def test_somebody_who_works_until_midnight_is_offered_until_midnight(desk: Desk):
    late = {"time_zone": "UTC", "hours": [{"weekday": day, "starts_at": "23:00", "ends_at": "24:00"} for day in (1, 2)]}
    assert (await desk.ask("PUT", hours_of(desk, "agent"), json=late))[0] == 204
    assert [(starts_at, ends_at) for _, starts_at, ends_at, _ in await week_of(desk, "agent")] == [
        ("23:00:00", "24:00:00")
    ] * 2
    half_an_hour = MeetingType("call", timedelta(minutes=30), horizon=timedelta(days=7))
    pool = await connect_pool(desk.engine.stack.env["DATABASE_URL"], size=1)
    async with lent(pool) as connection:
        agenda = await meetings.agenda(connection, desk.workspace.workspace_id, NOW)
        team = await working_hours.of_workspaces(connection, [desk.workspace.workspace_id], NOW)
    await pool.close()
    own = [each for each in agenda.hours if each.agent_id == desk.workspace.agent.user_id]
    assert {(each.starts_at.hour, each.ends_at) for each in own} == {(23, time())}
    slots = free_slots(half_an_hour, own, [], [], NOW)
    assert [(each.starts_at.hour, each.starts_at.minute) for each in slots] == [(23, 0), (23, 30)] * 2
    at_work = [each for each in team[desk.workspace.workspace_id].hours if each.agent_id == own[0].agent_id]
    assert times_at_work(at_work, [], NOW, NOW + timedelta(days=3))[0][1] == datetime(2030, 1, 8, tzinfo=UTC)


async def test_nobody_sets_hours_in_a_workspace_of_somebody_else(desk: Desk):
    path = f"/api/hours/{uuid7()}?workspace_id={desk.workspace.workspace_id}"
    assert (await desk.ask("PUT", path, json=WEEK))[0] == 404


async def test_an_agent_takes_days_off_and_only_a_manager_closes_the_office(desk: Desk):
    off = {"first_day": "2030-08-01", "last_day": "2030-08-14", "reason": "Summer"}
    own = {**off, "user_id": desk.workspace.agent.user_id}
    status, said = await desk.ask("POST", at(desk, "days-off"), "agent", json=own)
    assert status == 201
    assert (await desk.ask("POST", at(desk, "days-off"), "agent", json=off))[0] == 403
    status, everybodys = await desk.ask("POST", at(desk, "days-off"), "manager", json=off)
    assert status == 201
    for who, expected in (("viewer", 403), ("stranger", 404), ("nobody", 401), ("agent", 403)):
        assert (await desk.ask("DELETE", f"/api/days-off/{everybodys['id']}", who))[0] == expected
    assert (await desk.ask("DELETE", f"/api/days-off/{said['id']}", "agent"))[0] == 204
    assert (await desk.ask("DELETE", f"/api/days-off/{said['id']}", "agent"))[0] == 404
    assert (await desk.ask("DELETE", f"/api/days-off/{everybodys['id']}", "owner"))[0] == 204


async def test_days_off_that_end_before_they_begin_or_never_are_refused(desk: Desk):
    first = date(2030, 8, 1)
    for last in (first - timedelta(days=1), first + timedelta(days=400)):
        body = {"first_day": first.isoformat(), "last_day": last.isoformat()}
        assert (await desk.ask("POST", at(desk, "days-off"), json=body))[0] == 422


@pytest.mark.parametrize(
    ("who", "expected"),
    [("owner", 204), ("manager", 204), ("agent", 403), ("viewer", 403), ("stranger", 404), ("nobody", 401)],
)
async def test_only_owners_and_managers_plan_kinds_of_meeting(desk: Desk, who: str, expected: int):
    await desk.record.execute("delete from meeting_types where workspace_id = $1", desk.workspace.workspace_id)
    assert (await desk.ask("PUT", at(desk, "meeting-types/viewing"), who, json=VIEWING))[0] == expected
    rows = await desk.record.fetch(
        "select minutes, minutes_after, reminder_template from meeting_types where workspace_id = $1",
        desk.workspace.workspace_id,
    )
    assert [tuple(row) for row in rows] == ([(45, 15, "meeting_reminder")] if expected == 204 else [])


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("viewing", {"minutes": 3}, "It takes 3 minutes? Choose 5 to 480."),
        ("viewing", {"offered_at_once": 9}, "Offered in one message: 9 times? Choose 1 to 4."),
        ("viewing", {"reminder_template": "Meeting Reminder"}, "write its name as Meta shows it"),
        ("A viewing", {}, "small letters"),
    ],
)
async def test_a_kind_of_meeting_that_cannot_be_is_refused_in_plain_words(
    desk: Desk, kind: str, change: Any, words: str
):
    status, said = await desk.ask("PUT", at(desk, f"meeting-types/{kind}"), json={**VIEWING, **change})
    assert (status, words in said["title"]) == (422, True), said


@pytest.mark.parametrize(
    ("who", "expected"),
    [("owner", 204), ("manager", 204), ("agent", 403), ("viewer", 403), ("stranger", 404), ("nobody", 401)],
)
async def test_only_owners_and_managers_retire_a_kind_of_meeting(desk: Desk, who: str, expected: int):
    await desk.ask("PUT", at(desk, "meeting-types/viewing"), json=VIEWING)
    assert (await desk.ask("DELETE", at(desk, "meeting-types/viewing"), who))[0] == expected
    assert await offers_viewings(desk) == (expected != 204)


async def test_a_retired_kind_is_offered_no_more_keeps_its_meetings_and_can_come_back(desk: Desk):
    await desk.ask("PUT", at(desk, "meeting-types/viewing"), json=VIEWING)
    assert (await desk.ask("DELETE", at(desk, "meeting-types/viewing")))[0] == 204
    assert (await desk.ask("DELETE", at(desk, "meeting-types/viewing")))[0] == 204
    assert not await offers_viewings(desk)
    row = await desk.record.fetchrow(
        "select reminder_template from meeting_types where workspace_id = $1 and kind = 'viewing'",
        desk.workspace.workspace_id,
    )
    assert row["reminder_template"] == "meeting_reminder"
    assert (await desk.ask("PUT", at(desk, "meeting-types/viewing"), json=VIEWING))[0] == 204
    assert await offers_viewings(desk)
    assert (await desk.ask("DELETE", at(desk, "meeting-types/never_made")))[0] == 404


async def offers_viewings(desk: Desk) -> bool:
    """Whether the bot may offer times for one, as it asks the record itself."""
    return await meetings.meeting_type(desk.record, desk.workspace.workspace_id, "viewing") is not None


async def test_a_member_connects_the_own_calendar_and_nobody_reads_its_password(desk: Desk):
    own = {"url": "https://1.1.1.1/marta/work/", "username": "marta", "password": "a-secret-word"}
    assert (await desk.ask("PUT", at(desk, "calendar"), "agent", json=own))[0] == 204
    status, said = await desk.ask("GET", at(desk, "calendar"), "agent")
    assert (status, said["username"], said["url"]) == (200, "marta", own["url"])
    assert "a-secret-word" not in str(said)
    assert (await desk.ask("GET", at(desk, "calendar"), "owner"))[1] is None
    sealed = await desk.record.fetchval(
        "select ciphertext from engine.secrets where name = $1", f"calendar:{desk.workspace.agent.user_id}"
    )
    assert b"a-secret-word" not in sealed
    assert (await desk.ask("DELETE", at(desk, "calendar"), "agent"))[0] == 204
    assert (await desk.ask("GET", at(desk, "calendar"), "agent"))[1] is None
    assert not await desk.record.fetchval("select count(*) from engine.secrets where name like 'calendar:%'")


async def test_a_calendar_inside_our_network_or_of_a_viewer_is_refused(desk: Desk):
    own = {"url": "https://169.254.169.254/latest/", "username": "marta", "password": "x"}
    status, said = await desk.ask("PUT", at(desk, "calendar"), "agent", json=own)
    assert (status, said["reason"]) == (422, "bad_input")
    for who, expected in (("viewer", 403), ("stranger", 404), ("nobody", 401)):
        assert (await desk.ask("PUT", at(desk, "calendar"), who, json=own))[0] == expected


async def test_a_workflow_says_when_an_agent_is_busy(desk: Desk):
    key = desk.engine.stack.env["LEAD_REVIVER_STEPS_KEY"]
    agent = desk.workspace.agent.user_id
    body: dict[str, Any] = {
        "workspace_id": desk.workspace.workspace_id,
        "agent_id": agent,
        "busy": [{"starts_at": "2030-01-01T10:00:00+01:00", "ends_at": "2030-01-01T11:00:00+01:00"}],
    }
    headers = {"Authorization": f"Bearer {key}"}
    for _ in range(2):  # the same again changes nothing
        status, said = await desk.ask("POST", "/steps/calendar-busy", None, json=body, headers=headers)
        assert (status, said) == (200, {"kept": 1})
    count = "select count(*) from busy_times where user_id = $1 and source = 'workflow'"
    assert await desk.record.fetchval(count, agent) == 1
    stranger = {**body, "agent_id": str(uuid7())}
    backwards = {**body, "busy": [{"starts_at": "2030-01-01T10:00:00Z", "ends_at": "2030-01-01T09:00:00Z"}]}
    without_offset = {**body, "busy": [{"starts_at": "2030-01-01T10:00:00", "ends_at": "2030-01-01T11:00:00"}]}
    for wrong, expected in ((stranger, 404), (backwards, 422), (without_offset, 422)):
        assert (await desk.ask("POST", "/steps/calendar-busy", None, json=wrong, headers=headers))[0] == expected
    assert (await desk.ask("POST", "/steps/calendar-busy", "owner", json=body))[0] == 401
    assert await desk.record.fetchval(count, agent) == 1
