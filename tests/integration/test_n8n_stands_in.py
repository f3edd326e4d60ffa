"""n8n goes wrong in every way it can, and the inline runner stands in: every lead is answered once, in order, in time.

A hand-written stand-in takes n8n's place, so that each way of going wrong is exact and quick.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest

from lead_reviver.relay.relay import LONGEST_NAP_SECONDS
from lead_reviver.settings import Settings
from lead_reviver.state import conversations as conversation_states
from lead_reviver.storage import inbox
from lead_reviver.storage.database import transaction
from tests.builders import Person, a_body, a_change, a_status, a_text, statuses_of
from tests.fakes import takes_after
from tests.integration.n8n_stand_in import (
    PATIENCE,
    Behaviour,
    ComesBackLate,
    N8nStandIn,
    RelayWithN8n,
    a_relay,
    an_n8n,
    breaks_off,
    breaks_off_during,
    calls_twice,
    claims_all,
    does_half,
    echoes,
    fails_at,
    falls_silent,
    refuses,
    says,
    steps_over_http,
    takes_its_time,
)
from tests.integration.workbench import Workbench
from tests.real_stack import eventually

TAKEOVER_SECONDS = 10
"""The product's promise, asserted as it is: most takeovers take a tenth of it."""
DEFAULT_PATIENCE = float(Settings.model_fields["n8n_patience_seconds"].default)


@dataclass
class Office:
    """A business whose turns a relay hands to n8n."""

    bench: Workbench
    n8n: N8nStandIn
    relay: RelayWithN8n

    async def writes(self, people: Sequence[Person], words: str) -> None:
        """Let everybody write the same, so that it becomes one batch."""
        texts = [(person, a_text(person, words)) for person in people]
        changes = [a_change(self.bench.number, contacts=[person.contact()], messages=[text]) for person, text in texts]
        await self.bench.keep(a_body(*changes))
        self.relay.relay.wake()

    async def until_answered(self, people: Sequence[Person], *words: str, seconds: float = TAKEOVER_SECONDS) -> None:
        """Wait until every turn is done; then see that each message of each person was answered once, in order."""

        async def done() -> bool:
            states = await self.bench.rows("select distinct state from turns where workspace_id = $1")
            answered = all(len(self.answers_to(person)) >= len(words) for person in people)
            return answered and {each["state"] for each in states} <= {"done", "superseded"}

        await eventually(done, seconds, "every turn done", every=0.01)
        for person in people:
            assert self.answers_to(person) == list(words)

    def answers_to(self, person: Person) -> list[str]:
        """Return the messages of a person that were answered, in order; an answer may be to several."""
        said = [each.text.removeprefix("Noted: ") for each in self.bench.sent() if each.to == person.phone]
        return [word for each in said for word in each.split(" / ")]

    async def runners(self) -> set[str]:
        """Return who finished turns."""
        found = await self.bench.rows(
            "select distinct runner from turns where workspace_id = $1 and state = 'done'",
        )
        return {each["runner"] for each in found}


@contextlib.asynccontextmanager
async def an_office(bench: Workbench, patience: float = PATIENCE) -> AsyncIterator[Office]:
    async with (
        steps_over_http(bench) as steps_url,
        an_n8n(steps_url) as n8n,
        a_relay(bench, n8n, patience=patience) as relay,
    ):
        await relay.until_healthy()
        yield Office(bench, n8n, relay)


@pytest.fixture
async def office(bench: Workbench) -> AsyncIterator[Office]:
    async with an_office(bench) as running:
        yield running


def people(number: int = 4) -> list[Person]:
    return [Person() for _ in range(number)]


async def test_while_n8n_is_well_it_carries_the_turns(office: Office):
    leads = people()
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    assert await office.runners() == {"n8n"}
    assert [len(each["turns"]) for each in office.n8n.batches] == [len(leads)]


WRONG = {
    "refuses the key": refuses(401),
    "forbids": refuses(403),
    "has no such workflow": refuses(404),
    "is not ready": refuses(503),
    "fails": refuses(500),
    "says nothing": says(b""),
    "says something that is no JSON": says(b"<html>Bad gateway</html>"),
    "says no object": says(b"[]"),
    "says null": says(b"null"),
    "says that the workflow was started": says(b'{"message": "Workflow was started"}'),
    "says something odd about turns": says(b'{"turns": "all of them"}'),
    "says that there were no turns": says(b'{"turns": []}'),
    "speaks of other turns": says(
        b'{"lease": "0199c5d2-0000-7000-8000-000000000001", "turns": [], '
        b'"ended": [{"outcome": "replied", "turns": ["0199c5d2-0000-7000-8000-000000000002"]}]}'
    ),
    "claims what it has not done": echoes,
    "does half": does_half,
    "does half and claims all": claims_all,
    "dies at once": breaks_off(None),
    "dies after load": breaks_off("load"),
    "dies before send": breaks_off("reply"),
    "dies after send": breaks_off("send"),
    "dies after save": breaks_off("save"),
    "dies when all is done": breaks_off("sync"),
    "says nothing at all": falls_silent(None),
    "falls silent before send": falls_silent("reply"),
    "falls silent after send": falls_silent("send"),
    "falls silent when all is done": falls_silent("sync"),
    "fails at load": fails_at("load"),
    "fails at send": fails_at("send"),
    "fails at sync": fails_at("sync"),
    "is slow over every step": takes_its_time(PATIENCE * 0.8),
}
FINISHED_ALL = ("dies when all is done", "falls silent when all is done")
FINISHED_HALF = ("does half", "does half and claims all")


