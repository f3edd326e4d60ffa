"""Reminders and other notices of meetings, through the real steps and Postgres: true, once, and while they help."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from lead_reviver.decide.reminders import REMINDERS, Planned, is_due, why_not
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.steps.progress_leads import progress_leads
from lead_reviver.steps.progressed import Progressed
from lead_reviver.steps.tell_of_meetings import tell_now, tell_of_meetings
from lead_reviver.storage import meeting_notices
from lead_reviver.storage.database import new_id, transaction
from tests.builders import Person
from tests.fakes import refuses
from tests.integration.workbench import Workbench

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
MADRID = ZoneInfo("Europe/Madrid")
UTILITY = [{"type": "BODY", "text": "Hi {{name}}, your meeting is on {{when}}."}]


@pytest.fixture
async def agency(bench: Workbench) -> Workbench:
    """A workspace in Madrid whose lead Ana talked with us; by her clock she may be written to at any hour."""
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.do(
        "update public.workspaces set contact_from = 0, contact_until = 24, time_zone = 'Europe/Madrid' where id = $1"
    )
    for day in range(1, 8):
        await bench.do(
            "insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone) "
            "values ($2, $1, $3, $4, $5, $6, 'Europe/Madrid')",
            new_id(), bench.workspace.agent.user_id, day, time(9), time(18),
        )  # fmt: skip
    await bench.do(
        "insert into public.meeting_types (id, workspace_id, kind, minutes) values ($2, $1, 'viewing', 45)", new_id()
    )
    await bench.hears(Person(), "Hello, I am looking for a flat")
    assert await bench.answer() == "replied"
    return bench


async def a_meeting(bench: Workbench, ahead: timedelta, *, booked: timedelta = 5 * A_DAY, state: str = "booked") -> str:
    """Put a meeting of the lead into the record that begins so much later, booked so long before now."""
    meeting_id, starts_at = new_id(), bench.clock() + ahead
    await bench.do(
        "insert into public.meetings (id, workspace_id, lead_id, conversation_id, agent_id, kind, state, starts_at, "
        "ends_at, time_zone, booked_at) select $2, $1, c.lead_id, c.id, $3, 'viewing', $4, $5, $6, 'Europe/Madrid', $7 "
        "from public.conversations c where c.workspace_id = $1",
        meeting_id, bench.workspace.agent.user_id, state, starts_at, starts_at + 45 * MINUTE, bench.clock() - booked,
    )  # fmt: skip
    return meeting_id


async def runs(bench: Workbench) -> list[Progressed]:
    """Let the clock's step run; return what became of our leads' meetings."""
    done, _ = await tell_of_meetings(bench.parts, 200)
    return [each for each in done if each.workspace_id == bench.workspace.workspace_id]


async def notices(bench: Workbench) -> dict[str, str]:
    rows = await bench.rows("select kind, state from engine.meeting_notices where workspace_id = $1")
    return {each["kind"]: each["state"] for each in rows}


async def a_template(bench: Workbench, name: str = "meeting_reminder", category: str = "UTILITY") -> None:
    await bench.do(
        "insert into public.templates (id, workspace_id, channel_id, name, language, category, status, components) "
        "values ($2, $1, $3, $4, 'en', $5, 'APPROVED', $6)",
        new_id(), bench.workspace.channel_id, name, category, UTILITY,
    )  # fmt: skip
    await bench.do("update public.meeting_types set reminder_template = $2 where workspace_id = $1", name)


async def test_a_lead_is_reminded_the_day_before_with_the_date_in_full(agency: Workbench):
    meeting_id = await a_meeting(agency, 23 * HOUR)
    [done] = await runs(agency)
    assert done.outcome == "told_of_meeting"
    starts = (await agency.row("select starts_at from public.meetings where workspace_id = $1"))["starts_at"]
    local = starts.astimezone(MADRID)
    text = agency.sent()[-1].text
    assert text.startswith("A reminder, Ana: you have a viewing on ")
    assert f"{local:%A} {local.day} {local:%B} {local.year} at {local:%H:%M} (Madrid time)" in text
    message = (await agency.messages())[-1]
    assert (message["author"], message["status"], message["gate"]["purpose"]) == ("bot", "accepted", "meeting_reminder")
    row = await agency.row("select * from engine.meeting_notices where workspace_id = $1")
    assert (row["meeting_id"], row["kind"], row["state"], row["message_id"]) == (
        meeting_id, "day_before", "sent", message["id"],
    )  # fmt: skip


async def test_and_once_more_an_hour_before_and_never_twice(agency: Workbench):
    await a_meeting(agency, 23 * HOUR)
    assert len(await runs(agency)) == 1
    assert await runs(agency) == []
    agency.clock.moved = 22 * HOUR + 5 * MINUTE
    [done] = await runs(agency)
    assert agency.sent()[-1].text.startswith("See you soon, Ana: a viewing is on ")
    assert await runs(agency) == []
    assert done.outcome == "told_of_meeting"
    assert await notices(agency) == {"day_before": "sent", "hour_before": "sent"}


async def test_four_runs_at_once_remind_once(agency: Workbench):
    await a_meeting(agency, 23 * HOUR)
    before = len(agency.sent())
    await asyncio.gather(*(progress_leads(agency.parts) for _ in range(4)))
    assert len(agency.sent()) == before + 1


async def test_nobody_is_reminded_of_what_was_booked_later_than_the_reminder(agency: Workbench):
    await a_meeting(agency, 5 * HOUR, booked=MINUTE)
    assert await runs(agency) == []
    agency.clock.moved = 4 * HOUR + 10 * MINUTE
    [done] = await runs(agency)
    assert done.outcome == "told_of_meeting"
    assert await notices(agency) == {"hour_before": "sent"}


async def test_a_meeting_in_half_an_hour_needs_no_reminder(agency: Workbench):
    await a_meeting(agency, 30 * MINUTE, booked=MINUTE)
    assert await runs(agency) == []


@pytest.mark.parametrize("state", ["cancelled", "happened", "no_show"])
async def test_nobody_is_reminded_of_a_meeting_that_does_not_stand(agency: Workbench, state: str):
    await a_meeting(agency, 23 * HOUR, state=state)
    assert await runs(agency) == []


async def test_a_reminder_that_waits_is_dropped_when_the_meeting_is_called_off(agency: Workbench):
    meeting_id = await a_meeting(agency, 23 * HOUR)
    async with transaction(agency.pool) as connection:
        await meeting_notices.plan_reminders(connection, agency.clock())
    await agency.do("update public.meetings set state = 'cancelled' where workspace_id = $1 and id = $2", meeting_id)
    assert await runs(agency) == []
    assert await notices(agency) == {"day_before": "dropped"}


async def test_a_lead_who_opted_out_is_not_reminded(agency: Workbench):
    await a_meeting(agency, 23 * HOUR)
    await agency.do("update public.leads set opted_out_at = now() where workspace_id = $1")
    before = len(agency.sent())
    [done] = await runs(agency)
    assert done.outcome == "not_sent"
    assert (done.reason or "").startswith("Not sent: they asked on ")
    assert await runs(agency) == []
    assert len(agency.sent()) == before


async def test_a_reminder_of_the_day_before_waits_for_the_day_and_that_of_the_hour_does_not(agency: Workbench):
    """At this hour nobody may be written to unasked, by the lead's clock."""
    hour = agency.clock().astimezone(MADRID).hour
    opens, closes = (hour + 2, hour + 3) if hour < 12 else (hour - 3, hour - 1)
    await agency.do("update public.workspaces set contact_from = $2, contact_until = $3 where id = $1", opens, closes)
    await a_meeting(agency, 23 * HOUR)
    assert await runs(agency) == []
    assert await notices(agency) == {"day_before": "due"}
    await agency.do("update public.workspaces set contact_from = 0, contact_until = 24 where id = $1")
    assert len(await runs(agency)) == 1

    await agency.do("update public.workspaces set contact_from = $2, contact_until = $3 where id = $1", opens, closes)
    await agency.do("delete from public.meetings where workspace_id = $1")
    await a_meeting(agency, 50 * MINUTE)
    [done] = await runs(agency)
    assert done.outcome == "told_of_meeting"


