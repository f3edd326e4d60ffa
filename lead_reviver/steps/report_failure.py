"""A run of a workflow failed: record it, and take back the turns that it leaves behind."""

from __future__ import annotations

import logging
import re
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from lead_reviver.state import runs
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.sync import give_back
from lead_reviver.steps.turn_ref import TurnRef
from lead_reviver.storage import turns, workflows
from lead_reviver.storage.database import new_id, transaction
from lead_reviver.storage.workflows import Failure

log = logging.getLogger(__name__)

LONGEST_REASON = 300
_PERSONAL = re.compile(
    r"""
    "[^"]*" | '[^']*'           # what was quoted may be what a lead wrote
    | \S+@\S+                   # e-mail addresses
    | [a-z]+://\S+              # addresses of any kind
    | \+?\d[\d\s().-]{4,}\d    # numbers as long as a phone number's
    """,
    re.VERBOSE | re.IGNORECASE,
)


async def report_failure(
    parts: Parts,
    *,
    workflow_id: str,
    workflow_name: str,
    execution_id: str | None,
    node: str | None,
    reason: str,
    batch: int | None,
) -> dict[str, Any]:
    """Record a failed run; return {"known": whether it was reported before, "turns": how many were taken back}.

    `batch` is the size of the batch where the workflow answers the relay itself, which then sees to the turns; None
    when the run ended without a word, and what its lease still holds is given back here: tried again, then parked.
    """
    said = without_personal_data(reason)
    taken = batch or 0
    if batch is None and execution_id is not None:
        taken = await _take_back(parts, execution_id, f"n8n: {node or workflow_name}: {said}")
    now = parts.clock()
    failure = Failure(
        id=_id_of(workflow_id, execution_id, f"{node}:{said}:{now:%Y-%m-%dT%H}" if batch == 0 else None),
        workflow_id=workflow_id[:100],
        workflow_name=workflow_name[:200],
        execution_id=execution_id and execution_id[:100],
        node=node and node[:200],
        reason=said,
        turns=taken,
        failed_at=now,
    )
    async with transaction(parts.pool) as connection:
        new = await workflows.record_failure(connection, failure)
    log.warning("workflow %s failed in execution %s at %s", failure.workflow_id, execution_id, failure.node)
    return {"known": not new, "turns": taken}


def _id_of(workflow_id: str, execution_id: str | None, probed: str | None) -> str:
    """Return the same id for the same failure.

    The relay probes a workflow that fails every few seconds with an empty batch, until it is mended: for those runs it
    is what failed (`probed`), and not which run.
    """
    which = probed or execution_id
    return str(uuid5(NAMESPACE_URL, f"lead-reviver:{workflow_id}:{which}")) if which else new_id()


async def _take_back(parts: Parts, execution_id: str, reason: str) -> int:
    lease = await runs.lease_of_execution(parts.redis, execution_id)
    if lease is None:
        return 0
    left = await turns.held(parts.pool, lease)
    for turn_id in left:
        await give_back(parts, TurnRef(turn_id, lease, "retry", reason))
    return len(left)


def without_personal_data(text: str) -> str:
    """Return the first line of what n8n said, without quotations, addresses and long numbers."""
    first = text.replace("\0", "").strip().partition("\n")[0]
    return _PERSONAL.sub("…", first)[:LONGEST_REASON] or "no reason given"
