"""Queue mode: n8n's main process, a webhook processor and two workers, with two engines; one worker is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest

from tests.fakes import GraphStandIn
from tests.integration.engine_process import EngineProcess, an_engine
from tests.integration.under_fire import all_answered, check_answers, own_number, picture, turns_by_runner
from tests.real_stack import RealStack, eventually, running_stack

LEADS = 50
MESSAGES = 200


@pytest.fixture(scope="module")
def queue() -> Iterator[RealStack]:
    settings = {"LEAD_REVIVER_MODEL": "echo", "LEAD_REVIVER_QUIET_SECONDS": "0.2"}
    with running_stack(n8n=True, n8n_workers=2, env=settings) as stack:
        yield stack


@pytest.fixture(scope="module")
def second_engine(queue: RealStack, graph: GraphStandIn) -> Iterator[EngineProcess]:
    """Another engine on the same database, the same n8n and the same simulator."""
    with an_engine(queue, graph, WHATSAPP_GRAPH_URL=queue.env["WHATSAPP_GRAPH_URL"]) as running:
        yield running


async def test_two_workers_and_two_engines_answer_every_message_once(queue: RealStack, second_engine: EngineProcess):
    await own_number(queue)
    async with aiohttp.ClientSession(queue.urls["simulator"]) as phone:
        for url in (queue.urls["gateway"], second_engine.url):
            await eventually(lambda url=url: hands_turns_to_n8n(str(url)), 120, "n8n gets the turns")
        async with phone.patch("/simulator/control", json={"rate_per_second": None}) as answer:
            assert answer.status == 200
        load = {"messages": MESSAGES, "leads": LEADS, "per_body": 1, "lanes": 4, "per_second": 10}
        writing = asyncio.create_task(inject(phone, load))
        await asyncio.sleep(MESSAGES / 10 / 2)
        queue.kill("n8n-worker-1")
        wamids = await writing
        try:
            await eventually(lambda: all_answered(queue, wamids), 90, "an answer to every message", every=0.5)
        except AssertionError:
            print(await picture(queue))
            raise
        sent = (await (await phone.get("/simulator/sent")).json())["messages"]
    await check_answers(queue, sent)
    by_runner = await turns_by_runner(queue)
    print(by_runner)
    assert by_runner.get("n8n", 0) > MESSAGES / 4, "n8n carried too little"


async def inject(phone: aiohttp.ClientSession, load: dict[str, int]) -> set[str]:
    async with phone.post("/simulator/inject", json=load, timeout=aiohttp.ClientTimeout(300)) as answer:
        assert answer.status == 200, await answer.text()
        return set((await answer.json())["wamids"])


async def hands_turns_to_n8n(url: str) -> bool:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        return "lead_reviver_n8n_up 1.0" in await answer.text()
