"""The steps as a workflow engine calls them: over HTTP, a batch at a time, with a key of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from tests.builders import Person, a_text, messages_of
from tests.fakes import GraphStandIn
from tests.integration.engine_process import EngineProcess, a_business_number, an_engine
from tests.real_stack import RealStack, eventually

STEPS = ("load", "reply", "send", "save", "sync")


@dataclass
class Workflow:
    """Somebody who runs the steps by hand, beside an engine whose own relay leaves our turns alone."""

    engine: EngineProcess
    session: aiohttp.ClientSession
    record: Any
    number: str
    key: str = ""
    people: list[Person] = field(default_factory=list)

    async def step(self, name: str, turns: Any, key: str | None = None) -> tuple[int, Any]:
        """Call one step; return the status and the turns it answered with."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        url = f"{self.engine.url}/steps/{name}"
        async with self.session.post(url, json={"turns": turns}, headers=headers) as answer:
            said = await answer.json(content_type=None)
            return answer.status, said.get("turns", said)

    async def all_steps(self, turns: Any) -> Any:
        """Call all steps, each with what the one before answered."""
        for name in STEPS:
            status, turns = await self.step(name, turns)
            assert status == 200, turns
        return turns

    async def a_turn(self, words: str = "Hello") -> dict[str, Any]:
        """Let somebody write, and lease the turn as a relay would."""
        person = Person()
        self.people.append(person)
        await self.engine.post(messages_of(self.number, person, a_text(person, words)))

        async def leased() -> Any:
            return await self.record.fetchrow(
                "update turns t set state = 'running', lease = $2, lease_until = now() + interval '60 seconds', "
                "runner = 'n8n', attempts = 1 from conversations c join leads l on l.id = c.lead_id "
                "where c.id = t.conversation_id and l.phone = $1 and t.state = 'gathering' returning t.id, t.lease",
                person.phone,
                str(uuid7()),
            )

        row = await eventually(leased, 10, "the turn gathered")
        return {"turn_id": str(row["id"]), "lease": str(row["lease"])}

    async def state(self, turn: dict[str, Any]) -> Any:
        """Return a turn as it stands in the record."""
        return await self.record.fetchrow(
            "select state, lease, reason, decision from turns where id = $1", turn["turn_id"]
        )

    def log(self) -> list[str]:
        """Return the lines that the engine has logged."""
        return self.engine.log.read_text().splitlines()

    def sent(self) -> int:
        """Return how many messages went out from our number."""
        return len(self.engine.graph.sent_from(self.number))


@pytest.fixture(scope="module")
def patient_engine(postgres_and_redis: RealStack, graph: GraphStandIn) -> Iterator[EngineProcess]:
    """An engine that waits long for more messages, so that a test can take the turns first."""
    quiet = {"LEAD_REVIVER_QUIET_SECONDS": "60", "LEAD_REVIVER_QUIET_LIMIT_SECONDS": "300"}
    with an_engine(postgres_and_redis, graph, **quiet) as running:
        yield running


@pytest.fixture
async def flow(patient_engine: EngineProcess) -> AsyncIterator[Workflow]:
    number = await a_business_number(patient_engine.stack)
    record = await asyncpg.connect(patient_engine.stack.env["DATABASE_URL"])
    async with aiohttp.ClientSession() as session:
        yield Workflow(patient_engine, session, record, number, patient_engine.env["LEAD_REVIVER_STEPS_KEY"])
    await record.close()


async def test_steps_called_in_order_do_what_the_inline_runner_does(flow: Workflow):
    turn = await flow.a_turn()
    [ended] = await flow.all_steps([turn])
    assert ended["outcome"] == "replied"
    assert flow.sent() == 1
    state = await flow.state(turn)
    assert (state["state"], state["lease"]) == ("done", None)
    assert state["decision"] is not None


async def test_each_step_called_twice_in_a_row_does_the_same_as_once(flow: Workflow):
    turns: Any = [await flow.a_turn()]
    for name in STEPS:
        first = await flow.step(name, turns)
        second = await flow.step(name, turns)
        assert first[0] == second[0] == 200
        if name != "sync":  # after it, the lease is gone
            assert first == second
        turns = first[1]
    assert flow.sent() == 1
    assert (await flow.state(turns[0]))["state"] == "done"


async def test_a_turn_that_was_cut_off_halfway_is_finished_from_the_start(flow: Workflow):
    turn = await flow.a_turn()
    turns: Any = [turn]
    for name in ("load", "reply", "send"):
        _, turns = await flow.step(name, turns)
    [ended] = await flow.all_steps([turn])
    assert ended["outcome"] == "replied"
    assert flow.sent() == 1


async def test_later_steps_without_the_earlier_ones_answer_all_the_same(flow: Workflow):
    turn = await flow.a_turn()
    _, turns = await flow.step("send", [turn])
    assert turns[0]["outcome"] == "replied"
    assert flow.sent() == 1


@pytest.mark.parametrize("key", ["", "wrong", "ключ"])
async def test_a_wrong_key_gets_401_and_nothing_done(flow: Workflow, key: str):
    turn = await flow.a_turn()
    status, said = await flow.step("load", [turn], key=key)
    assert (status, said["reason"]) == (401, "wrong_key")


async def test_an_unknown_step_is_404_and_names_those_there_are(flow: Workflow):
    status, said = await flow.step("dance", [])
    assert status == 404
    assert "load, reply, send, save, sync" in said["title"]


