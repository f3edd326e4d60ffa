"""Every change of a meeting reaches the calendar that a workflow keeps: once it can, in order, whoever made it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import asyncpg
import pytest
from aiohttp import web

from lead_reviver.decide.conversation import Decision
from lead_reviver.decide.slots import Slot
from lead_reviver.meetings import change
from lead_reviver.meetings.agree import agree
from lead_reviver.n8n.calls import N8nCalls, WorkflowFailed
from lead_reviver.relay import meeting_events as telling
from lead_reviver.relay.meeting_events import Entry, MeetingEvents, entry_in
from lead_reviver.storage import clean_up, meeting_events, meetings
from lead_reviver.storage.database import lent, new_id, transaction
from tests.builders import Person
from tests.integration.n8n_stand_in import N8nStandIn, a_relay
from tests.integration.workbench import Workbench
from tests.real_stack import eventually

EVENTS = "select * from engine.meeting_events where workspace_id = $1 order by id"


@dataclass
class CalendarStandIn:
    """A calendar behind a workflow: it enters, changes and removes, and notes what it was told."""

    workspace_id: str
    told: list[dict[str, Any]] = field(default_factory=list)
    entries: dict[str, str] = field(default_factory=dict)
    """When each entry begins, by its id here."""
    answers: list[Callable[[], Awaitable[web.StreamResponse]]] = field(default_factory=list)
    """What becomes of the next changes instead."""

    async def __call__(self, event: dict[str, Any]) -> web.StreamResponse:
        if event["workspace_id"] != self.workspace_id:
            return web.json_response({"external_id": None})
        self.told.append(event)
        if self.answers:
            return await self.answers.pop(0)()
        known = event["external_id"]
        if event["event"] in ("booked", "moved"):
            known = known or f"there-{len(self.told)}"
            self.entries[known] = event["starts_at"]
        elif event["event"] == "cancelled":
            self.entries.pop(known, None)
        return web.json_response({"external_id": known, "external_url": known and f"https://calendar.example/{known}"})

    @property
    def heard(self) -> list[str]:
        """What was told, in order."""
        return [each["event"] for each in self.told]


@dataclass
class Office:
    """A bench, a calendar behind n8n, and what tells it."""

    bench: Workbench
    n8n: N8nStandIn
    calendar: CalendarStandIn
    events: MeetingEvents

    async def tell(self) -> None:
        """Tell what waits, until nothing is due."""
        self.events._rests_until = 0.0
        await self.bench.do("update engine.meeting_events set due_at = now() where workspace_id = $1")
        while await self.events.tell():
            pass

    async def holds(self, ahead: timedelta = timedelta(days=2), agent_id: str | None = None) -> str:
        """Hold a slot for the lead; return the id of the meeting that it may become."""
        starts_at = (self.bench.clock() + ahead).replace(minute=0, second=0, microsecond=0)
        meeting_id = new_id()
        await self.bench.do(
            "insert into public.meetings (id, workspace_id, lead_id, conversation_id, agent_id, kind, state, "
            "starts_at, ends_at, time_zone, held_until) select $2, $1, c.lead_id, c.id, $3, 'first_viewing', 'held', "
            "$4, $5, 'Europe/Madrid', $4 from public.conversations c where c.workspace_id = $1",
            meeting_id, agent_id or self.bench.workspace.agent.user_id, starts_at, starts_at + timedelta(minutes=45),
        )  # fmt: skip
        return meeting_id

    async def agrees(self, *, book: str | None = None, cancel: str | None = None) -> None:
        """Let the lead agree, as the step "send" and a person's click do."""
        lead_id = (await self.bench.lead())["id"]
        async with transaction(self.bench.pool) as connection:
            decision = Decision("answer", "Agreed.", book=book, cancel=cancel)
            assert await agree(connection, decision, lead_id, self.bench.clock())

    async def states(self) -> list[tuple[str, str]]:
        """Return the changes in the record and how each stands."""
        return [(each["event"], each["state"]) for each in await self.bench.rows(EVENTS)]


@pytest.fixture
async def office(bench: Workbench) -> AsyncIterator[Office]:
    await bench.hears(Person(), "Hello")
    n8n, calendar = N8nStandIn("http://nowhere.invalid"), CalendarStandIn(bench.workspace.workspace_id)
    n8n.calendar = calendar
    await n8n.start()
    async with N8nCalls(n8n.url, n8n.key) as calls:
        try:
            yield Office(bench, n8n, calendar, MeetingEvents(bench.pool, calls.call, lambda each: f"https://us/{each}"))
        finally:
            await n8n.die()