async def test_once_the_window_has_closed_the_chosen_template_reminds(agency: Workbench):
    await a_template(agency)
    agency.clock.moved = 2 * A_DAY
    await a_meeting(agency, 23 * HOUR)
    [done] = await runs(agency)
    assert done.outcome == "told_of_meeting"
    call = agency.sent()[-1]
    assert call.body["type"] == "template"
    named = {each["parameter_name"]: each["text"] for each in call.body["template"]["components"][0]["parameters"]}
    assert named["name"] == "Ana"
    assert named["when"].endswith("(Madrid time)")


@pytest.mark.parametrize("category", [None, "MARKETING"])
async def test_without_a_template_that_fits_a_person_is_told_why_nobody_was_reminded(
    agency: Workbench, category: str | None
):
    if category is not None:
        await a_template(agency, category=category)
    agency.clock.moved = 2 * A_DAY
    await a_meeting(agency, 23 * HOUR)
    before = len(agency.sent())
    [done] = await runs(agency)
    assert (done.outcome, len(agency.sent())) == ("needs_template", before)
    conversation = await agency.conversation()
    assert conversation["waiting_for_person_since"] is not None
    assert "the reminder of a meeting" in conversation["waiting_reason"]
    assert (await agency.messages())[-1]["status"] == "not_sent"
    assert await runs(agency) == []