async def test_a_wrong_key_and_a_body_that_is_no_batch_are_logged_with_the_run_they_came_from(flow: Workflow):
    url, run = f"{flow.engine.url}/steps/load", {"X-N8n-Execution-Id": "4711"}
    for key, body in (("wrong", b'{"turns": []}'), (flow.key, b"{"), (flow.key, b'{"turns": [' + b"7," * 256 + b"7]}")):
        status, said = await post(url, body, {"Authorization": f"Bearer {key}", **run})
        assert status in (401, 422)
        assert json.loads(said)["title"].endswith(".")
    for reason in ("wrong_key", "bad_input", "too_many"):
        assert any("4711" in line and reason in line for line in flow.log())


async def test_a_batch_of_everything_that_can_be_wrong_loses_nothing_and_is_logged_by_id(flow: Workflow):
    fresh, half_done, expired = await flow.a_turn("fresh"), await flow.a_turn("half"), await flow.a_turn("expired")
    turns: Any = [half_done]
    for name in ("load", "reply", "send"):
        _, turns = await flow.step(name, turns)
    await flow.record.execute(
        "update turns set lease = $2, lease_until = now() + interval '60 seconds' where id = $1",
        expired["turn_id"],
        taken_over := str(uuid7()),
    )
    unknown = {"turn_id": str(uuid7()), "lease": str(uuid7())}
    ended = await flow.all_steps([unknown, fresh, {"turn_id": "Ana Prado"}, half_done, expired])
    assert [each["outcome"] for each in ended] == ["lost", "replied", "lost", "replied", "lost"]
    assert all(each["reason"] for each in ended if each["outcome"] == "lost")
    assert flow.sent() == 2
    lines = "\n".join(flow.log())
    assert unknown["turn_id"] in lines
    assert expired["turn_id"] in lines
    for person in flow.people:
        assert person.phone not in lines
    assert "Ana Prado" not in lines
    state = await flow.state(expired)
    assert (state["state"], str(state["lease"])) == ("running", taken_over)
    [late] = await flow.all_steps([{**expired, "lease": taken_over}])
    assert late["outcome"] == "replied"
    assert flow.sent() == 3


@pytest.mark.parametrize("name", STEPS)
async def test_an_unknown_turn_and_a_lease_that_is_over_change_nothing(flow: Workflow, name: str):
    turn = await flow.a_turn()
    before = await flow.state(turn)
    unknown = {"turn_id": str(uuid7()), "lease": str(uuid7())}
    late = {**turn, "lease": str(uuid7())}
    status, answered = await flow.step(name, [unknown, late])
    assert status == 200
    assert [each.get("outcome") for each in answered] in (["lost", "lost"], [None, None])
    assert await flow.state(turn) == before
    assert flow.sent() == 0


BROKEN: list[Any] = [
    None,
    7,
    "turn",
    [],
    {},
    {"turn_id": "x", "lease": "y"},
    {"turn_id": None, "lease": None},
    {"turn_id": str(uuid7())},
    {"turn_id": f"urn:uuid:{uuid7()}", "lease": str(uuid7())},
    {"turn_id": f"{{{uuid7()}}}", "lease": str(uuid7())},
    {"turn_id": str(uuid7()), "lease": str(uuid7()), "outcome": "dancing"},
    {"turn_id": str(uuid7()), "lease": str(uuid7()), "outcome": "waiting", "wait_seconds": 1e300},
    {"turn_id": str(uuid7()), "lease": str(uuid7()), "outcome": "waiting", "wait_seconds": -5},
    {"turn_id": str(uuid7()), "lease": str(uuid7()), "outcome": "retry", "reason": "nul \x00 byte"},
    {"turn_id": str(uuid7()), "lease": str(uuid7()), "outcome": "replied", "reason": "x" * 100_000},
]


@pytest.mark.parametrize("name", STEPS)
async def test_broken_rows_do_no_harm_to_a_good_one_beside_them(flow: Workflow, name: str):
    turn = await flow.a_turn()
    turns: Any = [turn]
    for each in STEPS:
        batch = [*BROKEN[:7], *turns, *BROKEN[7:]] if each == name else turns
        status, answered = await flow.step(each, batch)
        assert status == 200, answered
        assert len(answered) == len(batch)
        turns = [row for row in answered if row.get("turn_id") == turn["turn_id"]]
    assert turns[0]["outcome"] == "replied"
    assert flow.sent() == 1
    assert (await flow.state(turn))["state"] == "done"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"turns": 7}', b'{"turns": null}', b"\xff"])
async def test_a_body_that_is_no_batch_gets_422(flow: Workflow, body: bytes):
    headers = {"Authorization": f"Bearer {flow.key}"}
    async with flow.session.post(f"{flow.engine.url}/steps/load", data=body, headers=headers) as answer:
        assert answer.status == 422


async def test_a_batch_beyond_the_limit_gets_422(flow: Workflow):
    status, said = await flow.step("load", [{}] * 257)
    assert (status, said["reason"]) == (422, "too_many")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
rows = json_values | st.fixed_dictionaries(
    {"turn_id": st.uuids().map(str) | json_values, "lease": st.uuids().map(str) | json_values},
    optional={
        "outcome": st.sampled_from(["replied", "waiting", "retry", "superseded", "lost", "quiet", "refused"])
        | json_values,
        "reason": st.text() | json_values,
        "wait_seconds": st.floats(allow_nan=False, allow_infinity=False) | json_values,
    },
)


@given(name=st.sampled_from(STEPS), batch=st.lists(rows, max_size=5))
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_sent_to_a_step_is_answered(patient_engine: EngineProcess, name: str, batch: list[Any]):
    key = {"Authorization": f"Bearer {patient_engine.env['LEAD_REVIVER_STEPS_KEY']}"}
    status, said = asyncio.run(post(f"{patient_engine.url}/steps/{name}", json.dumps({"turns": batch}).encode(), key))
    assert status in (200, 422)
    if status == 200:
        assert len(json.loads(said)["turns"]) == len(batch)


async def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Make a request; return the status and what was said."""
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status, await answer.read()
