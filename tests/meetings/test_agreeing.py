"""From "can I visit?" to a stored meeting, through the real steps and Postgres: offered, held, booked once or not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from lead_reviver.decide.conversation import Decision, SlotWish, Turn
from lead_reviver.decide.slots import MeetingType, Slot
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.state import keys
from lead_reviver.storage import meetings, working_hours
from lead_reviver.storage.database import lent, new_id, transaction
from tests.builders import Person, a_message, messages_of
from tests.fakes import ScriptedLlm
from tests.integration.workbench import Workbench
from tests.real_stack import eventually

VIEWING = MeetingType("viewing", timedelta(minutes=45), timedelta(minutes=15), timedelta(minutes=15))


@pytest.fixture
async def agency(bench: Workbench) -> Workbench:
    """A workspace whose agent shows homes every day from nine to six, Madrid time."""
    bench = bench.with_parts(llm=PlaybookResponder())
    agent = bench.workspace.agent.user_id
    for day in range(1, 8):
        await bench.do(
            "insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone) "
            "values ($2, $1, $3, $4, '09:00', '18:00', 'Europe/Madrid')", new_id(), agent, day,
        )  # fmt: skip
    await bench.do(
        "insert into public.meeting_types (id, workspace_id, kind, minutes, minutes_before, minutes_after, "
        "every_minutes) values ($2, $1, 'viewing', 45, 15, 15, 30)", new_id(),
    )  # fmt: skip
    return bench


def rows_of(call: Any) -> list[dict[str, str]]:
    return list(call.body["interactive"]["action"]["sections"][0]["rows"])


def a_list_tap(person: Person, row: dict[str, str]) -> dict[str, Any]:
    return a_message(person, "interactive", {"type": "list_reply", "list_reply": row})


async def taps(bench: Workbench, person: Person, row: dict[str, str]) -> None:
    await bench.receive(messages_of(bench.number, person, a_list_tap(person, row)))


async def offered(bench: Workbench, person: Person, words: str = "Can I visit the flat?") -> list[dict[str, str]]:
    await bench.hears(person, words)
    assert await bench.answer() == "replied"
    return rows_of(bench.sent()[-1])


async def stored(bench: Workbench, state: str) -> list[Any]:
    return await bench.rows("select * from public.meetings where workspace_id = $1 and state = $2", state)


async def test_a_lead_who_asks_for_a_visit_ends_in_a_stored_meeting(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    held = await stored(agency, "held")
    assert [each["title"] for each in rows][-1] == "None of these"
    assert {f"slot:{each['id']}" for each in held} == {each["id"] for each in rows[:-1]}
    waits = {each["held_until"] - datetime.now(UTC) for each in held}
    assert all(timedelta(minutes=9) < each <= timedelta(minutes=10) for each in waits)

    await taps(agency, ana, rows[1])
    assert await agency.answer() == "booked"
    [meeting] = await stored(agency, "booked")
    assert f"slot:{meeting['id']}" == rows[1]["id"]
    assert (str(meeting["agent_id"]), meeting["held_until"]) == (agency.workspace.agent.user_id, None)
    assert meeting["booked_at"] is not None
    assert await stored(agency, "held") == []
    assert agency.sent()[-1].text.startswith("Booked: a viewing on ")
    assert (await agency.lead())["stage"] == "booked"


async def test_words_book_as_well_as_a_tap(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    await agency.hears(ana, "the second please")
    assert await agency.answer() == "booked"
    [meeting] = await stored(agency, "booked")
    assert f"slot:{meeting['id']}" == rows[1]["id"]


async def test_a_lead_who_names_a_day_and_an_hour_is_offered_just_that(agency: Workbench):
    day = agency.clock().astimezone(ZoneInfo("Europe/Madrid")) + timedelta(days=3)
    rows = await offered(agency, Person(), f"Could I visit on {day:%A} at 4pm?")
    assert f"{day:%a} {day.day} {day:%b}, 16:00" in [each["title"] for each in rows]
    assert all(each["title"].startswith(f"{day:%a} ") for each in rows[:-1])


async def test_leads_who_ask_at_the_same_time_are_never_offered_the_same_slot(agency: Workbench):
    people = [Person() for _ in range(4)]
    for each in people:
        await agency.hears(each, "Can I visit the flat?")
    assert {each.outcome for each in await agency.run()} == {"replied"}
    titles = [row["title"] for call in agency.sent() for row in rows_of(call)[:-1]]
    assert len(titles) == len(set(titles)) == 12


async def test_a_slot_whose_hold_has_run_out_goes_to_whoever_wants_it(agency: Workbench):
    ana, bea = Person(), Person()
    first = await offered(agency, ana)
    agency.clock.moved = timedelta(minutes=11)
    second = await offered(agency, bea)
    assert [each["title"] for each in second] == [each["title"] for each in first]
    await taps(agency, bea, second[0])
    assert await agency.answer() == "booked"
    await taps(agency, ana, first[0])
    assert await agency.answer() == "replied"
    assert agency.sent()[-1].text.startswith("Sorry, that time has just been taken.")
    assert len(await stored(agency, "booked")) == 1


async def test_a_late_tap_books_all_the_same_while_nobody_else_wants_the_time(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    agency.clock.moved = timedelta(hours=1)
    await taps(agency, ana, rows[2])
    assert await agency.answer() == "booked"


async def test_a_slot_that_is_lost_between_thinking_and_sending_is_never_called_booked(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    await taps(agency, ana, rows[0])
    batch = await agency.run(steps=("load", "reply"))
    await agency.do("delete from public.meetings where workspace_id = $1")
    batch = await agency.run(batch, ("send",))
    assert [each.outcome for each in batch] == ["retry"]
    await agency.run(batch, ("save", "sync"))
    await agency.make_due()
    assert await agency.answer() == "replied"
    assert agency.sent()[-1].text.startswith("Sorry, that time has just been taken.")
    assert not any("Booked" in each.text for each in agency.sent())


async def test_nothing_is_booked_when_a_person_takes_over_before_it_is_said(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    await taps(agency, ana, rows[0])
    batch = await agency.run(steps=("load", "reply"))
    await agency.do(
        "update public.conversations set mode = 'human', assigned_to = $2 where workspace_id = $1",
        agency.workspace.agent.user_id,
    )
    [ref] = await agency.run(batch, ("send", "save", "sync"))
    assert ref.outcome == "refused"
    assert await stored(agency, "booked") == []


async def test_steps_that_run_twice_book_once_and_say_it_once(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    await taps(agency, ana, rows[0])
    batch = await agency.claim()
    for name in ("load", "reply", "send", "send", "save", "sync"):
        after = await agency.step(name, batch)
        batch = batch if name == "send" and after[0].outcome == "booked" and len(agency.sent()) == 1 else after
    assert [each.outcome for each in batch] == ["booked"]
    assert len(await stored(agency, "booked")) == 1
    assert len(agency.sent()) == 2


async def test_a_runner_that_lost_its_lease_holds_nothing(agency: Workbench):
    await agency.hears(Person(), "Can I visit the flat?")
    batch = await agency.run(steps=("load",))
    await agency.do("update public.turns set lease = $2 where workspace_id = $1", new_id())
    [ref] = await agency.run(batch, ("reply",))
    assert ref.outcome == "lost"
    assert await stored(agency, "held") == []


async def test_a_lead_may_move_the_meeting_and_call_it_off(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    await taps(agency, ana, rows[0])
    await agency.answer()
    [first] = await stored(agency, "booked")

    others = await offered(agency, ana, "Can we move the viewing to another day?")
    await taps(agency, ana, others[1])
    assert await agency.answer() == "booked"
    [moved] = await stored(agency, "booked")
    [old] = await stored(agency, "cancelled")
    assert (old["id"], old["cancelled_by"], moved["moved_from"]) == (first["id"], "lead", first["id"])
    assert agency.sent()[-1].text.startswith("Moved: a viewing is now on ")

    await agency.hears(ana, "I have to cancel the viewing, sorry")
    assert await agency.answer() == "replied"
    assert await stored(agency, "booked") == []
    assert agency.sent()[-1].text.startswith("Done, a viewing on ")


async def test_without_any_hours_a_person_finds_a_time(agency: Workbench):
    await agency.do("delete from public.availability where workspace_id = $1")
    await agency.hears(Person(), "Can I visit the flat?")
    assert await agency.answer() == "handed_over"
    assert (await agency.conversation())["waiting_reason"] is not None


async def test_twenty_bookings_of_one_slot_end_in_exactly_one(agency: Workbench):
    people = [Person() for _ in range(20)]
    for each in people:
        await agency.hears(each, "Hello")
    leads = [row["id"] for row in await agency.rows("select id from public.leads where workspace_id = $1")]
    starts_at = datetime.now(UTC) + timedelta(days=3)
    slot = Slot(agency.workspace.agent.user_id, starts_at, starts_at + timedelta(minutes=45))

    async def books(lead_id: str) -> bool:
        async with transaction(agency.pool) as connection:
            held = await meetings.hold(
                connection, VIEWING, slot, workspace_id=agency.workspace.workspace_id, lead_id=lead_id,
                conversation_id=None, time_zone="Europe/Madrid", place=1, now=agency.clock(),
            )  # fmt: skip
            await asyncio.sleep(0.02)
            return held is not None and await meetings.book(connection, held.id, lead_id, agency.clock())

    won = await asyncio.gather(*(books(each) for each in leads))
    assert (len(won), sum(won)) == (20, 1)
    assert len(await stored(agency, "booked")) == 1


async def test_the_database_itself_refuses_a_second_meeting_within_the_buffer_of_the_first(agency: Workbench):
    await agency.hears(Person(), "Hello")
    lead = (await agency.lead())["id"]
    starts_at = datetime.now(UTC) + timedelta(days=3)

    async def insert(minutes: int, agent: str) -> None:
        begins = starts_at + timedelta(minutes=minutes)
        await agency.do(
            "insert into public.meetings (id, workspace_id, lead_id, agent_id, kind, state, starts_at, ends_at, "
            "blocked_until, time_zone) values ($2, $1, $3, $4, 'viewing', 'booked', $5, $6, $7, 'UTC')",
            new_id(), lead, agent, begins, begins + timedelta(minutes=30), begins + timedelta(minutes=45),
        )  # fmt: skip

    agent, manager = agency.workspace.agent.user_id, agency.workspace.manager.user_id
    await insert(0, agent)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await insert(40, agent)
    await insert(45, agent)
    await insert(0, manager)


async def test_what_is_booked_is_counted(agency: Workbench):
    ana = Person()
    rows = await offered(agency, ana)
    await taps(agency, ana, rows[0])
    await agency.answer()

    async def counted() -> bool:
        day = await agency.redis.hgetall(keys.day(agency.clock().date(), agency.workspace.workspace_id))
        return b"meetings_booked" in day

    await eventually(counted, 5, "the booking was counted")


async def test_a_model_that_only_ever_asks_for_times_leaves_no_lead_without_a_word(agency: Workbench):
    asks = Decision("answer", "Looks.", wants_slots=SlotWish("viewing"))
    bench = agency.with_parts(llm=ScriptedLlm(asks, asks))
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "retry"


async def test_a_models_own_words_may_name_the_times_that_were_found_for_it(agency: Workbench):
    class Model(ScriptedLlm):
        async def decide(self, turn: Turn) -> Decision:
            found = turn.calendar.found
            if found is None:
                return Decision("answer", "Looks.", wants_slots=SlotWish("viewing"))
            hour = found[0].starts_at.astimezone(ZoneInfo(turn.calendar.time_zone))
            return Decision("answer", "Offers.", text=f"Would {hour:%H:%M} suit you?")

    bench = agency.with_parts(llm=Model())
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "replied"


async def test_two_runners_at_once_offer_no_slot_twice(agency: Workbench):
    people = [Person() for _ in range(6)]
    for each in people:
        await agency.hears(each, "Can I visit the flat?")
    claimed = await agency.claim()
    batches = await asyncio.gather(agency.run(claimed[:3]), agency.run(claimed[3:]))
    assert [each.outcome for batch in batches for each in batch] == ["replied"] * 6
    titles = [row["title"] for call in agency.sent() for row in rows_of(call)[:-1]]
    assert len(titles) == len(set(titles)) == 18


async def test_an_agent_who_works_until_midnight_is_offered_until_midnight(agency: Workbench):
    """24:00 is a time in Postgres and none in Python."""
    await agency.do("update public.availability set starts_at = '22:00', ends_at = '24:00' where workspace_id = $1")
    await agency.do("update public.meeting_types set every_minutes = 60, minutes = 60 where workspace_id = $1")
    rows = await offered(agency, Person())
    assert {each["title"].rpartition(" ")[2] for each in rows[:-1]} <= {"22:00", "23:00"}
    async with lent(agency.pool) as connection:
        hours = await working_hours.of_workspaces(connection, [agency.workspace.workspace_id], agency.clock())
    late = [each for each in hours[agency.workspace.workspace_id].hours if each.starts_at == time(22)]
    assert {each.ends_at for each in late} == {time()}