async def test_a_lead_is_reminded_also_while_a_person_answers(agency: Workbench):
    await agency.do(
        "update public.conversations set mode = 'human', assigned_to = $2 where workspace_id = $1",
        agency.workspace.agent.user_id,
    )
    await a_meeting(agency, 23 * HOUR)
    [done] = await runs(agency)
    assert done.outcome == "told_of_meeting"


@pytest.mark.parametrize(
    ("language", "opening"), [("es", "Te recuerdo, Ana: tienes una visita"), ("pt", "Um lembrete, Ana de")]
)
async def test_a_lead_is_reminded_in_the_own_language(agency: Workbench, language: str, opening: str):
    await agency.do("update public.leads set language = $2 where workspace_id = $1", language)
    await a_meeting(agency, 23 * HOUR)
    await runs(agency)
    assert agency.sent()[-1].text.startswith(opening)


async def test_a_reminded_lead_who_cannot_come_is_offered_other_times(agency: Workbench):
    await a_meeting(agency, 23 * HOUR)
    await runs(agency)
    person = Person(wa_id=(await agency.lead())["phone"][1:])
    await agency.hears(person, "Sorry, I can't make it")
    assert await agency.answer() == "replied"
    assert agency.sent()[-1].body["interactive"]["type"] == "list"
    await agency.hears(person, "the second")
    assert await agency.answer() == "booked"
    states = {each["state"] for each in await agency.rows("select state from public.meetings where workspace_id = $1")}
    assert states == {"booked", "cancelled"}


async def test_a_reminder_that_could_not_be_sent_is_not_sent_when_it_is_too_late(agency: Workbench):
    """WhatsApp asks for patience; until it is tried again the meeting has begun."""
    await a_meeting(agency, 50 * MINUTE)
    agency.graph.will(agency.number, refuses(131056))
    await runs(agency)
    before = len(agency.sent())
    agency.clock.moved = 2 * HOUR
    await agency.make_due()
    async with agency.relay():
        await asyncio.sleep(1.5)
    assert len(agency.sent()) == before
    message = (await agency.messages())[-1]
    assert (message["status"], message["reason"]) == ("not_sent", "Not sent: it is too late for this message by now.")


async def test_who_did_not_come_is_kindly_offered_other_times_once(agency: Workbench):
    meeting_id = await a_meeting(agency, -2 * HOUR, state="no_show")
    async with transaction(agency.pool) as connection:
        await meeting_notices.add(connection, meeting_id, "missed")
        await meeting_notices.add(connection, meeting_id, "missed")
    await tell_now(agency.parts, meeting_id)
    offer = agency.sent()[-1]
    assert offer.text.startswith("Sorry we missed each other, Ana. No harm done: these times are free for a viewing:")
    assert await runs(agency) == []
    person = Person(wa_id=(await agency.lead())["phone"][1:])
    await agency.hears(person, "the first")
    assert await agency.answer() == "booked"


async def test_who_did_not_come_and_opted_out_is_left_alone_and_holds_no_slot(agency: Workbench):
    meeting_id = await a_meeting(agency, -2 * HOUR, state="no_show")
    await agency.do("update public.leads set opted_out_at = now() where workspace_id = $1")
    async with transaction(agency.pool) as connection:
        await meeting_notices.add(connection, meeting_id, "missed")
    [done] = await runs(agency)
    assert done.outcome == "not_sent"
    assert await agency.rows("select id from public.meetings where workspace_id = $1 and state = 'held'") == []


@pytest.mark.parametrize(
    ("starts_at", "before"),
    [
        (datetime(2027, 3, 28, 10, 0, tzinfo=MADRID), "09:00"),  # the night is an hour shorter
        (datetime(2026, 10, 25, 10, 0, tzinfo=MADRID), "11:00"),  # and longer
    ],
)
def test_a_day_is_24_hours_also_where_the_clock_changes(starts_at: datetime, before: str):
    reminder = REMINDERS[0]
    starts = starts_at.astimezone(UTC)
    meeting = Planned("booked", starts, starts + HOUR, starts - 9 * A_DAY)
    due = starts - A_DAY
    assert f"{due.astimezone(MADRID):%H:%M}" == before
    assert is_due(reminder, meeting, due)
    assert not is_due(reminder, meeting, due - MINUTE)
    assert why_not("day_before", meeting, due) is None
    assert not is_due(reminder, meeting, starts - 3 * HOUR)
    assert why_not("day_before", meeting, starts - 3 * HOUR) == "it is too late for a reminder"
