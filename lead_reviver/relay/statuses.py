"""Delivery statuses by way of n8n's workflow, many at once; the relay applies them itself while n8n is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from lead_reviver.n8n.calls import N8nAway, N8nCalls, WorkflowFailed
from lead_reviver.relay.intake import BATCH, Rules, take_in
from lead_reviver.relay.intake_batch import Batch
from lead_reviver.steps.parts import Parts

log = logging.getLogger(__name__)

PATH = "delivery-statuses"
"""Path of the webhook of the workflow "Apply delivery statuses"."""
GATHER_SECONDS = 0.5
"""Statuses come in threes within seconds; one run of the workflow takes what has come by then."""
LIMIT_SECONDS = 5.0
"""Well below the silence after which an unsettled send counts as not sent: a status may be about to settle it."""
REST_SECONDS = 8.0
"""So long the relay applies statuses itself after n8n failed to."""


class Statuses:
    """Asks n8n to apply the statuses that wait, one run at a time.

    Whoever is asked to run turns, statuses never wait for n8n: one of them may say that a message was sent, and
    without it the message would go out again.
    """

    def __init__(self, n8n: N8nCalls, done: Callable[[], None]) -> None:
        """`done` hears that the queue is worth another look."""
        self._n8n = n8n
        self._done = done
        self._rests_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> bool:
        """Let n8n apply the statuses that wait; False when it cannot now, and the caller has to."""
        if time.monotonic() < self._rests_until:
            return False
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="statuses by way of n8n")
        return True

    async def stop(self) -> None:
        """Stop asking; what n8n has begun ends by itself."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        try:
            more = True
            while more:
                async with asyncio.timeout(LIMIT_SECONDS):
                    more = _more(await self._n8n.call(PATH, {}))
        except (N8nAway, WorkflowFailed, TimeoutError) as error:
            log.warning("statuses are applied without n8n: %s", str(error) or "it takes too long")
            self._rests_until = time.monotonic() + REST_SECONDS
        self._done()


def _more(answer: Any) -> bool:
    """Read n8n's answer. Raises `WorkflowFailed` when it is none of ours."""
    if not isinstance(answer, dict) or not isinstance(answer.get("more"), bool):
        raise WorkflowFailed("n8n answered 200 with something that says nothing about statuses.")
    return bool(answer["more"])


async def apply_statuses(parts: Parts, rules: Rules) -> dict[str, Any]:
    """Apply the oldest statuses; what the workflow gets: {"applied", "more", "failed": [...]}.

    Raises `TryAgainLater` when the database is away; the statuses wait on.
    """
    failed: list[dict[str, Any]] = []

    def seen(batch: Batch) -> None:
        failed.extend(
            {
                "message_id": each.id,
                "conversation_id": each.conversation_id,
                "workspace_id": each.workspace_id,
                "error_code": each.error_code,
                "reason": each.reason,
            }
            for each in batch.failed
        )

    applied = await take_in(parts.pool, parts.redis, rules, parts.clock, statuses=True, wait=True, seen=seen)
    return {"applied": applied, "more": applied >= BATCH, "failed": failed}
