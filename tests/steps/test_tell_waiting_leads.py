"""What leads who wait for a person are told: the truth, once, in their language, and not at night."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from lead_reviver.decide.conversation import Decision
from lead_reviver.steps.hand_over import hand_over
from lead_reviver.steps.tell_waiting_leads import tell_waiting_leads
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.steps.waiting import HOUR, MINUTES, after, asks_for_a_person, closed_today, colleague, handover, office

__all__ = ["office"]

NOTICE = "It is taking longer than expected. I have asked another colleague to write to you here."


LATER = (
    "The whole team is busy just now. They all have your message, and somebody will write to you as soon as they can."
)


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


async def test_who_sleeps_keeps_nobody_else_from_being_told(office: Workbench, monkeypatch: pytest.MonkeyPatch):
    """One lead is asleep and waits for the morning; the next one has just written."""
    monkeypatch.setattr("lead_reviver.steps.tell_waiting_leads.PAGE", 1)
    await closed_today(office)
    asleep = await asks_for_a_person(office)
    awake = await asks_for_a_person(office)
    await office.do("update public.workspaces set contact_from = 9, contact_until = 20 where id = $1")
    await office.do(CLOCK_OF_THE_LEAD, zone_in_which_it_is(3, office.clock()))
    await office.do(
        "update public.conversations set last_inbound_at = now() - interval '2 hours' "
        "where workspace_id = $1 and id = $2",
        asleep,
    )
    assert not await tell_waiting_leads(office.parts, 2)
    rows = await office.rows("select conversation_id, lead_owed from public.handovers where workspace_id = $1")
    assert {each["conversation_id"]: each["lead_owed"] for each in rows} == {asleep: "later", awake: None}
