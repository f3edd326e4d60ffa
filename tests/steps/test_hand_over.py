"""Leads who wait for a person: somebody is asked at once, then the next one, and the lead hears the truth of it."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from lead_reviver.decide.conversation import Decision, FieldValue
from lead_reviver.state import keys, presence
from lead_reviver.steps.hand_back_forgotten import hand_back_forgotten
from lead_reviver.steps.hand_over import Passed, choose, hand_over, offer
from lead_reviver.steps.progress_leads import progress_leads
from lead_reviver.steps.tell_waiting_leads import tell_waiting_leads
from lead_reviver.storage import conversations
from lead_reviver.storage.database import new_id, transaction
from tests.builders import Person
from tests.integration.workbench import Workbench, an_answer

MINUTES = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOTICE = "It is taking longer than expected. I have asked another colleague to write to you here."
LATER = (
    "The whole team is busy just now. They all have your message, and somebody will write to you as soon as they can."
)


@pytest.fixture
async def office(bench: Workbench) -> Workbench:
    """The team works at every hour, and nobody has the dashboard open."""
    await bench.do("update public.workspaces set contact_from = 0, contact_until = 24, time_zone = 'UTC' where id = $1")
    return bench


async def colleague(office: Workbench, role: str = "agent") -> str:
    """Let one more member join; return the user id."""
    user_id = new_id()
    admin = await asyncpg.connect(office.stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
    try:
        await admin.execute("insert into auth.users (id, email) values ($1, $2)", user_id, f"{user_id}@example.com")
    finally:
        await admin.close()
    await office.do(
        "insert into public.members (workspace_id, user_id, role, display_name) values ($1, $2, $3, 'Luis')",
        user_id,
        role,
    )
    return user_id


async def asks_for_a_person(office: Workbench, person: Person | None = None) -> str:
    """Let a lead ask for a person; return the conversation's id."""
    office.llm.script.append(
        Decision("hand_over", "The lead asked for a person.", text="A colleague will write to you.", language="en")
    )
    await office.hears(person or Person(), "Can I speak to somebody?")
    [ref] = await office.run()
    assert ref.outcome == "handed_over"
    return str((await office.rows("select id from public.conversations where workspace_id = $1 order by id"))[-1]["id"])


async def handover(office: Workbench) -> Any:
    """Return the only hand-over of the workspace."""
    return await office.row("select * from public.handovers where workspace_id = $1")


async def after(office: Workbench, wait: timedelta) -> Any:
    """Let time pass and the schedule run; return the hand-over."""
    office.clock.moved = wait
    await progress_leads(office.parts)
    return await handover(office)


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


async def test_nobody_takes_it_and_the_next_one_is_asked_and_the_lead_is_told_once(office: Workbench):
    luis = await colleague(office)
    await asks_for_a_person(office)
    first = (await handover(office))["offered_to"]
    assert (await after(office, 9 * MINUTES))["offered_to"] == first
    assert len(office.sent()) == 1

    found = await after(office, 11 * MINUTES)
    assert {first, found["offered_to"]} == {office.workspace.agent.user_id, luis}
    assert office.sent()[-1].text == NOTICE
    assert (found["lead_owed"], found["lead_told"]) == (None, ["passed_on"])
    [_, notice] = await office.messages()
    assert (notice["author"], notice["status"]) == ("bot", "accepted")
    assert notice["gate"]["purpose"] == "handover_notice"

    await after(office, 11 * MINUTES)
    assert len(office.sent()) == 2


async def test_when_all_were_asked_a_manager_is_and_the_lead_hears_that_all_are_busy(office: Workbench):
    await asks_for_a_person(office)
    found = await after(office, 11 * MINUTES)
    assert found["offered_to"] in {office.workspace.manager.user_id, office.workspace.owner.user_id}
    assert [each.text for each in office.sent()][1:] == [LATER]
    await after(office, 22 * MINUTES)
    found = await after(office, 33 * MINUTES)
    assert (found["state"], found["offered_to"]) == ("everybody", None)
    assert len(office.sent()) == 2
    answers = await office.rows("select answer from public.handover_offers where workspace_id = $1")
    assert [each["answer"] for each in answers] == ["timed_out"] * 3


async def closed_today(office: Workbench) -> None:
    """Let nobody work today."""
    await office.do(
        "insert into public.days_off (id, workspace_id, first_day, last_day) values ($2, $1, $3, $3)",
        new_id(),
        office.clock().date(),
    )


async def test_outside_the_hours_everybody_may_take_it_and_the_lead_hears_when_somebody_is_there(office: Workbench):
    await closed_today(office)
    await asks_for_a_person(office)
    found = await handover(office)
    assert (found["state"], found["offered_to"], found["lead_owed"]) == ("everybody", None, "later")
    found = await after(office, timedelta())
    assert office.sent()[-1].text == (
        "Nobody from the team can answer just now. Somebody will write to you tomorrow from 0:00."
    )
    assert found["lead_told"] == ["later"]


