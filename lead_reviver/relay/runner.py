"""Who runs the steps of a batch."""

from __future__ import annotations

from typing import Protocol

from lead_reviver.errors import SettingsError
from lead_reviver.steps.order import STEPS
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import Batch, TurnRef


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


def runner_called(name: str, parts: Parts) -> Runner:
    """Return the runner that `LEAD_REVIVER_RUNNER` names. Raises `SettingsError` for one that is not there."""
    if name == "n8n":
        raise SettingsError(
            "LEAD_REVIVER_RUNNER is 'n8n', which this version cannot run yet; set it to 'auto' or 'inline'."
        )
    return InlineRunner(parts)
