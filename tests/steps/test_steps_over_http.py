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

    async def step(self, name: str, batch: Any, key: str | None = None) -> tuple[int, Any]:
        """Call one step; return the status and what it answered, without the outcomes of the last one."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        async with self.session.post(f"{self.engine.url}/steps/{name}", json=batch, headers=headers) as answer:
            said = await answer.json(content_type=None)
            said.pop("outcomes", None)
            return answer.status, said

    async def all_steps(self, batch: Any) -> Any:
        """Call all steps, each with what the one before answered."""
        for name in STEPS:
            status, batch = await self.step(name, batch)
            assert status == 200, batch
        return batch

    async def a_turn(self, words: str = "Hello", lease: str | None = None) -> dict[str, Any]:
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
                lease or str(uuid7()),
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


def batch_of(*turns: dict[str, Any]) -> dict[str, Any]:
    """Return turns of one lease as they travel while they are under way."""
    return {"lease": turns[0]["lease"], "turns": [each["turn_id"] for each in turns]}


def outcome_of(said: dict[str, Any], turn: dict[str, Any]) -> str | None:
    """Return what became of a turn; None while it is under way. Each turn stands in an answer once."""
    found = [each["outcome"] for each in said["ended"] for name in each["turns"] if name == turn["turn_id"]]
    found += [None for name in said["turns"] if name == turn["turn_id"]]
    [outcome] = found
    return outcome  # type: ignore[no-any-return]


def count_of(said: dict[str, Any]) -> int:
    """Return how many turns, and things that are none, stand in an answer."""
    return len(said["turns"]) + sum(len(each["turns"]) for each in said["ended"])


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
    ended = await flow.all_steps(batch_of(turn))
    assert outcome_of(ended, turn) == "replied"
    assert flow.sent() == 1
    state = await flow.state(turn)
    assert (state["state"], state["lease"]) == ("done", None)
    assert state["decision"] is not None


async def test_each_step_called_twice_in_a_row_does_the_same_as_once(flow: Workflow):
    turn = await flow.a_turn()
    batch = batch_of(turn)
    for name in STEPS:
        first = await flow.step(name, batch)
        second = await flow.step(name, batch)
        assert first[0] == second[0] == 200
        if name != "sync":  # after it, the lease is gone
            assert first == second
        batch = first[1]
    assert flow.sent() == 1
    assert (await flow.state(turn))["state"] == "done"


async def test_a_turn_that_was_cut_off_halfway_is_finished_from_the_start(flow: Workflow):
    turn = await flow.a_turn()
    batch = batch_of(turn)
    for name in ("load", "reply", "send"):
        _, batch = await flow.step(name, batch)
    ended = await flow.all_steps(batch_of(turn))
    assert outcome_of(ended, turn) == "replied"
    assert flow.sent() == 1


async def test_later_steps_without_the_earlier_ones_answer_all_the_same(flow: Workflow):
    turn = await flow.a_turn()
    _, said = await flow.step("send", batch_of(turn))
    assert outcome_of(said, turn) == "replied"
    assert flow.sent() == 1


async def test_turns_that_ended_alike_travel_together(flow: Workflow):
    lease = str(uuid7())
    turns = [await flow.a_turn(lease=lease) for _ in range(3)]
    ended = await flow.all_steps(batch_of(*turns))
    [group] = ended["ended"]
    assert (group["outcome"], sorted(group["turns"])) == ("replied", sorted(each["turn_id"] for each in turns))
    assert ended["turns"] == []
    assert flow.sent() == 3


@pytest.mark.parametrize("key", ["", "wrong", "ключ"])
async def test_a_wrong_key_gets_401_and_nothing_done(flow: Workflow, key: str):
    turn = await flow.a_turn()
    status, said = await flow.step("load", batch_of(turn), key=key)
    assert (status, said["reason"]) == (401, "wrong_key")


async def test_an_unknown_step_is_404_and_names_those_there_are(flow: Workflow):
    status, said = await flow.step("dance", {"turns": []})
    assert status == 404
    assert "load, reply, send, save, sync" in said["title"]


async def test_a_wrong_key_and_a_body_that_is_no_batch_are_logged_with_the_run_they_came_from(flow: Workflow):
    url, run = f"{flow.engine.url}/steps/load", {"X-N8n-Execution-Id": "4711"}
    for key, body in (("wrong", b'{"turns": []}'), (flow.key, b"{"), (flow.key, too_many())):
        status, said = await post(url, body, {"Authorization": f"Bearer {key}", **run})
        assert status in (401, 422)
        assert json.loads(said)["title"].endswith(".")
    for reason in ("wrong_key", "bad_input", "too_many"):
        assert any("4711" in line and reason in line for line in flow.log())


async def test_a_batch_of_everything_that_can_be_wrong_loses_nothing_and_is_logged_by_id(flow: Workflow):
    lease = str(uuid7())
    fresh, half_done, expired = [await flow.a_turn(each, lease) for each in ("fresh", "half", "expired")]
    batch = batch_of(half_done)
    for name in ("load", "reply", "send"):
        _, batch = await flow.step(name, batch)
    await flow.record.execute(
        "update turns set lease = $2, lease_until = now() + interval '60 seconds' where id = $1",
        expired["turn_id"],
        taken_over := str(uuid7()),
    )
    unknown, nothing = {"turn_id": str(uuid7()), "lease": lease}, {"turn_id": "Ana Prado"}
    batch = batch_of(unknown, fresh, half_done, expired)
    batch["turns"].insert(2, nothing["turn_id"])
    ended = await flow.all_steps(batch)
    found = [outcome_of(ended, each) for each in (unknown, fresh, nothing, half_done, expired)]
    assert found == ["lost", "replied", "lost", "replied", "lost"]
    assert all(each["reason"] for each in ended["ended"] if each["outcome"] == "lost")
    assert flow.sent() == 2
    lines = "\n".join(flow.log())
    assert unknown["turn_id"] in lines
    assert expired["turn_id"] in lines
    for person in flow.people:
        assert person.phone not in lines
    assert "Ana Prado" not in lines
    state = await flow.state(expired)
    assert (state["state"], str(state["lease"])) == ("running", taken_over)
    late = await flow.all_steps(batch_of({**expired, "lease": taken_over}))
    assert outcome_of(late, expired) == "replied"
    assert flow.sent() == 3


@pytest.mark.parametrize("name", STEPS)
async def test_an_unknown_turn_and_a_lease_that_is_over_change_nothing(flow: Workflow, name: str):
    turn = await flow.a_turn()
    before = await flow.state(turn)
    unknown, late = {"turn_id": str(uuid7())}, {**turn, "lease": str(uuid7())}
    status, said = await flow.step(name, batch_of(late, unknown))
    assert status == 200
    assert [outcome_of(said, each) for each in (unknown, late)] in (["lost", "lost"], [None, None])
    assert await flow.state(turn) == before
    assert flow.sent() == 0


BROKEN_TURNS: list[Any] = [None, 7, "turn", [], {}, {"turn_id": str(uuid7())}, f"urn:uuid:{uuid7()}", f"{{{uuid7()}}}"]
BROKEN_ENDS: list[Any] = [
    None,
    7,
    {},
    {"outcome": "replied"},
    {"outcome": "dancing", "turns": [str(uuid7())]},
    {"outcome": "replied", "turns": [7]},
    {"outcome": "replied", "turns": ["x"]},
    {"outcome": "waiting", "turns": [str(uuid7())], "wait_seconds": 1e300},
    {"outcome": "waiting", "turns": [str(uuid7())], "wait_seconds": -5},
    {"outcome": "retry", "turns": [str(uuid7())], "reason": "nul \x00 byte"},
    {"outcome": "replied", "turns": [str(uuid7())], "reason": "x" * 100_000},
]


@pytest.mark.parametrize("name", STEPS)
async def test_broken_rows_do_no_harm_to_a_good_one_beside_them(flow: Workflow, name: str):
    turn = await flow.a_turn()
    batch = batch_of(turn)
    for each in STEPS:
        given = batch
        if each == name:
            turns = [*BROKEN_TURNS[:4], *batch["turns"], *BROKEN_TURNS[4:]]
            given = {**batch, "turns": turns, "ended": [*BROKEN_ENDS[:5], *batch.get("ended", []), *BROKEN_ENDS[5:]]}
        status, batch = await flow.step(each, given)
        assert status == 200, batch
    assert outcome_of(batch, turn) == "replied"
    assert count_of(batch) == 1 + len(BROKEN_TURNS) + len(BROKEN_ENDS)
    assert flow.sent() == 1
    assert (await flow.state(turn))["state"] == "done"


async def test_a_batch_of_nothing_but_strays_goes_through_all_steps(flow: Workflow):
    ended = await flow.all_steps({"lease": str(uuid7()), "turns": BROKEN_TURNS})
    assert ended["turns"] == []
    assert count_of(ended) == len(BROKEN_TURNS)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"7", b'{"turns": 7}', b'{"turns": null}', b"\xff", b'{"turns": ["x"]}',
        b'{"lease": 7, "turns": ["x"]}', b'{"lease": "nobody\'s", "turns": ["x"]}', b'{"turns": [], "ended": {}}',
    ],
)  # fmt: skip
async def test_a_body_that_is_no_batch_gets_422(flow: Workflow, body: bytes):
    headers = {"Authorization": f"Bearer {flow.key}"}
    async with flow.session.post(f"{flow.engine.url}/steps/load", data=body, headers=headers) as answer:
        assert answer.status == 422
        assert (await answer.json())["reason"] == "bad_input"


async def test_a_batch_beyond_the_limit_gets_422(flow: Workflow):
    status, said = await flow.step("load", json.loads(too_many()))
    assert (status, said["reason"]) == (422, "too_many")


def too_many() -> bytes:
    """Return a batch of one turn more than a step takes."""
    return json.dumps({"lease": str(uuid7()), "turns": [None] * 513}).encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
ids = st.uuids().map(str) | json_values
ends = json_values | st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(["replied", "waiting", "retry", "superseded", "lost", "quiet", "refused"])
        | json_values,
        "turns": st.lists(ids, max_size=3) | json_values,
    },
    optional={
        "reason": st.text() | json_values,
        "wait_seconds": st.floats(allow_nan=False, allow_infinity=False) | json_values,
    },
)
batches = st.fixed_dictionaries(
    {"lease": ids, "turns": st.lists(ids, max_size=5)}, optional={"ended": st.lists(ends, max_size=4)}
)


@given(name=st.sampled_from(STEPS), batch=batches)
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_sent_to_a_step_is_answered(patient_engine: EngineProcess, name: str, batch: dict[str, Any]):
    key = {"Authorization": f"Bearer {patient_engine.env['LEAD_REVIVER_STEPS_KEY']}"}
    status, said = asyncio.run(post(f"{patient_engine.url}/steps/{name}", json.dumps(batch).encode(), key))
    assert status in (200, 422)
    if status == 200:
        assert count_of(json.loads(said)) >= len({each for each in batch["turns"] if isinstance(each, str)})


async def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Make a request; return the status and what was said."""
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status, await answer.read()
