"""What the system page is told, and how all parked turns are let run again, as each kind of person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from lead_reviver.api.operations import RETRY_AT_ONCE
from lead_reviver.storage.database import new_id
from tests.api.test_commands import Desk, at_work, desk, parked_turn
from tests.builders import Person
from tests.real_stack import eventually, make_workspace

__all__ = ["at_work", "desk"]

ADD_WORKFLOW = """
insert into engine.workflows (id, name, version, fingerprint, state, active) values ($1, $2, '1.2.0', 'abc', $3, true)
"""
ADD_FAILURE = """
insert into engine.workflow_failures (id, workflow_id, workflow_name, execution_id, node, reason, turns, failed_at)
values ($1, 'messages', 'Process inbound messages', $2, 'Reply', 'The step did not answer in time.', 3, $3)
"""
ADD_TURN = """
insert into turns (id, workspace_id, conversation_id, state, runner, finished_at) values ($1, $2, $3, 'done', $4, now())
"""


@pytest.fixture
async def known_n8n(desk: Desk) -> AsyncIterator[None]:
    """Two workflows and two failed runs are known; they belong to the installation, not to a workspace."""
    await desk.record.execute(ADD_WORKFLOW, "report", "Report the day", "current")
    await desk.record.execute(ADD_WORKFLOW, "messages", "Process inbound messages", "changed")
    for minutes, execution in ((2, "417"), (1, None)):
        await desk.record.execute(ADD_FAILURE, new_id(), execution, datetime.now(UTC) - timedelta(minutes=minutes))
    yield
    await desk.record.execute("delete from engine.workflows")
    await desk.record.execute("delete from engine.workflow_failures")


async def system(desk: Desk, who: str) -> dict[str, Any]:
    """Return what somebody is told."""
    status, said = await desk.ask("GET", f"/api/system?workspace_id={desk.workspace.workspace_id}", who)
    assert status == 200
    found: dict[str, Any] = said
    return found


async def test_every_member_sees_how_n8n_is_and_which_workflows_stand_there(desk: Desk, known_n8n: None):
    for who in ("owner", "manager", "agent", "viewer"):
        said = await system(desk, who)
        assert said["n8n"]["state"] in ("up", "down", "starting", "absent")
        seen = [(each["name"], each["version"], each["state"], each["active"]) for each in said["n8n"]["workflows"]]
        assert seen == [
            ("Process inbound messages", "1.2.0", "changed", True),
            ("Report the day", "1.2.0", "current", True),
        ]
        assert (said["runner"], said["runner_setting"]) == ("inline", desk.engine.env["LEAD_REVIVER_RUNNER"])


async def test_failed_runs_are_for_whoever_is_in_charge(desk: Desk, known_n8n: None):
    for who in ("owner", "manager"):
        failures = (await system(desk, who))["n8n"]["failures"]
        assert [(each["execution_id"], each["node"], each["turns"]) for each in failures] == [
            (None, "Reply", 3),
            ("417", "Reply", 3),
        ]
    for who in ("agent", "viewer"):
        told = (await system(desk, who))["n8n"]
        assert (told["failures"], told["url"]) == ([], None)


async def test_the_turns_of_the_last_hour_are_counted_by_who_took_them(desk: Desk):
    conversation = await desk.conversation_with(Person())
    before = (await system(desk, "viewer"))["runners"]
    assert before["inline"] >= 1, "the answer to the lead"
    for _ in range(3):
        await desk.record.execute(ADD_TURN, new_id(), desk.workspace.workspace_id, conversation, "n8n")
    old = str(UUID(int=UUID(new_id()).int - (2 * 3_600_000 << 80)))  # made two hours ago
    await desk.record.execute(ADD_TURN, old, desk.workspace.workspace_id, conversation, "n8n")
    assert (await system(desk, "viewer"))["runners"] == {"n8n": before["n8n"] + 3, "inline": before["inline"]}


async def a_parked_change(desk: Desk) -> int:
    """Let n8n have failed to be told of a booking; return its number."""
    number: int = await desk.record.fetchval(
        "insert into engine.meeting_events (workspace_id, event, meeting_id, calendar_uid, lead_id, conversation_id, "
        "kind, starts_at, ends_at, time_zone, sequence, state, attempts, reason) select workspace_id, 'booked', "
        "$2, $2, lead_id, id, 'viewing', now(), now() + interval '1 hour', 'Europe/Madrid', 0, 'parked', 8, "
        "'It broke.' from conversations where id = $1 returning id",
        await desk.conversation_with(Person(name="Ines Falk")),
        new_id(),
    )
    return number


async def test_a_change_that_no_calendar_was_told_is_shown_and_told_again_by_whoever_is_in_charge(desk: Desk):
    number = await a_parked_change(desk)
    for who in ("owner", "manager"):
        [shown] = (await system(desk, who))["parked_meeting_events"]
        seen = tuple(shown[each] for each in ("id", "event", "kind", "attempts", "reason", "lead_name"))
        assert seen == (number, "booked", "viewing", 8, "It broke.", "Ines Falk")
    for who in ("agent", "viewer"):
        assert (await system(desk, who))["parked_meeting_events"] == []
    path = f"/api/meeting-events/{number}/retry?workspace_id={desk.workspace.workspace_id}"
    for who, expected in (("nobody", 401), ("stranger", 404), ("viewer", 403), ("agent", 403), ("manager", 202)):
        assert (await desk.ask("POST", path, who))[0] == expected
    status, said = await desk.ask("POST", path, "owner")
    assert (status, said["reason"]) == (409, "not_parked")
    row = await desk.record.fetchrow("select state, attempts from engine.meeting_events where id = $1", number)
    assert tuple(row) == ("waiting", 0)
    elsewhere = await make_workspace(desk.engine.stack)
    path = f"/api/meeting-events/{number}/retry?workspace_id={elsewhere.workspace_id}"
    assert (await desk.ask("POST", path, "owner"))[0] == 404
    for wrong in ("0", "-1", str(2**63), "x"):
        path = f"/api/meeting-events/{wrong}/retry?workspace_id={desk.workspace.workspace_id}"
        assert (await desk.ask("POST", path, "owner"))[0] == 422


async def retry_all(desk: Desk, who: str) -> tuple[int, Any]:
    """Ask for another try of every parked turn."""
    return await desk.ask("POST", f"/api/turns/retry-parked?workspace_id={desk.workspace.workspace_id}", who)


async def test_whoever_is_in_charge_lets_all_parked_turns_run_again(desk: Desk):
    turns = [await parked_turn(desk, await desk.conversation_with(Person())) for _ in range(2)]
    for who, expected in (("nobody", 401), ("stranger", 404), ("viewer", 403), ("agent", 403)):
        assert (await retry_all(desk, who))[0] == expected
    status, said = await retry_all(desk, "manager")
    assert (status, said["left"]) == (202, 0)
    assert said["retried"] >= len(turns)

    async def all_done() -> bool:
        open_turns = "select count(*) from turns where id = any ($1::uuid[]) and state <> 'done'"
        return await desk.record.fetchval(open_turns, turns) == 0

    await eventually(all_done, 10, "every turn answered")
    assert await retry_all(desk, "owner") == (202, {"retried": 0, "left": 0})


async def test_a_lead_with_two_parked_turns_is_answered_about_the_older_one_first(desk: Desk):
    conversation = await desk.conversation_with(Person())
    older = await parked_turn(desk, conversation)
    newer = await parked_turn(desk, conversation)
    await desk.record.execute("update turns set opened_at = now() - interval '1 hour' where id = $1", older)
    assert await retry_all(desk, "owner") == (202, {"retried": 1, "left": 1})
    state = await desk.record.fetchval("select state from turns where id = $1", newer)
    assert state == "parked"
    await desk.record.execute("delete from turns where id = $1", newer)


async def test_a_conversation_that_a_person_leads_is_not_taken_away_from_them(desk: Desk):
    conversation = await desk.conversation_with(Person())
    turn = await parked_turn(desk, conversation)
    await desk.record.execute("update conversations set mode = 'human' where id = $1", conversation)
    assert await retry_all(desk, "owner") == (202, {"retried": 0, "left": 1})
    assert await desk.record.fetchval("select state from turns where id = $1", turn) == "parked"
    await desk.record.execute("delete from turns where id = $1", turn)


async def test_more_than_can_be_locked_at_once_are_tried_again_in_rounds(desk: Desk):
    crowd = await make_workspace(desk.engine.stack)
    desk.workspace = crowd
    await desk.record.execute(
        """
        with l as (insert into leads (id, workspace_id, phone, source)
          select gen_random_uuid(), $1, '+3460000' || to_char(n, 'FM0000'), 'import' from generate_series(1, $2::int) n
          returning id, workspace_id),
        c as (insert into conversations (id, workspace_id, lead_id, channel_id)
          select gen_random_uuid(), l.workspace_id, l.id, ch.id from l join channels ch using (workspace_id)
          returning id, workspace_id)
        insert into turns (id, workspace_id, conversation_id, state, finished_at)
          select gen_random_uuid(), workspace_id, id, 'parked', now() from c
        """,
        crowd.workspace_id,
        RETRY_AT_ONCE + 5,
    )
    assert await retry_all(desk, "owner") == (202, {"retried": RETRY_AT_ONCE, "left": 5})
    assert (await retry_all(desk, "owner"))[1]["retried"] == 5
