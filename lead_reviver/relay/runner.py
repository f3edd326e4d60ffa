"""Who runs the steps of a batch: n8n's workflow, or this process itself. They stand in for each other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Literal, Protocol

from lead_reviver import metrics
from lead_reviver.errors import BadInput, SettingsError
from lead_reviver.n8n.calls import N8nAway, N8nCalls, N8nLost, WorkflowFailed
from lead_reviver.state import runs
from lead_reviver.state.redis import StateAway
from lead_reviver.state.runs import Sign
from lead_reviver.steps.batch_body import body_of, read_body
from lead_reviver.steps.order import STEPS
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import Batch, TurnRef

log = logging.getLogger(__name__)

INBOUND = "inbound-messages"
"""Path of the webhook of the workflow "Process inbound messages"."""
LONGEST_STEP_SECONDS = 180.0
"""A step that is at work for longer has died with its engine."""
LOOK_SECONDS = 0.5
"""How often the signs of life of a run are looked at."""
SLOW = 2.0
"""n8n may take this many times its patience for a batch, not counting the steps, however lively it is."""

Setting = Literal["auto", "n8n", "inline"]


class Runner(Protocol):
    """Runs the steps of a batch of turns."""

    name: str
    """Stored with the turn: "inline" or "n8n"."""

    async def run(self, batch: Batch) -> list[TurnRef]:
        """Run all steps; return what became of each turn. Raises when the batch as a whole could not be run."""
        ...


class InlineRunner:
    """Calls the steps one after the other in this process."""

    name = "inline"

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def run(self, batch: Batch) -> list[TurnRef]:
        """Run all steps over the batch."""
        refs = list(batch)
        for step in STEPS.values():
            refs = await step(self._parts, refs)
        return refs


class N8nRunner:
    """Hands the batch to n8n's workflow, which calls the steps over HTTP."""

    name = "n8n"

    def __init__(self, parts: Parts, calls: N8nCalls, patience: float) -> None:
        """`patience`: seconds without a sign of life after which n8n is given up; after `SLOW` times as many anyway."""
        self._parts = parts
        self._calls = calls
        self._patience = patience

    async def run(self, batch: Batch) -> list[TurnRef]:
        """Run all steps over the batch.

        Raises `N8nAway` when nothing has begun, `WorkflowFailed` or `N8nLost` when some of it may have happened: then
        look at what the lease still holds before anybody else runs it.
        """
        lease = batch[0].lease if batch else ""
        answer = await self._while_alive(self._calls.call(INBOUND, body_of(lease, batch)), lease)
        return _turns_of(answer, batch)

    async def probe(self) -> None:
        """Send an empty batch all the way through the workflow. Raises like `run`."""
        await self.run([])

    async def _while_alive(self, call: Coroutine[Any, Any, Any], lease: str) -> Any:
        """Wait for the answer while n8n keeps at it: a slow model is no reason to give n8n up, a slow n8n is."""
        began = looked = time.monotonic()
        own = 0.0  # seconds in which no step of ours was at work
        task = asyncio.ensure_future(call)
        try:
            while True:
                done, _ = await asyncio.wait({task}, timeout=LOOK_SECONDS)
                if done:
                    return task.result()
                sign = await self._last_sign(lease)
                passed, looked = time.monotonic() - looked, time.monotonic()
                if sign is not None and sign.under_way and sign.age < LONGEST_STEP_SECONDS:
                    continue
                own += passed
                silent = looked - began if sign is None else min(looked - began, sign.age)
                if silent >= self._patience:
                    raise N8nLost(f"n8n has shown no sign of life for {self._patience:g} s.")
                if own >= self._patience * SLOW:
                    raise N8nLost(f"n8n is too slow: it has let {own:.0f} s pass between the steps.")
        finally:
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, N8nAway, WorkflowFailed):
                    await task

    async def _last_sign(self, lease: str) -> Sign | None:
        """Return the run's latest sign of life; None when it gave none, or Redis is away."""
        try:
            return await runs.last_sign(self._parts.redis, lease) if lease else None
        except StateAway:
            return None


