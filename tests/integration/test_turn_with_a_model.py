"""A whole turn with a language model, through the real steps, Postgres and Redis; the provider is a scripted server."""

from __future__ import annotations

from pydantic_ai.models import override_allow_model_requests

from lead_reviver.reply.models import ModelChoice, model_called
from lead_reviver.reply.responder import find_shipped
from lead_reviver.state.model_budget import Limits, RedisBudget
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.reply.model_stand_in import ModelStandIn, a_model_stand_in, a_proposal, fails

SPENT = "select model, tokens_in, tokens_out, tokens_cached, decision from public.turns where workspace_id = $1"


def with_model(bench: Workbench, provider: ModelStandIn, tokens: int = 10_000) -> Workbench:
    """Return the bench with a model behind its responder."""
    budget = RedisBudget(bench.redis, Limits(tokens, 10**9, 10**12), bench.clock)
    return bench.with_parts(
        llm=model_called(ModelChoice("openai:small", provider.url), find_shipped, budget, production=False)
    )


async def test_what_a_turn_took_is_in_the_record(bench: Workbench):
    async with a_model_stand_in() as provider:
        with override_allow_model_requests(True):
            provider.will(a_proposal("Nice to hear from you."))
            bench = with_model(bench, provider)
            await bench.hears(Person(), "heya, three bedrooms")
            await bench.run()
    [turn] = await bench.rows(SPENT)
    assert (turn["model"], turn["tokens_in"], turn["tokens_out"], turn["tokens_cached"]) == (
        "openai:small",
        900,
        80,
        640,
    )
    assert turn["decision"]["took_ms"] > 0
    [sent] = bench.sent()
    assert "Nice to hear from you." in sent.text


async def test_a_lead_whose_model_is_away_or_used_up_is_answered_all_the_same(bench: Workbench):
    async with a_model_stand_in() as provider:
        with override_allow_model_requests(True):
            provider.will(fails(503), fails(503), a_proposal("Glad you wrote."))
            bench = with_model(bench, provider, tokens=900)
            for name in ("Ana", "Ben"):
                await bench.hears(Person(name=name), "heya, three bedrooms")
                await bench.run()
            await bench.hears(Person(name="Cem"), "heya, three bedrooms")
            await bench.run()
    assert len(bench.sent()) == 3
    assert len(provider.asked) == 4
