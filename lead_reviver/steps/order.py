"""The order of the steps, written once: every runner follows it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lead_reviver.steps.load import load
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.reply import reply
from lead_reviver.steps.save import save
from lead_reviver.steps.send import send
from lead_reviver.steps.sync import sync
from lead_reviver.steps.turn_ref import Batch, TurnRef

Step = Callable[[Parts, Batch], Awaitable[list[TurnRef]]]

STEPS: dict[str, Step] = {"load": load, "reply": reply, "send": send, "save": save, "sync": sync}
"""By name, in order."""
