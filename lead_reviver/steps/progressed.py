"""What became of a lead that moved on by itself; ids and plain words, no personal data."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Outcome = Literal["followed_up", "told_of_meeting", "needs_template", "not_sent", "aged", "woken"]
"""followed_up: written to once more; told_of_meeting: reminded of one, or told of a change to it; needs_template: too
late for free words, a person was asked; not_sent: the gate or WhatsApp refused either; aged: its stage changed by
silence; woken: its snooze is over, and the reason says whether it was written to or a person sees it."""


class Progressed(Struct, frozen=True):
    """One lead and what happened to it."""

    lead_id: str
    conversation_id: str | None
    """The one it happened in, else the lead's newest; None for a lead nobody ever wrote with."""
    workspace_id: str
    outcome: Outcome
    stage: str
    """The lead's stage now."""
    reason: str | None = None
    """In plain words."""


class Progress(Struct, frozen=True):
    """What one call did."""

    leads: list[Progressed]
    more: bool
    """More leads wait: call again."""
