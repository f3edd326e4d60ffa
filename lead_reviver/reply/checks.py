"""Checks on a text before it is sent, whoever wrote it: a playbook or a model.

Pure. A text that fails one is not sent; the error says which rule it breaks, so that a model can try once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lead_reviver.decide.conversation import Decision, Turn
from lead_reviver.errors import RefusedByRules

LONGEST: Final = 600
"""Characters: what one reads on a phone without scrolling."""


class ReplyRefused(RefusedByRules):
    """A text breaks a rule about what may be said."""

    def __init__(self, check: str, why: str) -> None:
        self.check = check
        super().__init__(f"The reply fails the check {check!r}: {why}")


def check_reply(decision: Decision, turn: Turn) -> list[str]:
    """Return the names of the checks that the decision's text passes, which is all of them.

    Raises `ReplyRefused` naming the first that it fails.
    """
    text = (decision.text or "").strip()
    passed = []
    for name, check in _CHECKS.items():
        why = check(text, turn)
        if why is not None:
            raise ReplyRefused(name, why)
        passed.append(name)
    return passed


def _length(text: str, turn: Turn) -> str | None:  # noqa: ARG001
    if not text:
        return "it is empty"
    return f"{len(text)} characters, at most {LONGEST}" if len(text) > LONGEST else None


def _one_question(text: str, turn: Turn) -> str | None:  # noqa: ARG001
    asked = len(re.findall(r"[?؟]+", text))
    return f"it asks {asked} questions, at most one" if asked > 1 else None


_CHECKS: Final[dict[str, Callable[[str, Turn], str | None]]] = {"length": _length, "one_question": _one_question}
