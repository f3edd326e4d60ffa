"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes of one run."""

    rounds: int = 3
    warm_up: bool = True
    """Whether the first round only warms up."""
    webhooks: int = 5_000
    webhook_rounds: int = 9
    """Many short rounds: what they are compared with moves within seconds."""
    updates: int = 50_000
    plain_messages: int = 150
    """Through the plain workflow, one a run."""
    open_loop_seconds: int = 20
    conversations: int = 1_000
    """Leads that write at once, twice each."""
    calls: int = 300
    """Bare commits and Graph calls of the yardstick."""
    one_at_a_time: int = 200
    processed: int = 20_000
    """Updates the engine has processed when its memory is measured again."""
    settle_seconds: float = 3.0
    """Pause before memory is read."""


USUAL = Plan()
FULL = Plan(rounds=5, processed=100_000)
QUICK = Plan(
    rounds=1,
    warm_up=False,
    webhooks=200,
    webhook_rounds=1,
    updates=1_000,
    plain_messages=8,
    open_loop_seconds=1,
    conversations=10,
    calls=10,
    one_at_a_time=4,
    processed=200,
    settle_seconds=0.2,
)
"""Only shows that everything runs."""
