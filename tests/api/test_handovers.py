"""A waiting lead is taken, or passed on, by whoever is asked; presence comes from the live connection."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from lead_reviver.state import keys
from tests.api.test_commands import ALLOWED, Desk, at_work, desk
from tests.builders import Person
from tests.real_stack import eventually

__all__ = ["at_work", "desk"]


async def a_waiting_lead(desk: Desk) -> Any:
    """Let a lead ask for a person, at an hour at which the team works; return the hand-over."""
    await desk.record.execute(
        "update workspaces set contact_from = 0, contact_until = 24 where id = $1", desk.workspace.workspace_id
    )
    conversation_id = await desk.conversation_with(Person(), "I want to talk to a real person please")

    async def offered() -> Any:
        return await desk.record.fetchrow("select * from handovers where conversation_id = $1", conversation_id)

    return await eventually(offered, 10, "somebody was asked")


@pytest.mark.parametrize("command", ["take", "pass", "here"])
@pytest.mark.parametrize(("who", "allowed"), [each for each in ALLOWED.items() if each[1] is not True])
async def test_who_may_not_write_to_a_lead_may_not_answer_its_offer(desk: Desk, command: str, who: str, allowed: int):
    found = await a_waiting_lead(desk)
    path = f"/api/handovers/{found['id']}/{command}"
    if command == "here":
        path = f"/api/conversations/{found['conversation_id']}/here"
    status, said = await desk.ask("POST", path, who)
    # Whoever cannot see a hand-over hears what everybody hears of one that is over.
    assert status == (409 if allowed == 404 and command != "here" else allowed), said
    row = await desk.record.fetchrow("select state from handovers where id = $1", found["id"])
    assert row["state"] == "offered"


async def test_the_agent_who_is_asked_takes_it_and_it_waits_no_more(desk: Desk):
    found = await a_waiting_lead(desk)
    agent = desk.workspace.agent.user_id
    assert str(found["offered_to"]) == agent
    status, said = await desk.ask("POST", f"/api/handovers/{found['id']}/take", "agent")
    assert (status, said) == (200, {"mode": "human", "assigned_to": agent})
    row = await desk.record.fetchrow("select state, taken_by, closed_at from handovers where id = $1", found["id"])
    assert (row["state"], str(row["taken_by"])) == ("taken", agent)
    answer = await desk.record.fetchval("select answer from handover_offers where handover_id = $1", found["id"])
    assert answer == "took"
    status, said = await desk.ask("POST", f"/api/handovers/{found['id']}/take", "manager")
    assert (status, said["reason"]) == (409, "not_open")


async def test_not_me_passes_it_to_the_next_and_cannot_be_said_for_another(desk: Desk):
    found = await a_waiting_lead(desk)
    path = f"/api/handovers/{found['id']}/pass"
    status, said = await desk.ask("POST", path, "manager")
    assert (status, said["reason"]) == (409, "not_asked")
    status, said = await desk.ask("POST", path, "agent")
    assert status == 200
    assert said["offered_to"] in {desk.workspace.manager.user_id, desk.workspace.owner.user_id}
    status, said = await desk.ask("POST", path, "agent")
    assert (status, said["reason"]) == (409, "not_asked")


async def test_an_agent_who_is_asked_takes_a_colleagues_lead_and_sees_it_as_long_as_they_answer_it(desk: Desk):
    found = await a_waiting_lead(desk)
    conversation_id = str(found["conversation_id"])
    await desk.owned_by(conversation_id, desk.workspace.manager.user_id)
    assert (await desk.ask("POST", f"/api/handovers/{found['id']}/take", "agent"))[0] == 200
    assert (await desk.ask("POST", f"/api/conversations/{conversation_id}/hand-back", "agent"))[0] == 200
    assert (await desk.ask("POST", f"/api/conversations/{conversation_id}/take-over", "agent"))[0] == 404


async def test_a_live_connection_is_presence_and_nothing_else_is(desk: Desk):
    async with Redis.from_url(desk.engine.stack.env["LEAD_REVIVER_ADMIN_REDIS_URL"]) as redis:
        key, manager = keys.present(desk.workspace.workspace_id), desk.workspace.manager.user_id
        await redis.delete(key)
        assert (await desk.ask("GET", f"/api/system?workspace_id={desk.workspace.workspace_id}", "manager"))[0] == 200
        assert await redis.zscore(key, manager) is None
        url = f"{desk.engine.url}/api/events?workspace_id={desk.workspace.workspace_id}"
        headers = {"Authorization": f"Bearer {desk.token('manager')}"}
        timeout = aiohttp.ClientTimeout(total=None)
        async with desk.session.get(url, headers=headers, timeout=timeout) as live:
            await asyncio.wait_for(live.content.readline(), 5)

            async def present() -> Any:
                return await redis.zscore(key, manager)

            await eventually(present, 5, "the manager is present")


async def test_a_page_that_shows_a_conversation_says_so(desk: Desk):
    conversation_id = await desk.conversation_with(Person())
    assert (await desk.ask("POST", f"/api/conversations/{conversation_id}/here", "agent"))[0] == 204
    async with Redis.from_url(desk.engine.stack.env["LEAD_REVIVER_ADMIN_REDIS_URL"]) as redis:
        assert 0 < await redis.ttl(keys.looking(conversation_id)) <= 120


def times_of(desk: Desk) -> str:
    return f"/api/workspaces/{desk.workspace.workspace_id}/handover"


async def kept_times(desk: Desk) -> tuple[int, int]:
    return tuple(
        await desk.record.fetchrow(
            "select handover_minutes, give_back_hours from workspaces where id = $1", desk.workspace.workspace_id
        )
    )


@pytest.mark.parametrize(
    ("who", "expected"),
    [("owner", 200), ("manager", 200), ("agent", 403), ("viewer", 403), ("stranger", 404), ("nobody", 401)],
)
async def test_only_owners_and_managers_say_how_long_people_have(desk: Desk, who: str, expected: int):
    usual = {"handover_minutes": 10, "give_back_hours": 24}
    assert (await desk.ask("PUT", times_of(desk), json=usual))[0] == 200
    patient = {"handover_minutes": 45, "give_back_hours": 0}
    assert (await desk.ask("PUT", times_of(desk), who, json=patient))[0] == expected
    assert await kept_times(desk) == ((45, 0) if expected == 200 else (10, 24))


@pytest.mark.parametrize(
    "change", [{"handover_minutes": 0}, {"handover_minutes": 1441}, {"give_back_hours": -1}, {"give_back_hours": 145}]
)
async def test_times_that_cannot_be_are_refused(desk: Desk, change: dict[str, int]):
    before = await kept_times(desk)
    body = {"handover_minutes": 10, "give_back_hours": 24, **change}
    status, said = await desk.ask("PUT", times_of(desk), json=body)
    assert (status, said["reason"]) == (422, "bad_input")
    assert await kept_times(desk) == before
