"""Leads who wait for a person: somebody is asked at once, and then the next one."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

from lead_reviver.decide.conversation import Decision, FieldValue
from lead_reviver.state import keys, presence
from lead_reviver.steps.hand_over import Passed, choose, hand_over, offer
from lead_reviver.storage import conversations
from lead_reviver.storage.database import transaction
from tests.builders import Person
from tests.integration.workbench import Workbench, an_answer
from tests.steps.waiting import MINUTES, after, asks_for_a_person, closed_today, colleague, handover, office

__all__ = ["office"]


async def test_a_lead_who_asks_for_a_person_is_offered_to_an_agent_at_once(office: Workbench):
    await asks_for_a_person(office)
    found = await handover(office)
    assert (found["state"], found["offered_to"]) == ("offered", office.workspace.agent.user_id)
    assert (found["reason"], found["question"]) == ("The lead asked for a person.", "Can I speak to somebody?")
    assert found["deadline_at"] - found["offered_at"] == 10 * MINUTES
    assert found["lead_owed"] is None


async def test_a_conversation_that_somebody_works_on_just_now_is_offered_as_soon_as_it_is_free(office: Workbench):
    """A page that marks it as read holds it for a moment; nobody waits for the schedule because of that."""
    conversation_id, _ = await asks_twice(office)
    async with transaction(office.pool) as connection:
        await conversations.lock(connection, [conversation_id])
        offering = asyncio.create_task(offer(office.pool, office.redis, [conversation_id], office.clock(), "new"))
        await hand_over(office.pool, office.redis, office.clock(), 50)  # the schedule passes by
        assert [
            each["conversation_id"] == conversation_id
            for each in await office.rows("select conversation_id from public.handovers where workspace_id = $1")
        ] == [False]
    assert len(await offering) == 1


async def test_the_owner_of_the_lead_is_asked_before_others(office: Workbench):
    office.llm.script.append(an_answer("Hello!"))
    person = Person()
    await office.hears(person, "Hello")
    await office.answer()
    luis = await colleague(office)
    await office.do("update public.leads set owner_id = $2 where workspace_id = $1", luis)
    await asks_for_a_person(office, person)
    assert (await handover(office))["offered_to"] == luis


async def test_somebody_with_the_dashboard_open_is_asked_before_somebody_without(office: Workbench):
    luis = await colleague(office)
    await presence.is_here(office.redis, office.workspace.workspace_id, luis, office.clock())
    await asks_for_a_person(office)
    assert (await handover(office))["offered_to"] == luis


async def test_presence_ends_soon_after_the_last_sign_of_it(office: Workbench):
    workspace_id, user_id = office.workspace.workspace_id, office.workspace.agent.user_id
    await presence.is_here(office.redis, workspace_id, user_id, office.clock())
    assert await presence.who_is_here(office.redis, [workspace_id], office.clock()) == {(workspace_id, user_id)}
    assert await presence.who_is_here(office.redis, [workspace_id], office.clock() + 3 * MINUTES) == set()
    assert 0 < await office.redis.ttl(keys.present(workspace_id)) <= 600


async def test_agents_are_asked_in_turn(office: Workbench):
    team = {office.workspace.agent.user_id, await colleague(office), await colleague(office)}
    asked = []
    for _ in range(6):
        await asks_for_a_person(office)
        asked.append(
            (
                await office.rows(
                    "select user_id from public.handover_offers where workspace_id = $1 order by place desc limit 1"
                )
            )[0]["user_id"]
        )
    assert set(asked[:3]) == team
    assert asked[3:] == asked[:3]


async def test_two_engines_at_once_ask_different_people_about_different_leads(office: Workbench):
    await colleague(office)
    await colleague(office)
    for _ in range(6):
        office.llm.script.append(Decision("answer", "x", text="Hello"))
        await office.hears(Person(), "Hello")
        await office.run()
    await office.do(
        "update public.conversations set waiting_for_person_since = now(), waiting_reason = 'x' where workspace_id = $1"
    )
    ids = [each["id"] for each in await office.rows("select id from public.conversations where workspace_id = $1")]
    now = office.clock()
    await asyncio.gather(*(offer(office.pool, office.redis, [each], now, "new") for each in ids for _ in range(2)))
    counts = await office.rows(
        "select user_id, count(*) as offers from public.handover_offers where workspace_id = $1 group by user_id"
    )
    assert sorted(each["offers"] for each in counts) == [2, 2, 2]


async def test_an_engine_that_chooses_waits_for_the_one_that_is_choosing(office: Workbench):
    """Whoever comes second sees what the first chose, however long that one takes to commit."""
    luis = await colleague(office)
    first, second = await asks_twice(office)
    now = office.clock()
    async with transaction(office.pool) as connection:
        [mine] = await choose(connection, office.redis, [first], now, "new")
        other = asyncio.create_task(offer(office.pool, office.redis, [second], now, "new"))
        waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        while not await office.pool.fetchval(waits):
            assert not other.done()
            await asyncio.sleep(0.01)
    [theirs] = await other
    assert {mine.offered_to, theirs.offered_to} == {office.workspace.agent.user_id, luis}


async def asks_twice(office: Workbench) -> tuple[str, str]:
    """Let two leads wait whom nobody was asked about."""
    for _ in range(2):
        await office.hears(Person(), "Hello")
        await office.run()
    await office.do(
        "update public.conversations set waiting_for_person_since = now(), waiting_reason = 'x' where workspace_id = $1"
    )
    first, second = await office.rows("select id from public.conversations where workspace_id = $1 order by id")
    return first["id"], second["id"]


async def test_when_the_office_opens_somebody_is_asked(office: Workbench):
    await closed_today(office)
    await asks_for_a_person(office)
    found = await after(office, timedelta(days=1))
    assert (found["state"], found["round"]) == ("offered", 2)


async def test_not_me_asks_the_next_one_and_only_whoever_is_asked_may_say_so(office: Workbench):
    luis = await colleague(office)
    conversation_id = await asks_for_a_person(office)
    first = (await handover(office))["offered_to"]
    other = ({office.workspace.agent.user_id, luis} - {first}).pop()
    assert await offer(office.pool, office.redis, [conversation_id], office.clock(), Passed(other)) == []
    [found] = await offer(office.pool, office.redis, [conversation_id], office.clock(), Passed(first))
    assert (found.offered_to, found.lead_owed) == (other, None)
    assert await offer(office.pool, office.redis, [conversation_id], office.clock(), Passed(first)) == []


async def test_taking_over_ends_the_hand_over_and_what_the_lead_is_owed(office: Workbench):
    await closed_today(office)
    conversation_id = await asks_for_a_person(office)
    async with transaction(office.pool) as connection:
        await conversations.take_over(connection, conversation_id, office.workspace.manager.user_id)
    found = await handover(office)
    assert (found["state"], found["taken_by"]) == ("taken", office.workspace.manager.user_id)
    assert found["closed_at"] is not None
    await after(office, 11 * MINUTES)
    assert len(office.sent()) == 1


async def test_who_takes_what_another_is_asked_about_withdraws_that_offer(office: Workbench):
    conversation_id = await asks_for_a_person(office)
    async with transaction(office.pool) as connection:
        await conversations.take_over(connection, conversation_id, office.workspace.manager.user_id)
    [asked] = await office.rows("select user_id, answer from public.handover_offers where workspace_id = $1")
    assert (asked["user_id"], asked["answer"]) == (office.workspace.agent.user_id, "withdrawn")


async def test_a_person_at_the_phone_ends_the_hand_over_too(office: Workbench):
    conversation_id = await asks_for_a_person(office)
    async with transaction(office.pool) as connection:
        await conversations.take_over(connection, conversation_id, None)
    found = await handover(office)
    assert (found["state"], found["taken_by"], found["offered_to"]) == ("taken", None, None)


async def test_handing_back_ends_the_hand_over(office: Workbench):
    conversation_id = await asks_for_a_person(office)
    async with transaction(office.pool) as connection:
        await conversations.hand_back(connection, conversation_id)
    assert (await handover(office))["state"] == "ended"


async def test_somebody_who_leaves_the_team_is_no_longer_asked(office: Workbench):
    luis = await colleague(office)
    await asks_for_a_person(office)
    first = (await handover(office))["offered_to"]
    await office.do("delete from public.members where workspace_id = $1 and user_id = $2", first)
    found = await after(office, MINUTES)
    assert {first, found["offered_to"]} == {office.workspace.agent.user_id, luis}


async def test_the_summary_says_who_it_is_what_is_known_and_what_was_promised(office: Workbench):
    learned = {"bedrooms": FieldValue(3, "three please", None)}
    office.llm.script.append(an_answer("How many bedrooms?"))
    person = Person(name="Ana Prado")
    await office.hears(person, "Hola")
    await office.answer()
    office.llm.script.append(
        Decision(
            "hand_over",
            "The lead asked something that is not in the playbook.",
            text="A colleague will write to you.",
            language="en",
            fields=learned,
            stage="engaged",
            sentiment="impatient",
        )
    )
    await office.hears(person, "three please", "Does it have a lift?")
    await office.answer()
    found = await handover(office)
    assert found["question"] == "three please\nDoes it have a lift?"
    assert found["summary"] == {
        "name": "Ana Prado",
        "language": "en",
        "stage": "engaged",
        "score": 20,
        "sentiment": "impatient",
        "fields": [{"name": "bedrooms", "value": 3, "said": "three please"}],
        "promised": "A colleague will write to you.",
        "meeting": None,
    }
    assert person.phone not in json.dumps(found["summary"])