async def test_a_meeting_that_a_lead_books_moves_and_calls_off_is_one_entry_in_the_other_calendar(office: Office):
    first = await office.holds()
    await office.agrees(book=first)
    await office.tell()
    [booked] = office.calendar.told
    meeting = await office.bench.row("select * from public.meetings where workspace_id = $1 and state = 'booked'")
    conversation = await office.bench.conversation()
    assert {**booked, "event_id": "", "occurred_at": ""} == {
        "event": "booked",
        "event_id": "",
        "occurred_at": "",
        "workspace_id": office.bench.workspace.workspace_id,
        "meeting_id": first,
        "entry_id": first,
        "sequence": 0,
        "agent_id": office.bench.workspace.agent.user_id,
        "lead_id": conversation["lead_id"],
        "conversation_id": conversation["id"],
        "kind": "first_viewing",
        "title": "First viewing",
        "starts_at": f"{meeting['starts_at'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "ends_at": f"{meeting['ends_at'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "minutes": 45,
        "time_zone": "Europe/Madrid",
        "cancelled_by": None,
        "link": f"https://us/{conversation['id']}",
        "external_id": None,
        "external_url": None,
    }
    assert await office.bench.row("select external_id, external_url from engine.meeting_entries where workspace_id=$1")

    second = await office.holds(timedelta(days=3))
    await office.agrees(book=second, cancel=first)
    await office.tell()
    assert office.calendar.heard == ["booked", "moved"]
    moved = office.calendar.told[-1]
    assert (moved["meeting_id"], moved["entry_id"], moved["sequence"]) == (second, first, 1)
    assert (moved["external_id"], moved["external_url"]) == ("there-1", "https://calendar.example/there-1")
    assert office.calendar.entries == {"there-1": moved["starts_at"]}

    await office.agrees(cancel=second)
    await office.tell()
    cancelled = office.calendar.told[-1]
    assert (cancelled["event"], cancelled["cancelled_by"], cancelled["external_id"]) == ("cancelled", "lead", "there-1")
    assert office.calendar.entries == {}
    assert await office.bench.rows("select * from engine.meeting_entries where workspace_id = $1") == []


async def test_what_a_person_does_to_a_meeting_is_told_as_well(office: Office):
    bench, clock = office.bench, office.bench.clock
    first = await office.holds(timedelta(hours=4))
    await office.agrees(book=first)
    async with transaction(bench.pool) as connection:
        standing = await meetings.standing(connection, first)
        assert standing is not None
        assert await change.call_off(connection, standing, None, False, clock())
    await office.tell()
    second = await office.holds(timedelta(hours=6))
    await office.agrees(book=second)
    clock.moved = timedelta(hours=8)
    endings: tuple[Literal["no_show", "happened"], ...] = ("no_show", "happened")
    for state in endings:
        async with transaction(bench.pool) as connection:
            standing = await meetings.standing(connection, second)
            assert standing is not None
            assert await change.conclude(connection, standing, state, False, clock())
    await office.tell()
    assert office.calendar.heard == ["booked", "cancelled", "booked", "no_show", "happened"]
    assert office.calendar.told[1]["cancelled_by"] == "person"
    assert office.calendar.told[-1]["external_id"] is not None
    assert len(office.calendar.entries) == 1, "what took place stays where it is"


async def test_a_meeting_that_a_person_moves_to_a_colleague_leaves_one_calendar_and_comes_into_another(office: Office):
    bench = office.bench
    owner, agent = bench.workspace.owner.user_id, bench.workspace.agent.user_id
    for day in range(1, 8):
        await bench.do(
            "insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone) "
            "values ($2, $1, $3, $4, '00:00', '23:30', 'UTC')",
            new_id(), owner, day,
        )  # fmt: skip
    await bench.do(
        "insert into public.meeting_types (id, workspace_id, kind, minutes) values ($2, $1, 'first_viewing', 45)",
        new_id(),
    )
    first = await office.holds()
    await office.agrees(book=first)
    await office.tell()
    async with transaction(bench.pool) as connection:
        standing = await meetings.standing(connection, first)
        assert standing is not None
        slots = await change.free_instead(connection, standing, bench.clock())
        to: Slot = next(each for each in slots if each.agent_id == owner)
        moved = await change.move(connection, standing, to, None, False, bench.clock())
    await office.tell()
    assert [(each["event"], each["agent_id"], each["external_id"]) for each in office.calendar.told] == [
        ("booked", agent, None),
        ("cancelled", agent, "there-1"),
        ("moved", owner, None),
    ]
    assert {each["meeting_id"] for each in office.calendar.told[1:]} == {moved}
    assert list(office.calendar.entries) == ["there-3"]


async def test_a_meeting_that_goes_with_its_lead_or_its_agent_leaves_the_calendar(office: Office):
    await office.agrees(book=await office.holds())
    await office.tell()
    await office.bench.do("delete from public.meetings where workspace_id = $1")
    await office.tell()
    assert office.calendar.entries == {}

    await office.agrees(book=await office.holds(timedelta(days=4)))
    await office.tell()
    await office.bench.do(
        "delete from public.members where workspace_id = $1 and user_id = $2", office.bench.workspace.agent.user_id
    )
    await office.tell()
    assert office.calendar.heard == ["booked", "cancelled", "booked", "cancelled"]
    assert office.calendar.entries == {}


async def test_what_is_not_stored_is_not_told(office: Office):
    held = await office.holds()
    lead_id = (await office.bench.lead())["id"]

    async def books_and_dies() -> None:
        async with transaction(office.bench.pool) as connection:
            await agree(connection, Decision("answer", "", book=held), lead_id, office.bench.clock())
            raise KeyError

    with contextlib.suppress(KeyError):
        await books_and_dies()
    await office.holds(timedelta(days=5))
    await office.bench.do("delete from public.meetings where workspace_id = $1")
    assert await office.states() == []


async def test_a_booking_that_is_carried_out_twice_is_told_once(office: Office):
    held = await office.holds()
    await office.agrees(book=held)
    await office.agrees(book=held)
    assert await office.states() == [("booked", "waiting")]


async def test_while_n8n_is_away_changes_wait_uncounted_and_come_in_order(office: Office):
    port = office.n8n.port
    await office.n8n.die()
    first = await office.holds()
    await office.agrees(book=first)
    await office.tell()
    await office.agrees(book=(second := await office.holds(timedelta(days=3))), cancel=first)
    await office.tell()
    await office.agrees(cancel=second)
    assert await office.events.tell() == 0, "it is left alone for a while"
    assert [each["attempts"] for each in await office.bench.rows(EVENTS)] == [0, 0, 0]
    office.n8n.port = port
    await office.n8n.start()
    await office.tell()
    assert office.calendar.heard == ["booked", "moved", "cancelled"]
    assert office.calendar.entries == {}
    assert {state for _, state in await office.states()} == {"delivered"}


async def test_a_workflow_that_is_switched_off_is_no_failure(office: Office):
    office.n8n.calendar = None
    await office.agrees(book=await office.holds())
    await office.tell()
    [event] = await office.bench.rows(EVENTS)
    assert (event["state"], event["attempts"]) == ("waiting", 0)


async def test_a_change_whose_answer_was_lost_is_told_again_as_the_same_one(office: Office):
    async def dies() -> web.StreamResponse:
        return web.json_response({"error": "a step failed"}, status=502)

    office.calendar.answers.append(dies)
    await office.agrees(book=await office.holds())
    await office.tell()
    assert len(office.calendar.told) == 1, "not before its time has come"
    [event] = await office.bench.rows(EVENTS)
    assert (event["state"], event["attempts"]) == ("waiting", 1)
    assert event["reason"] == "The workflow behind 'meeting-events' failed in n8n (status 502)."
    assert timedelta(seconds=20) < event["due_at"] - datetime.now(UTC) <= timedelta(seconds=30)
    await office.tell()
    assert [each["event_id"] for each in office.calendar.told] == [event["event_id"]] * 2
    assert await office.states() == [("booked", "delivered")]


async def test_a_change_that_keeps_failing_is_parked_and_a_later_one_overtakes_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(telling, "MOST_ATTEMPTS", 2)

    async def nonsense() -> web.StreamResponse:
        return web.json_response({"id": "there"})

    office.calendar.answers += [nonsense] * 2
    first = await office.holds()
    await office.agrees(book=first)
    await office.agrees(book=await office.holds(timedelta(days=3)), cancel=first)
    await office.tell()
    await office.tell()
    assert await office.states() == [("booked", "overtaken"), ("moved", "delivered")]
    assert office.calendar.told[-1]["external_id"] is None, "so that the workflow enters it"


async def test_a_parked_change_is_shown_and_told_again_when_a_person_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(telling, "MOST_ATTEMPTS", 1)

    async def nonsense() -> web.StreamResponse:
        return web.Response(text="Workflow was started")

    office.calendar.answers.append(nonsense)
    await office.agrees(book=await office.holds())
    await office.tell()
    workspace_id = office.bench.workspace.workspace_id
    async with lent(office.bench.pool) as connection:
        [parked] = await meeting_events.parked(connection, workspace_id)
        assert (parked.event, parked.kind, parked.attempts) == ("booked", "first_viewing", 1)
        assert parked.reason == "n8n answered 200 with something that is no JSON."
        assert not await meeting_events.unpark(connection, parked.id, new_id())
        assert await meeting_events.unpark(connection, parked.id, workspace_id)
        assert not await meeting_events.unpark(connection, parked.id, workspace_id)
    await office.tell()
    assert await office.states() == [("booked", "delivered")]


async def test_two_relays_at_once_tell_each_change_once(office: Office):
    for ahead in range(2, 12):
        await office.agrees(book=await office.holds(timedelta(days=ahead)))
    other = MeetingEvents(office.bench.pool, office.events._call, lambda _: None)

    async def all_of(events: MeetingEvents) -> None:
        while await events.tell():
            pass

    await asyncio.gather(all_of(office.events), all_of(other))
    assert len(office.calendar.told) == len({each["event_id"] for each in office.calendar.told}) == 10


async def test_an_answer_that_names_nothing_leaves_what_is_known(office: Office):
    first = await office.holds()
    await office.agrees(book=first)
    await office.tell()

    async def nothing() -> web.StreamResponse:
        return web.json_response({"external_id": None})

    office.calendar.answers.append(nothing)
    await office.agrees(book=(second := await office.holds(timedelta(days=3))), cancel=first)
    await office.tell()
    await office.agrees(cancel=second)
    await office.tell()
    assert [each["external_id"] for each in office.calendar.told] == [None, "there-1", "there-1"]


async def test_the_relay_tells_by_itself_and_a_lead_waits_for_no_calendar(office: Office):
    """A calendar that does not answer holds up nobody."""
    let_go = asyncio.Event()

    async def slow() -> web.StreamResponse:
        await let_go.wait()
        return web.json_response({"external_id": 7})

    office.calendar.answers.append(slow)
    await office.agrees(book=await office.holds())
    async with a_relay(office.bench, office.n8n, "inline") as running:
        running.relay.wake_turns()

        async def asked() -> bool:
            return bool(office.calendar.told)

        await eventually(asked, 20, "the calendar is told", every=0.05)
        await office.bench.hears(Person(), "Is it still to be had?")
        running.relay.wake_turns()
        await office.bench.until_sent(1)
        let_go.set()

        async def noted() -> bool:
            rows = await office.bench.rows("select external_id from engine.meeting_entries where workspace_id = $1")
            return rows == [{"external_id": "7"}]

        await eventually(noted, 20, "what the calendar calls it", every=0.05)


async def test_what_was_told_and_what_is_over_is_cleaned_up(office: Office):
    await office.agrees(book=await office.holds())
    await office.tell()
    aged = "update engine.meeting_events set occurred_at = now() - $2::interval where workspace_id = $1"
    await office.bench.do(aged, timedelta(days=6))
    await clean_up.delete_aged(office.bench.pool)
    assert await office.states() == [("booked", "delivered")]
    await office.bench.do(aged, timedelta(days=8))
    await clean_up.delete_aged(office.bench.pool)
    assert await office.states() == []


async def test_who_may_only_change_meetings_writes_an_event_without_seeing_the_table(office: Office):
    """The service role, as a program of the customer's uses it."""
    held = await office.holds()
    admin = await asyncpg.connect(office.bench.stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
    try:
        async with admin.transaction():
            await admin.execute("set local role service_role")
            await admin.execute("update public.meetings set state = 'booked', held_until = null where id = $1", held)
        await admin.execute("set role service_role")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await admin.execute("select 1 from engine.meeting_events")
    finally:
        await admin.close()
    assert await office.states() == [("booked", "waiting")]


@pytest.mark.parametrize(
    ("answer", "entry"),
    [
        ({"external_id": None}, Entry(None, None)),
        ({"external_id": "", "external_url": ""}, Entry(None, None)),
        ({"external_id": 12, "more": True}, Entry("12", None)),
        ({"external_id": "a", "external_url": "https://c.example/a"}, Entry("a", "https://c.example/a")),
    ],
)
def test_an_answer_says_what_the_calendar_calls_the_entry(answer: Any, entry: Entry):
    assert entry_in(answer) == entry


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({}, "has to answer"),
        (None, "has to answer"),
        ([{"external_id": "a"}], "has to answer"),
        ({"message": "Workflow was started"}, "has to answer"),
        ({"external_id": True}, "neither a text, a number nor null"),
        ({"external_id": {"id": "a"}}, "neither a text, a number nor null"),
        ({"external_id": "a" * 1025}, "at most 1024"),
        ({"external_id": "a\x00"}, "no id"),
        ({"external_id": "a", "external_url": "javascript:alert(1)"}, "no http address"),
        ({"external_id": "a", "external_url": "https://"}, "no http address"),
        ({"external_id": "a", "external_url": "https://[::1"}, "no http address"),
        ({"external_id": "a", "external_url": 7}, "no http address"),
    ],
)
def test_nonsense_is_refused_with_what_is_wrong_about_it(answer: Any, problem: str):
    with pytest.raises(WorkflowFailed, match=problem):
        entry_in(answer)