def _turns_of(answer: Any, batch: Batch) -> list[TurnRef]:
    """Read n8n's answer. Raises `WorkflowFailed` when it is not about this batch."""
    try:
        turns = read_body(answer).batch
    except BadInput as error:
        raise WorkflowFailed("n8n answered 200 with something that is no batch of turns.") from error
    if {(each.turn_id, each.lease) for each in turns} != {(each.turn_id, each.lease) for each in batch}:
        raise WorkflowFailed("n8n answered about other turns than those it was given.")
    return turns


class Health:
    """Whether n8n is healthy: seen by every call, and asked every few seconds while nothing is called."""

    DOWN_SECONDS = 2.0
    UP_SECONDS = 5.0

    def __init__(self, probe: Callable[[], Awaitable[None]], ready: Callable[[], Awaitable[bool]]) -> None:
        """`probe` goes all the way through the workflow; `ready` only asks the server."""
        self._probe = probe
        self._ready = ready
        self._task: asyncio.Task[None] | None = None
        self._doubted = asyncio.Event()
        self.was_up = False
        self.is_up = False
        self.is_away = True
        """n8n itself is not there, or not seen yet; False while only its workflow fails."""
        self.detail = "not asked yet"

    def start(self) -> None:
        """Begin to ask."""
        self._task = asyncio.create_task(self._watch(), name="n8n health")

    async def stop(self) -> None:
        """Stop asking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def failed(self, error: Exception) -> None:
        """Say that a call failed: n8n gets nothing more until it has answered a probe."""
        if self.is_up:
            log.warning("n8n is given up for now: %s", error)
        self.is_up, self.is_away, self.detail = False, is_away(error), str(error)
        self._doubted.set()
        metrics.N8N_UP.set(0)

    async def _watch(self) -> None:
        while True:
            self._doubted.clear()
            try:
                await self._ask()
            except Exception as error:
                if not isinstance(error, N8nAway | WorkflowFailed):
                    log.exception("n8n could not be asked")
                self.failed(error)
                # A workflow that fails is mended by a person, and each probe of it leaves a failed run behind in n8n.
                await asyncio.sleep(self.DOWN_SECONDS if self.is_away else self.UP_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._doubted.wait(), self.UP_SECONDS)
                await asyncio.sleep(self.DOWN_SECONDS)

    async def _ask(self) -> None:
        if self.is_up:
            if not await self._ready():
                raise N8nAway("n8n does not say that it is ready.")
            return
        await self._probe()
        self.is_up = self.was_up = True
        self.is_away, self.detail = False, "answers"
        metrics.N8N_UP.set(1)
        log.info("n8n is healthy")


def is_away(error: Exception) -> bool:
    """Whether n8n itself was the trouble, and nothing that it was given to do."""
    return not isinstance(error, WorkflowFailed) or isinstance(error, N8nLost)


class Runners:
    """Chooses who takes the next batch, and who stands in when that one fails."""

    def __init__(self, setting: Setting, inline: InlineRunner, n8n: N8nRunner | None, health: Health | None) -> None:
        """Raises `SettingsError` when n8n is insisted on and no address is set."""
        if setting == "n8n" and n8n is None:
            raise SettingsError(
                "LEAD_REVIVER_RUNNER is 'n8n', but LEAD_REVIVER_N8N_URL and LEAD_REVIVER_N8N_WEBHOOK_KEY are not set; "
                "set them, or set it to 'auto' or 'inline'."
            )
        self.setting = setting
        self.inline = inline
        self._n8n = None if setting == "inline" else n8n
        self.health = None if setting == "inline" else health

    @property
    def current(self) -> Runner:
        """Who takes the next batch."""
        if self._n8n is None:
            return self.inline
        return self._n8n if self.setting == "n8n" or (self.health and self.health.is_up) else self.inline

    @property
    def is_waiting(self) -> bool:
        """Whether nobody may take a batch now: n8n is insisted on, and is away."""
        return self.setting == "n8n" and self.health is not None and self.health.is_away

    @property
    def stand_in(self) -> Runner | None:
        """Who takes over when n8n fails; None when it is n8n or nobody."""
        return None if self.setting == "n8n" else self.inline

    def failed(self, error: Exception) -> None:
        """Say that n8n failed."""
        if self.health is not None:
            self.health.failed(error)
