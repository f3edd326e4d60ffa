"""Two engines side by side on one database: every lead is answered, and by one of them alone."""

from __future__ import annotations

import asyncio

from tests.builders import Person, a_text, messages_of
from tests.fakes import GraphStandIn
from tests.integration.engine_process import a_business_number, an_engine
from tests.real_stack import RealStack, eventually


async def test_two_engines_answer_every_lead_once(postgres_and_redis: RealStack, graph: GraphStandIn):
    number = await a_business_number(postgres_and_redis)
    people = [Person() for _ in range(60)]
    with an_engine(postgres_and_redis, graph) as first, an_engine(postgres_and_redis, graph) as second:
        for n, person in enumerate(people):
            body = messages_of(number, person, a_text(person, "Hello"))
            # Each webhook reaches both, as when Meta repeats one.
            assert {await each.post(body) for each in ((first, second) if n % 3 else (second,))} == {200}

        async def all_answered() -> bool:
            return {each.to for each in graph.sent_from(number)} == {each.phone for each in people}

        await eventually(all_answered, 30, "every lead answered")
        await asyncio.sleep(1)
    assert len(graph.sent_from(number)) == len(people)
