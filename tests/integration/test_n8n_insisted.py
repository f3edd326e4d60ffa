"""An operator insists on n8n (LEAD_REVIVER_RUNNER=n8n): nobody stands in, and its absence parks nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from lead_reviver.state.redis import connect
from tests.builders import Person, a_body, a_change, a_status, a_text, statuses_of
from tests.integration.engine_process import free_port
from tests.integration.n8n_stand_in import (
    Behaviour,
    N8nStandIn,
    RelayWithN8n,
    a_relay,
    an_n8n,
    breaks_off,
    fails_at,
    falls_silent,
    refuses,
    says,
    steps_over_http,
)
from tests.integration.workbench import Workbench
from tests.real_stack import eventually


@pytest.fixture
def strict(bench: Workbench) -> Workbench:
    """A single try that counts parks a turn."""
    return bench.with_parts(max_attempts=1, retry_wait=timedelta(seconds=0.05))


@contextlib.asynccontextmanager
async def an_office(bench: Workbench) -> AsyncIterator[tuple[N8nStandIn, RelayWithN8n]]:
    async with (
        steps_over_http(bench) as steps_url,
        an_n8n(steps_url) as n8n,
        a_relay(bench, n8n, "n8n", ask_every=0.1) as relay,
    ):
        yield n8n, relay


async def writes(bench: Workbench, person: Person, words: str = "Hello") -> None:
    change = a_change(bench.number, contacts=[person.contact()], messages=[a_text(person, words)])
    await bench.keep(a_body(change))


async def until(bench: Workbench, state: str, seconds: float = 15) -> Any:
    """Wait until the only turn is in this state."""

    async def there() -> Any:
        rows = await bench.rows("select * from turns where workspace_id = $1")
        return rows[0] if rows and rows[0]["state"] == state else None

    return await eventually(there, seconds, f"the turn is {state}", every=0.02)


async def test_turns_wait_for_an_n8n_that_is_not_there(strict: Workbench):
    async with an_office(strict) as (n8n, relay):
        await n8n.die()
        relay.health.failed(ConnectionError("gone"))
        await writes(strict, Person())
        await until(strict, "gathering")
        await asyncio.sleep(2.5)
        turn = await until(strict, "gathering")
        assert (turn["attempts"], turn["runner"]) == (0, None)
        assert strict.sent() == []
        await n8n.start()
        turn = await until(strict, "done")
    assert (turn["attempts"], turn["runner"]) == (1, "n8n")
    assert len(strict.sent()) == 1


AWAY: dict[str, Behaviour] = {
    "does not know the key": refuses(401),
    "has no such workflow": refuses(404),
    "is not ready": refuses(503),
    "dies at once": breaks_off(None),
    "dies before send": breaks_off("reply"),
    "dies after send": breaks_off("send"),
    "falls silent": falls_silent(None),
}


@pytest.mark.parametrize("what", AWAY)
async def test_it_counts_as_no_try_when_n8n(strict: Workbench, what: str):
    async with an_office(strict) as (n8n, _):
        n8n.will(AWAY[what], AWAY[what])
        await writes(strict, Person())
        turn = await until(strict, "done")
        assert len(n8n.batches) >= 3
    assert turn["runner"] == "n8n"
    assert turn["attempts"] <= 1
    assert len(strict.sent()) == 1


BROKEN: dict[str, Behaviour] = {
    "fails at reply": fails_at("reply"),
    "fails": refuses(500),
    "talks nonsense": says(b"<html>"),
    "speaks of other turns": says(b'{"turns": []}'),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("probes", ["probes go through", "probes fail too"])
async def test_a_turn_is_parked_with_its_reason_when_the_workflow(strict: Workbench, what: str, probes: str):
    bench = strict.with_parts(max_attempts=2)
    async with an_office(bench) as (n8n, _):
        n8n.will(*[BROKEN[what]] * 5)
        if probes == "probes fail too":
            n8n.always = BROKEN[what]
        await writes(bench, Person())
        turn = await until(bench, "parked")
    assert turn["attempts"] == 2
    assert "n8n" in turn["reason"]
    assert "n8n" in (await bench.conversation())["waiting_reason"]
    assert bench.sent() == []


async def test_an_outage_of_redis_parks_no_turn(strict: Workbench):
    """The steps fail without Redis, and so does the workflow; that is no fault of the turn."""
    away = connect(f"redis://127.0.0.1:{free_port()}")
    async with an_office(strict.with_parts(redis=away)) as (n8n, _):
        await writes(strict, Person())

        async def tried() -> bool:
            return len(n8n.batches) >= 2

        await eventually(tried, 20, "the batch at n8n, again and again")
    await away.aclose()
    [turn] = await strict.rows("select * from turns where workspace_id = $1")
    assert turn["state"] != "parked"
    async with an_office(strict):
        await strict.make_due()
        await until(strict, "done")


async def test_statuses_are_applied_all_the_same_while_n8n_is_away(strict: Workbench):
    ana = Person()
    async with an_office(strict) as (n8n, _):
        await writes(strict, ana)
        await until(strict, "done")
        [call] = strict.sent()
        await n8n.die()
        status = a_status(call.wamid or "", "delivered", ana, outbox_id=call.outbox_id)
        await strict.keep(statuses_of(strict.number, status))

        async def delivered() -> bool:
            return [each["status"] for each in await strict.messages()] == ["delivered"]

        await eventually(delivered, 10, "the status applied")