@pytest.mark.parametrize("what", WRONG)
async def test_leads_are_answered_once_and_in_order_when_n8n(office: Office, what: str):
    leads = people()
    office.n8n.will(WRONG[what])
    began = time.monotonic()
    await office.writes(leads, "one")

    async def taken() -> bool:
        return bool(office.n8n.batches)

    await eventually(taken, 5, "a batch at n8n", every=0.005)
    await office.writes(leads, "two")
    await office.until_answered(leads, "one", "two")
    print(f"{what}: {time.monotonic() - began:.1f} s")
    assert "inline" in await office.runners() or what in FINISHED_ALL


@pytest.mark.parametrize("what", [each for each in WRONG if each not in (*FINISHED_ALL, *FINISHED_HALF)])
async def test_the_runner_that_finished_a_turn_is_stored_with_it_when_n8n(office: Office, what: str):
    leads = people(2)
    office.n8n.will(WRONG[what], WRONG[what])
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    assert await office.runners() == {"inline"}


@pytest.mark.parametrize("what", FINISHED_HALF)
async def test_each_half_of_a_batch_names_the_runner_that_finished_it_when_n8n(office: Office, what: str):
    leads = people(6)
    office.n8n.will(WRONG[what])
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    by_runner = await office.bench.rows(
        "select runner, count(*) as turns from turns where workspace_id = $1 group by 1"
    )
    assert {each["runner"]: each["turns"] for each in by_runner} == {"n8n": 3, "inline": 3}


async def test_an_n8n_that_is_not_there_keeps_nobody_waiting(office: Office):
    leads = people()
    await office.n8n.die()
    began = time.monotonic()
    await office.writes(leads, "one")
    await office.until_answered(leads, "one", seconds=5)
    print(f"n8n is not there: {time.monotonic() - began:.1f} s")
    assert await office.runners() == {"inline"}


async def test_with_the_patience_it_has_by_default_a_silent_n8n_is_replaced_in_time(bench: Workbench):
    async with an_office(bench, DEFAULT_PATIENCE) as office:
        leads = people()
        office.n8n.always = falls_silent(None)
        began = time.monotonic()
        await office.writes(leads, "one")
        await office.until_answered(leads, "one")
        print(f"silent, default patience: {time.monotonic() - began:.1f} s")


async def test_n8n_gets_the_turns_again_soon_after_it_is_well(office: Office):
    leads = people(2)
    office.n8n.always = refuses(503)
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    office.n8n.always = None
    began = time.monotonic()
    await office.relay.until_healthy(TAKEOVER_SECONDS)
    print(f"n8n again after {time.monotonic() - began:.1f} s")
    await office.writes(leads, "two")
    await office.until_answered(leads, "one", "two")
    assert await office.runners() == {"inline", "n8n"}


async def test_an_n8n_that_fails_gets_nothing_until_a_probe_went_all_the_way_through(office: Office):
    leads = people(2)
    office.n8n.always = fails_at("load")
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    seen = len(office.n8n.batches)
    await office.writes(leads, "two")
    await office.until_answered(leads, "one", "two")
    assert len(office.n8n.batches) == seen
    assert not office.relay.health.is_up
    assert "failed" in office.relay.health.detail


@pytest.mark.parametrize("after", [None, "load", "reply", "send", "save"])
async def test_an_n8n_that_wakes_up_after_the_takeover_changes_nothing(office: Office, after: str | None):
    leads = people()
    late = ComesBackLate(after)
    office.n8n.will(late)
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    before = await office.bench.rows("select * from turns where workspace_id = $1 order by id")
    late.goes_on.set()
    ended = await asyncio.wait_for(late.ended, 10)
    assert ended["turns"] == []
    assert {each["outcome"] for each in ended["ended"]} <= {"lost", "replied"}
    await office.until_answered(leads, "one")
    assert await office.bench.rows("select * from turns where workspace_id = $1 order by id") == before
    assert {each["runner"] for each in before} == {"inline"}


