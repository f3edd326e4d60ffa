"""Tokens of models, counted by conversation, workspace and day."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from lead_reviver.state import keys
from lead_reviver.state.model_budget import Limits, RedisBudget
from tests.integration.workbench import Workbench

MANY = 10**12


def a_budget(bench: Workbench, conversation: int = MANY, workspace: int = MANY, day: int = MANY) -> RedisBudget:
    return RedisBudget(bench.redis, Limits(conversation, workspace, day), bench.clock)


async def test_a_conversation_that_used_up_its_tokens_gets_no_more_today(bench: Workbench):
    budget, workspace, ana, ben = a_budget(bench, conversation=100), str(uuid4()), str(uuid4()), str(uuid4())
    await budget.spend(workspace, ana, 99)
    assert await budget.used_up(workspace, ana) is None
    await budget.spend(workspace, ana, 1)
    assert await budget.used_up(workspace, ana) == "conversation"
    assert await budget.used_up(workspace, ben) is None


async def test_conversations_of_a_workspace_share_its_budget(bench: Workbench):
    budget, workspace = a_budget(bench, workspace=100), str(uuid4())
    await budget.spend(workspace, str(uuid4()), 60)
    await budget.spend(workspace, str(uuid4()), 60)
    assert await budget.used_up(workspace, str(uuid4())) == "workspace"
    assert await budget.used_up(str(uuid4()), str(uuid4())) is None


async def test_everybody_shares_the_day(bench: Workbench):
    await a_budget(bench).spend(str(uuid4()), str(uuid4()), 10)
    assert await a_budget(bench, day=10).used_up(str(uuid4()), str(uuid4())) == "day"


async def test_tomorrow_there_is_a_new_budget(bench: Workbench):
    budget, workspace, ana = a_budget(bench, conversation=100), str(uuid4()), str(uuid4())
    await budget.spend(workspace, ana, 100)
    bench.clock.moved += timedelta(days=1)
    assert await budget.used_up(workspace, ana) is None


async def test_no_tokens_at_all_means_no_model(bench: Workbench):
    assert await a_budget(bench, conversation=0).used_up(str(uuid4()), str(uuid4())) == "conversation"


async def test_every_counter_ends_by_itself(bench: Workbench):
    budget, workspace, ana = a_budget(bench), str(uuid4()), str(uuid4())
    await budget.spend(workspace, ana, 5)
    today = bench.clock().date()
    for whose in (f"conversation:{ana}", f"workspace:{workspace}", "all"):
        left = await bench.redis.ttl(keys.model_tokens(today, whose))
        assert 0 < left <= keys.MODEL_TOKENS_TTL.total_seconds()
