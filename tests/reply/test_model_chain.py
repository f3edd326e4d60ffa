"""Which model is asked, and when one is left alone."""

from __future__ import annotations

import pytest

from lead_reviver.reply.model_chain import SHORTEST_REST, TRIES_BEFORE_REST, Chain
from lead_reviver.reply.proposal import Answered, ModelFailed, Prompt, Spent
from tests.reply.model_stand_in import a_proposal

PROMPT = Prompt("rules", "turn")


class Clock:
    """Time that passes when a test says so, and while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ModelOf:
    """Fails as often as told, then answers."""

    def __init__(self, name: str, *failures: str, wait: float | None = None) -> None:
        self.name, self.failures, self.wait = name, list(failures), wait
        self.asked = 0

    async def propose(self, _: Prompt) -> Answered:
        self.asked += 1
        if self.failures:
            raise ModelFailed(self.name, self.failures.pop(0), Spent(tokens_in=7), self.wait)
        return Answered(a_proposal(), self.name, Spent(10, 2))


def a_chain(clock: Clock, *models: ModelOf) -> Chain:
    return Chain(models, clock, clock.sleep)


async def failing(chain: Chain) -> ModelFailed:
    with pytest.raises(ModelFailed) as error:
        await chain.propose(PROMPT)
    return error.value


async def test_what_failed_tries_used_up_is_counted_too():
    clock = Clock()
    answered = await a_chain(clock, ModelOf("first", "busy", "busy"), ModelOf("second", "nonsense")).propose(PROMPT)
    assert (answered.model, answered.spent) == ("second", Spent(7 + 7 + 7 + 10, 2))


async def test_a_model_that_keeps_failing_rests_and_is_not_asked():
    clock = Clock()
    model = ModelOf("first", *["timeout"] * TRIES_BEFORE_REST)
    chain = a_chain(clock, model)
    for _ in range(TRIES_BEFORE_REST):
        assert (await failing(chain)).failure == "timeout"
    assert (await failing(chain)).failure == "resting"
    assert model.asked == TRIES_BEFORE_REST


async def test_after_its_rest_it_is_asked_once_and_comes_back():
    clock = Clock()
    model = ModelOf("first", *["timeout"] * TRIES_BEFORE_REST)
    chain = a_chain(clock, model)
    for _ in range(TRIES_BEFORE_REST):
        await failing(chain)
    clock.now += SHORTEST_REST
    assert (await chain.propose(PROMPT)).model == "first"
    assert (await chain.propose(PROMPT)).model == "first"


async def test_each_rest_is_twice_as_long():
    clock = Clock()
    model = ModelOf("first", *["timeout"] * (TRIES_BEFORE_REST + 1))
    chain = a_chain(clock, model)
    for _ in range(TRIES_BEFORE_REST):
        await failing(chain)
    clock.now += SHORTEST_REST
    assert (await failing(chain)).failure == "timeout"
    clock.now += SHORTEST_REST
    assert (await failing(chain)).failure == "resting"
    clock.now += SHORTEST_REST
    assert (await chain.propose(PROMPT)).model == "first"


async def test_a_wrong_key_rests_at_once_and_the_next_model_answers():
    clock = Clock()
    first, second = ModelOf("first", "denied"), ModelOf("second")
    chain = a_chain(clock, first, second)
    for _ in range(3):
        assert (await chain.propose(PROMPT)).model == "second"
    assert first.asked == 1


async def test_a_provider_that_says_when_is_asked_then():
    clock = Clock()
    await a_chain(clock, ModelOf("first", "busy", wait=1.5)).propose(PROMPT)
    assert clock.slept == [1.5]


async def test_a_refusal_is_no_failure_of_the_model():
    clock = Clock()
    model = ModelOf("first", *["refused"] * 5)
    chain = a_chain(clock, model)
    for _ in range(5):
        assert (await failing(chain)).failure == "refused"
    assert (await chain.propose(PROMPT)).model == "first"
