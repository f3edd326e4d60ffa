"""What the branches of the workflow get: the turns that ended in something worth knowing outside."""

from __future__ import annotations

from typing import Any

from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import Batch
from lead_reviver.storage import turns

NOTABLE = ("booked", "handed_over", "opted_out")
HOT_STAGE = "qualified"


async def outcomes(parts: Parts, batch: Batch) -> list[dict[str, Any]]:
    """Return one row for each notable outcome of a finished batch; a turn may have two (booked and hot).

    Rows: {"outcome": booked | handed_over | opted_out | hot | failed, "turn_id", "conversation_id", "lead_id",
    "workspace_id", "meeting_id", "reason", "link"}: ids and plain words, nothing that a lead wrote.
    """
    by_id = {each.turn_id: each for each in batch if each.outcome != "lost"}
    if not by_id:
        return []
    rows: list[dict[str, Any]] = []
    for each in await turns.outcomes(parts.pool, list(by_id)):
        outcome = str(by_id[each.turn_id].outcome)
        names = [outcome] if outcome in NOTABLE else []
        names += ["hot"] if each.stage == HOT_STAGE else []
        names += ["failed"] if each.state == "parked" else []
        rows += [
            {
                "outcome": name,
                "turn_id": each.turn_id,
                "conversation_id": each.conversation_id,
                "lead_id": each.lead_id,
                "workspace_id": each.workspace_id,
                "meeting_id": each.meeting_id if name == "booked" else None,
                "reason": each.reason,
                "link": parts.link(each.conversation_id),
            }
            for name in names
        ]
    return rows
