"""How far a lead has come, 0 to 100, and what that is made of.

Pure. A score is a sum of reasons in plain words, so that whoever sees it can say why. The weights are data: a
playbook's `score`, else the usual ones. A weight is named

- by what the bot can tell without a playbook: `complete` (share of the questions answered), `replied`, `quick`,
  `meeting`, and the two that take points away, `not_now` and `refused`;
- by a field (`budget`): points when it is known; by a field and its value (`timeline:soon`, `financing:yes`): points
  when that is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from lead_reviver.decide.conversation import FieldValue

HIGHEST: Final = 100
USUAL: Final[dict[str, int]] = {
    "complete": 25,
    "budget": 10,
    "timeline:soon": 15,
    "financing:yes": 10,
    "decision_makers": 5,
    "replied": 10,
    "quick": 5,
    "meeting": 20,
    "not_now": -20,
    "refused": -60,
}
SIGNALS: Final = ("complete", "replied", "quick", "meeting", "not_now", "refused")
TAKE_AWAY: Final = ("not_now", "refused")
_LOSSES: Final = {"not_now": "Wants to be left alone for a while", "refused": "Does not want to go on"}
UNASKED: Final = ("decision_makers",)
"""Fields that are heard whether or not a playbook asks for them."""
ENOUGH_REPLIES: Final = 3
"""Messages of the lead after which it counts as a conversation in full."""
_UNDERSTOOD: Final = 0.5
"""At least this sure; what was asked and not understood is kept with less."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}(:[a-z0-9_]{1,40})?")


class Reason(Struct, frozen=True):
    """One part of a score."""

    points: int
    why: str
    """In plain words, for people."""
    about: str = ""
    """The weight's name."""


class Score(Struct, frozen=True):
    """A score and what it is made of: the points of its reasons add up to it."""

    points: int
    reasons: list[Reason]


class Standing(Struct, frozen=True):
    """What is known of a lead when the score is taken."""

    fields: Mapping[str, FieldValue]
    questions: Sequence[str]
    """The fields that the playbook asks for."""
    replies: int = 0
    """Messages of the lead, as far as the conversation is remembered."""
    quick: bool = False
    """The lead answered within the hour."""
    meeting: bool = False
    not_now: bool = False
    """The lead wants to be left alone for a while."""
    refused: bool = False
    """The lead does not want to go on, or is with somebody else."""
    opted_out: bool = False


def weights_of(given: Mapping[str, int], questions: Sequence[str]) -> dict[str, int]:
    """Return a playbook's weights; the usual ones where it gives none.

    What the usual ones give for a field that this playbook does not ask for goes to how complete the answers are.
    """
    if given:
        return dict(given)
    counts = {*SIGNALS, *UNASKED, *questions}
    asked = {name: points for name, points in USUAL.items() if name.partition(":")[0] in counts}
    asked["complete"] += sum(USUAL.values()) - sum(asked.values())
    return asked


def weight_problems(given: Mapping[str, int]) -> Iterable[str]:
    """Say what is wrong with a playbook's weights: (name, what to change)."""
    for name, points in given.items():
        if not _NAME.fullmatch(name):
            yield f"{name!r}: name a field, a field and its value (timeline:soon), or one of {', '.join(SIGNALS)}"
        elif name in TAKE_AWAY and points > 0:
            yield f"{name}: takes points away, so write it with a minus"
        elif name not in TAKE_AWAY and points < 0:
            yield f"{name}: a better answer may not lower the score; write 0 or more"
    if (most := _most(given)) > HIGHEST:
        yield f"the best lead would have {most} points; make it at most {HIGHEST}"


def score(standing: Standing, weights: Mapping[str, int]) -> Score:
    """Return the score of a lead with its reasons."""
    if standing.opted_out:
        return Score(0, [Reason(0, "Asked not to be written to")])
    reasons: list[Reason] = []
    left = HIGHEST
    for about, points, why in _gains(standing, weights):
        if (counted := min(points, left)) > 0:
            reasons.append(Reason(counted, why, about))
            left -= counted
    total = HIGHEST - left
    losses = [(weights.get(about, 0), about) for about in TAKE_AWAY if getattr(standing, about)]
    if losses:
        points, about = min(losses)  # the heavier one, so that taking one back never lowers the score
        taken = min(-points, total)
        reasons.append(Reason(-taken, _LOSSES[about], about))
        total -= taken
    return Score(total, reasons)


def _gains(standing: Standing, weights: Mapping[str, int]) -> Iterable[tuple[str, int, str]]:
    asked = list(dict.fromkeys(standing.questions))
    answered = sum(_is_known(standing.fields.get(field)) for field in asked)
    if asked and (points := weights.get("complete", 0) * answered // len(asked)):
        yield "complete", points, f"Answered {answered} of {len(asked)} questions"
    for name, points in weights.items():
        field, _, value = name.partition(":")
        known = standing.fields.get(field)
        if name in SIGNALS or known is None or not _is_known(known):
            continue
        if not value:
            yield name, points, f"{_spoken(field)} is known"
        elif _as_word(known.value) == value:
            yield name, points, f"{_spoken(field)}: {_spoken(value).lower()}"
    if standing.replies and (points := weights.get("replied", 0) * min(standing.replies, ENOUGH_REPLIES)):
        talks = standing.replies >= ENOUGH_REPLIES
        yield "replied", points // ENOUGH_REPLIES, "Talks with us" if talks else "Has written to us"
    if standing.quick:
        yield "quick", weights.get("quick", 0), "Answered within the hour"
    if standing.meeting:
        yield "meeting", weights.get("meeting", 0), "Has a meeting booked"


def _most(weights: Mapping[str, int]) -> int:
    """Return the points of the best lead: of a field's values only one can be the answer."""
    best: dict[str, int] = {}
    for name, points in weights.items():
        field, _, value = name.partition(":")
        key = f"{field}:" if value else name
        best[key] = max(best.get(key, 0), points)
    return sum(best.values())


def _is_known(known: FieldValue | None) -> bool:
    return known is not None and known.value is not None and known.confidence >= _UNDERSTOOD


def _as_word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).lower()


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()
