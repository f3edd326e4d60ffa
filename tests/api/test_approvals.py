"""Who may send what the bot proposes, and that it is sent once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.api.test_commands import ALLOWED, Desk, at_work, desk  # noqa: F401 - fixtures
from tests.builders import Person, a_text, messages_of
from tests.real_stack import eventually

WHY = {"reason": "not how we say it"}


@pytest.fixture
async def careful(desk: Desk) -> Any:  # noqa: F811 - the fixture
    """A desk whose workspace is in approval mode."""
    set_to = "update workspaces set approval = $2 where id = $1"
    await desk.record.execute(set_to, desk.workspace.workspace_id, True)
    yield desk
    await desk.record.execute(set_to, desk.workspace.workspace_id, False)


async def proposed(desk: Desk, person: Person, words: str = "Hello") -> Any:  # noqa: F811
    """Let a person write; return what the bot proposes to answer."""
    body = messages_of(desk.workspace.phone_number_id, person, a_text(person, words))
    assert await desk.engine.post(body) == 200

    async def waits() -> Any:
        return await desk.record.fetchrow(
            "select a.* from approvals a join conversations c on c.id = a.conversation_id join leads l on "
            "l.id = c.lead_id where l.phone = $1 and a.state = 'waiting'",
            person.phone,
        )

    return await eventually(waits, 15, "a message waits")


@pytest.mark.parametrize("command", ["approve", "discard"])
async def test_whoever_may_write_may_decide_about_a_message_and_nobody_else(careful: Desk, command: str):
    draft = await proposed(careful, Person())
    await careful.owned_by(draft["conversation_id"], None)
    path, body = f"/api/messages/{draft['id']}/{command}", {} if command == "approve" else WHY
    for who, allowed in sorted(ALLOWED.items(), key=lambda each: each[1] is True):
        status, said = await careful.ask("POST", path, who, json=body)
        if allowed is True:
            assert status in (200, 202), (who, said)
        else:
            assert status == allowed, (who, said)
            assert set(said) == {"title", "reason"}


async def test_two_people_who_click_at_once_send_one_message(careful: Desk):
    ana = Person()
    draft = await proposed(careful, ana)
    path = f"/api/messages/{draft['id']}/approve"
    answers = await asyncio.gather(*(careful.ask("POST", path, who, json={}) for who in ("owner", "agent") * 3))
    assert {status for status, _ in answers} == {202}
    assert len(careful.sent_to(ana)) == 1
    who = "select count(*) from audit_log where action = 'approve' and subject_id = $1"
    assert await careful.record.fetchval(who, draft["id"]) == 1


async def test_other_words_that_came_too_late_are_not_taken_for_sent(careful: Desk):
    ana = Person()
    draft = await proposed(careful, ana)
    path = f"/api/messages/{draft['id']}/approve"
    assert (await careful.ask("POST", path, "owner", json={"text": "Good morning!"}))[0] == 202
    assert (await careful.ask("POST", path, "owner", json={"text": "Good morning!"}))[0] == 202
    status, said = await careful.ask("POST", path, "agent", json={"text": "Hi there"})
    assert (status, said["reason"]) == (409, "sent_already")
    assert careful.sent_to(ana) == ["Good morning!"]


async def test_a_discarded_message_is_never_sent_and_says_why(careful: Desk):
    ana = Person()
    draft = await proposed(careful, ana)
    path = f"/api/messages/{draft['id']}"
    status, said = await careful.ask("POST", f"{path}/discard", "agent", json=WHY)
    assert (status, said["reason"]) == (200, WHY["reason"])
    assert (await careful.ask("POST", f"{path}/discard", "owner", json={"reason": "another"}))[1]["reason"] == (
        WHY["reason"]
    )
    status, said = await careful.ask("POST", f"{path}/approve", "owner", json={})
    assert (status, said["reason"]) == (409, "discarded")
    assert WHY["reason"] in said["title"]
    assert careful.sent_to(ana) == []


async def test_a_message_that_the_lead_overtook_is_not_sent(careful: Desk):
    ana = Person()
    draft = await proposed(careful, ana)
    await careful.engine.post(messages_of(careful.workspace.phone_number_id, ana, a_text(ana, "Are you there?")))

    async def withdrawn() -> Any:
        return await careful.record.fetchval(
            "select true from approvals where id = $1 and state = 'withdrawn'", draft["id"]
        )

    await eventually(withdrawn, 15, "the message is withdrawn")
    status, said = await careful.ask("POST", f"/api/messages/{draft['id']}/approve", "owner", json={})
    assert (status, said["reason"]) == (409, "withdrawn")
    assert "they wrote again" in said["title"]


async def test_a_person_who_writes_takes_back_what_waits(careful: Desk):
    ana = Person()
    draft = await proposed(careful, ana)
    path = f"/api/conversations/{draft['conversation_id']}/messages"
    note = {"id": str(uuid7()), "text": "Good morning, this is Ana"}
    assert (await careful.ask("POST", path, "agent", json=note))[0] == 202
    status, said = await careful.ask("POST", f"/api/messages/{draft['id']}/approve", "owner", json={})
    assert (status, said["reason"]) == (409, "withdrawn")
    assert careful.sent_to(ana) == ["Good morning, this is Ana"]


async def test_an_agent_decides_about_own_and_unowned_leads_and_sees_no_others(careful: Desk):
    draft = await proposed(careful, Person())
    path = f"/api/messages/{draft['id']}/approve"
    await careful.owned_by(draft["conversation_id"], careful.workspace.manager.user_id)
    assert (await careful.ask("POST", path, "agent", json={}))[0] == 404
    await careful.owned_by(draft["conversation_id"], careful.workspace.agent.user_id)
    assert (await careful.ask("POST", path, "agent", json={}))[0] == 202


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "   "}, {"text": "x" * 5000}])
async def test_words_that_whatsapp_would_not_take_are_refused_and_the_message_waits_on(careful: Desk, body: Any):
    draft = await proposed(careful, Person())
    status, _ = await careful.ask("POST", f"/api/messages/{draft['id']}/approve", "owner", json=body)
    assert status == 422
    state = await careful.record.fetchval("select state from approvals where id = $1", draft["id"])
    assert state == "waiting"


async def test_approval_mode_is_switched_by_whoever_is_in_charge(desk: Desk):  # noqa: F811
    path = f"/api/workspaces/{desk.workspace.workspace_id}/approval"
    expected = {"owner": 200, "manager": 200, "agent": 403, "viewer": 403, "stranger": 404, "nobody": 401}
    for who, status in expected.items():
        assert (await desk.ask("POST", path, who, json={"on": True}))[0] == status, who
    read = "select approval from workspaces where id = $1"
    assert await desk.record.fetchval(read, desk.workspace.workspace_id) is True
    assert (await desk.ask("POST", path, "owner", json={"on": False}))[1] == {"on": False}
    assert await desk.record.fetchval(read, desk.workspace.workspace_id) is False


async def test_a_person_is_warned_of_words_that_steer_and_may_send_them(desk: Desk):  # noqa: F811
    status, said = await desk.ask("POST", "/api/wording", "agent", json={"text": "It is a very safe area!"})
    assert (status, said) == (200, {"steering": "safe area"})
    assert (await desk.ask("POST", "/api/wording", "agent", json={"text": "See you there"}))[1] == {"steering": None}
    assert (await desk.ask("POST", "/api/wording", "nobody", json={"text": "Hi"}))[0] == 401
