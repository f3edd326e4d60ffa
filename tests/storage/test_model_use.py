"""What a language model took today is added up from the record, turn by turn."""

from __future__ import annotations

from datetime import timedelta

from lead_reviver.decide.conversation import Decision
from lead_reviver.storage.database import lent
from lead_reviver.storage.model_use import Use, use_since
from tests.builders import Person
from tests.fakes import ScriptedLlm
from tests.integration.workbench import Workbench


def decided(tokens_in: int, cached: int, micros: int, took_ms: int) -> Decision:
    return Decision(
        "answer", "It was asked.", text=f"Noted {tokens_in}", model="openai:small", tokens_in=tokens_in, tokens_out=80,
        tokens_cached=cached, cost_micros=micros, cost_currency="USD" if micros else None, took_ms=took_ms,
    )  # fmt: skip


async def test_what_models_took_is_said_with_cached_share_cost_and_time(bench: Workbench):
    script = [decided(900, 640, 412, 1200), decided(1000, 700, 500, 800), decided(0, 0, 0, 0)]
    bench = bench.with_parts(llm=ScriptedLlm(*script))
    for _ in script:
        await bench.hears(Person(), "Hello")
        assert await bench.answer() == "replied"
    turns = await bench.rows("select cost_micros, took_ms from public.turns where workspace_id = $1 order by id")
    assert [(each["cost_micros"], each["took_ms"]) for each in turns] == [(412, 1200), (500, 800), (0, 0)]
    async with lent(bench.pool) as connection:
        today = await use_since(connection, bench.workspace.workspace_id, bench.clock() - timedelta(hours=1))
        later = await use_since(connection, bench.workspace.workspace_id, bench.clock() + timedelta(hours=1))
    assert today == Use(2, 1900, 160, 1340, 912, "USD", 1000)
    assert later == Use(0, 0, 0, 0, 0, None, 0)