async def test_steps_called_twice_each_answer_once(office: Office):
    leads = people()
    office.n8n.will(calls_twice)
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    assert await office.runners() == {"n8n"}


async def test_n8n_dies_while_whatsapp_is_being_asked_and_nothing_is_sent_twice(office: Office):
    leads = people(3)
    slow = [takes_after(1.5) for _ in leads]
    office.bench.graph.will(office.bench.number, *slow)
    office.n8n.will(breaks_off_during("send", 0.5))
    await office.writes(leads, "one")

    async def accepted() -> bool:
        rows = await office.bench.rows("select state from engine.outbox where workspace_id = $1")
        return [each["state"] for each in rows] == ["accepted"] * len(leads)

    await eventually(accepted, TAKEOVER_SECONDS, "every message accepted")
    for person, call in zip(leads, office.bench.sent(), strict=True):
        await office.bench.told(a_status(call.wamid or "", "sent", person, outbox_id=call.outbox_id))
    await office.until_answered(leads, "one")


async def test_a_slow_model_is_no_reason_to_give_n8n_up(office: Office):
    leads = people(1)

    async def think() -> None:
        await asyncio.sleep(PATIENCE * 3)

    office.bench.llm.meanwhile = think
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    assert await office.runners() == {"n8n"}


async def test_n8n_dies_while_the_model_thinks_and_the_lead_gets_one_answer(office: Office):
    leads = people(1)

    async def think() -> None:
        await asyncio.sleep(1.5)

    office.bench.llm.meanwhile = think
    office.n8n.will(breaks_off_during("reply", 0.5))
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    await asyncio.sleep(1.5)  # the first reply step ends now
    await office.until_answered(leads, "one")
    assert await office.runners() == {"inline"}


async def test_what_was_decided_is_what_was_sent_whoever_else_still_thinks(office: Office):
    """n8n's reply step outlives n8n; what it decides late must not be recorded as the reason of the other's answer."""
    leads = people(1)
    thinking, going_on = asyncio.Event(), asyncio.Event()

    async def think() -> None:
        thinking.set()
        await going_on.wait()

    office.bench.llm.meanwhile = think
    late = ComesBackLate(after="load")
    late.goes_on.set()
    office.n8n.will(late)
    await office.writes(leads, "one")
    await asyncio.wait_for(thinking.wait(), 5)
    await office.n8n.die()
    await office.until_answered(leads, "one")
    going_on.set()
    await asyncio.sleep(0.3)
    conversation = await office.bench.conversation()
    cached = await conversation_states.read_conversations(office.bench.redis, [conversation["id"]])
    assert [line.text for line in cached[conversation["id"]].history] == ["one", "Noted: one"]
    assert (await office.bench.turn())["decision"]["text"] == "Noted: one"


async def test_statuses_are_applied_by_way_of_n8n(office: Office):
    await see_a_status_arrive(office)
    assert office.relay.health.is_up


BROKEN_STATUSES: dict[str, Behaviour] = {
    "refuses": refuses(404),
    "talks nonsense": says(b'{"more": "perhaps"}'),
    "falls silent": falls_silent(None),
    "fails": refuses(502),
}


@pytest.mark.parametrize("what", BROKEN_STATUSES)
async def test_statuses_never_wait_for_an_n8n_that(office: Office, what: str):
    """A status may settle whether a message was sent; without it the message would go out again."""
    office.n8n.statuses = BROKEN_STATUSES[what]
    await see_a_status_arrive(office)
    assert office.relay.health.is_up, "the turns' workflow is well"


async def test_a_message_that_comes_while_n8n_has_statuses_applied_is_taken_in_right_after(office: Office):
    """The step holds the intake's lock, and whoever called it may never look again."""
    async with transaction(office.bench.pool) as connection:
        assert await inbox.only_me(connection)
        leads = people(1)
        await office.writes(leads, "one")
        await asyncio.sleep(0.5)
    await office.until_answered(leads, "one", seconds=LONGEST_NAP_SECONDS / 2)


async def see_a_status_arrive(office: Office) -> None:
    leads = people(1)
    await office.writes(leads, "one")
    await office.until_answered(leads, "one")
    [call] = office.bench.sent()
    began = time.monotonic()
    status = a_status(call.wamid or "", "delivered", leads[0], outbox_id=call.outbox_id)
    await office.bench.keep(statuses_of(office.bench.number, status))
    office.relay.relay.wake()

    async def delivered() -> bool:
        return [each["status"] for each in await office.bench.messages()] == ["delivered"]

    await eventually(delivered, TAKEOVER_SECONDS, "the status applied")
    print(f"status after {time.monotonic() - began:.1f} s")
