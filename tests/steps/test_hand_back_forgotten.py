"""A lead whom the person that took over forgot: back to the bot, or to somebody else; never without need."""

from __future__ import annotations

import pytest

from lead_reviver.state import presence
from lead_reviver.steps.hand_back_forgotten import hand_back_forgotten
from lead_reviver.storage import conversations
from lead_reviver.storage.database import transaction
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.steps.waiting import HOUR, handover, office

__all__ = ["office"]


async def taken_over(office: Workbench, person: Person) -> str:
    """Let somebody take a lead over and write, and the lead answer."""
    await office.hears(person, "Hello")
    await office.answer()
    rows = await office.rows("select id from public.conversations where workspace_id = $1 order by id")
    conversation_id = str(rows[-1]["id"])
    async with transaction(office.pool) as connection:
        await conversations.take_over(connection, conversation_id, office.workspace.agent.user_id)
    await office.hears(person, "Are you still there?")
    return conversation_id


async def test_a_lead_whose_person_forgot_them_goes_back_to_the_bot_and_is_answered(office: Workbench):
    await office.do("update public.workspaces set give_back_hours = 2 where id = $1")
    await taken_over(office, Person())
    office.clock.moved = HOUR
    await hand_back_forgotten(office.parts, 50)
    assert (await office.conversation())["mode"] == "human"

    office.clock.moved = 3 * HOUR
    await hand_back_forgotten(office.parts, 50)
    conversation = await office.conversation()
    assert (conversation["mode"], conversation["assigned_to"]) == ("bot", None)
    notes = [each for each in await office.messages("in") if each["author"] == "system"]
    assert [each["body"] for each in notes] == ["Given back to the bot: the lead waited 2 hours for an answer."]
    assert await office.answer() == "replied"
    assert office.sent()[-1].text == "Noted: Are you still there?"


async def test_a_forgotten_lead_who_may_not_be_written_to_freely_any_more_is_offered_to_somebody(office: Workbench):
    await taken_over(office, Person())
    office.clock.moved = 25 * HOUR
    await hand_back_forgotten(office.parts, 50)
    assert await office.answer() == "refused"
    found = await handover(office)
    assert (found["state"], found["question"]) == ("offered", "Are you still there?")


@pytest.mark.parametrize(
    "change",
    [
        "update public.workspaces set give_back_hours = 0 where id = $1",
        "update public.leads set opted_out_at = now() where workspace_id = $1",
        "update public.leads set snoozed_until = now() + interval '9 days' where workspace_id = $1",
        "update public.messages set body = 'Thank you!' where workspace_id = $1 and direction = 'in'",
        "update public.messages set author = 'person', direction = 'out', status = 'sent' where workspace_id = $1",
    ],
    ids=["switched-off", "opted-out", "snoozed", "thanked", "answered"],
)
async def test_nothing_is_taken_from_a_person_without_need(office: Workbench, change: str):
    await taken_over(office, Person())
    await office.do(change)
    office.clock.moved = 30 * HOUR
    await hand_back_forgotten(office.parts, 50)
    assert (await office.conversation())["mode"] == "human"


async def test_nothing_is_taken_from_a_person_who_has_it_on_the_screen(office: Workbench):
    conversation_id = await taken_over(office, Person())
    await presence.looks_at(office.redis, conversation_id)
    office.clock.moved = 30 * HOUR
    await hand_back_forgotten(office.parts, 50)
    assert (await office.conversation())["mode"] == "human"


async def test_leads_who_only_said_thanks_keep_nobody_else_waiting(office: Workbench, monkeypatch: pytest.MonkeyPatch):
    """They stay with their person for a week, ahead of everybody who wrote later."""
    monkeypatch.setattr("lead_reviver.steps.hand_back_forgotten.PAGE", 1)
    thankful = await taken_over(office, Person())
    await office.do(
        "update public.messages set body = 'Thank you!' where workspace_id = $1 and conversation_id = $2", thankful
    )
    forgotten = await taken_over(office, Person())
    office.clock.moved = 30 * HOUR
    assert not await hand_back_forgotten(office.parts, 2)
    rows = await office.rows("select id, mode from public.conversations where workspace_id = $1")
    assert {each["id"]: each["mode"] for each in rows} == {thankful: "human", forgotten: "bot"}
