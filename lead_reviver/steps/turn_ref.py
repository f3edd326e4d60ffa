"""What travels from step to step: ids, never words, so that no workflow log holds what a lead wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

Outcome = Literal[
    "replied", "booked", "handed_over", "opted_out", "drafted", "quiet", "refused", "waiting", "superseded", "retry",
    "lost",
]  # fmt: skip
"""replied, booked, handed_over, opted_out: sent, and why; drafted: the answer waits for a person's click; quiet:
nothing to say; refused: the gate said no; waiting: a send is not settled or has to wait; superseded: a newer turn
answers; retry: something was away; lost: another runner has it."""


Reason = Annotated[str, Meta(max_length=2000, pattern="^[^\\x00]*$")]
"""In plain words; no personal data."""
WaitSeconds = Annotated[float, Meta(ge=0, le=86_400)]


class TurnRef(Struct, frozen=True):
    """One turn of a batch, with the lease that whoever runs it holds."""

    turn_id: str
    lease: str
    outcome: Outcome | None = None
    """None while the turn is under way."""
    reason: Reason | None = None
    wait_seconds: WaitSeconds = 0.0


Batch = Sequence[TurnRef]


def under_way(batch: Batch) -> list[TurnRef]:
    """Return the turns that a step still has to do something for."""
    return [each for each in batch if each.outcome is None]


def with_outcomes(batch: Batch, changed: dict[str, TurnRef]) -> list[TurnRef]:
    """Return the batch with some turns replaced, in the same order."""
    return [changed.get(each.turn_id, each) for each in batch]