CLOCK_OF_THE_LEAD = "update public.leads set time_zone = $2 where workspace_id = $1"


def zone_in_which_it_is(hour: int, moment: datetime) -> str:
    """Return a time zone in which the clock shows this hour; their names count westwards."""
    east = (hour - moment.hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}"


async def test_nobody_is_woken_by_news_of_their_hand_over(office: Workbench):
    """It is night where the lead is, who went to sleep hours ago; by day it is told."""
    await office.do("update public.workspaces set contact_from = 9, contact_until = 20 where id = $1")
    await office.do(
        "insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone)"
        " select gen_random_uuid(), $1, m.user_id, d, '00:00', '23:59:59', 'UTC' from public.members m,"
        " generate_series(1, 7) d where m.workspace_id = $1"
    )
    await colleague_who_works_always(office)
    await asks_for_a_person(office)
    await office.do(CLOCK_OF_THE_LEAD, zone_in_which_it_is(3, office.clock() + 2 * HOUR))
    found = await after(office, 2 * HOUR)
    assert (len(office.sent()), found["lead_owed"]) == (1, "passed_on")
    await office.do(CLOCK_OF_THE_LEAD, zone_in_which_it_is(12, office.clock()))
    assert (await after(office, 2 * HOUR))["lead_told"] == ["passed_on"]


async def colleague_who_works_always(office: Workbench) -> str:
    """Let one more agent join, with hours of their own."""
    luis = await colleague(office)
    await office.do(
        "insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone)"
        " select gen_random_uuid(), $1, $2, d, '00:00', '23:59:59', 'UTC' from generate_series(1, 7) d",
        luis,
    )
    return luis


async def test_what_could_not_be_told_in_time_is_not_told_when_it_is_no_longer_true(office: Workbench):
    await closed_today(office)
    await asks_for_a_person(office)
    await office.do("update public.channels set paused_at = now(), paused_reason = 'x' where workspace_id = $1")
    assert (await after(office, timedelta()))["lead_owed"] == "later"
    await office.do("update public.channels set paused_at = null, paused_reason = null where workspace_id = $1")
    found = await after(office, timedelta(days=1))
    assert (found["state"], found["lead_owed"], len(office.sent())) == ("offered", None, 1)


async def test_when_the_office_opens_somebody_is_asked(office: Workbench):
    await closed_today(office)
    await asks_for_a_person(office)
    found = await after(office, timedelta(days=1))
    assert (found["state"], found["round"]) == ("offered", 2)


async def test_a_lead_is_told_in_its_language(office: Workbench):
    luis = await colleague(office)
    office.llm.script.append(Decision("hand_over", "x", text="Te escribirá un compañero.", language="es"))
    await office.hears(Person(), "¿Puedo hablar con alguien?")
    await office.answer()
    await after(office, 11 * MINUTES)
    assert office.sent()[-1].text.startswith("Está tardando más de lo previsto.")
    assert luis


async def test_a_lead_who_was_never_promised_a_person_is_told_nothing(office: Workbench):
    """A message that may be an opt-out holds everything automatic: a person decides."""
    await colleague(office)
    office.llm.script.append(Decision("hand_over", "It may be an opt-out."))
    await office.hears(Person(), "who gave you my number")
    await office.answer()
    found = await after(office, 11 * MINUTES)
    assert (found["lead_owed"], found["lead_told"], len(office.sent())) == (None, [], 0)


async def test_a_lead_who_opted_out_meanwhile_is_told_nothing(office: Workbench):
    await colleague(office)
    await asks_for_a_person(office)
    await office.do("update public.leads set opted_out_at = now() where workspace_id = $1")
    found = await after(office, 11 * MINUTES)
    assert (len(office.sent()), found["lead_told"]) == (1, [])
    assert (await office.messages())[-1]["reason"].startswith("Not sent: they asked on")


async def test_several_runs_at_once_tell_a_lead_once(office: Workbench):
    await colleague(office)
    await asks_for_a_person(office)
    office.clock.moved = 11 * MINUTES
    await hand_over(office.pool, office.redis, office.clock(), 50)
    await asyncio.gather(*(tell_waiting_leads(office.parts, 50) for _ in range(4)))
    assert len(office.sent()) == 2


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
        "score": None,
        "sentiment": "impatient",
        "fields": [{"name": "bedrooms", "value": 3, "said": "three please"}],
        "promised": "A colleague will write to you.",
        "meeting": None,
    }
    assert person.phone not in json.dumps(found["summary"])


async def taken_over(office: Workbench, person: Person) -> str:
    """Let somebody take a lead over and write, and the lead answer."""
    await office.hears(person, "Hello")
    await office.answer()
    conversation_id = str((await office.conversation())["id"])
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
