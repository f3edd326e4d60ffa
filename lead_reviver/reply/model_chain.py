"""Ask one model after the other until one answers, and leave alone those that keep failing.

A failure that may pass is tried once more, after a short wait. After `TRIES_BEFORE_REST` failures in a row a model
rests, each time twice as long, and is then asked once to see whether it is back.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from lead_reviver import metrics
from lead_reviver.reply.proposal import Answered, Model, ModelFailed, Prompt, Sleep, Spent

log = logging.getLogger(__name__)

TRIES_BEFORE_REST: Final = 3
SHORTEST_REST: Final = 30.0
LONGEST_REST: Final = 600.0
"""Seconds."""
LONGEST_WAIT: Final = 2.0
"""A lead is waiting: a provider that wants a longer pause counts as away."""
_AGAIN: Final = frozenset({"busy", "nonsense"})


class Breaker:
    """Whether a model is worth asking. One per model and process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._rests = 0
        self._until = 0.0

    def lets_through(self) -> bool:
        """Whether the model may be asked; after a rest only one caller at a time may try."""
        if self._clock() < self._until:
            return False
        if self._rests:
            self._until = self._clock() + SHORTEST_REST
        return True

    def succeeded(self) -> None:
        """The model answers."""
        self._failures = self._rests = 0
        self._until = 0.0

    def failed(self, *, for_good: bool = False) -> None:
        """The model failed; `for_good` when asking again cannot help, e.g. because the key is wrong."""
        self._failures += 1
        if for_good or self._rests or self._failures >= TRIES_BEFORE_REST:
            self._until = self._clock() + min(LONGEST_REST, SHORTEST_REST * 2**self._rests)
            self._rests += 1


class Chain:
    """Models in the order in which they are asked. Implements `Model`."""

    def __init__(
        self,
        models: Sequence[Model],
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._links = [(each, Breaker(clock)) for each in models]
        self._clock, self._sleep = clock, sleep
        self.name = ",".join(each.name for each in models)

    async def propose(self, prompt: Prompt) -> Answered:
        """Return the first answer. Raises the last `ModelFailed`, with what all tries together used up."""
        spent = Spent()
        last = ModelFailed(self.name, "resting")
        for model, breaker in self._links:
            if not breaker.lets_through():
                continue
            try:
                answered = await self._ask(model, breaker, prompt)
            except ModelFailed as failed:
                spent, last = spent + failed.spent, failed
                if failed.failure == "refused":  # it does not want to; no other model is talked into it
                    break
                continue
            return Answered(answered.proposal, answered.model, spent + answered.spent)
        raise ModelFailed(last.model, last.failure, spent)

    async def _ask(self, model: Model, breaker: Breaker, prompt: Prompt) -> Answered:
        """Ask one model, twice where that may help."""
        spent = Spent()
        for is_last in (False, True):
            started = self._clock()
            try:
                answered = await model.propose(prompt)
            except ModelFailed as failed:
                metrics.MODEL_CALLS.labels(failed.failure).inc()
                log.warning("model %s: %s", model.name, failed.failure)
                spent += failed.spent
                if failed.failure != "refused":
                    breaker.failed(for_good=failed.failure == "denied")
                wait = failed.wait if failed.wait is not None else random.uniform(0.1, 0.4)  # noqa: S311 - a pause
                if is_last or failed.failure not in _AGAIN or wait > LONGEST_WAIT:
                    raise ModelFailed(model.name, failed.failure, spent) from None
                await self._sleep(wait)
            else:
                breaker.succeeded()
                metrics.MODEL_CALLS.labels("answered").inc()
                metrics.MODEL_SECONDS.observe(self._clock() - started)
                return Answered(answered.proposal, answered.model, spent + answered.spent)
        raise AssertionError("the second try returns or raises")
