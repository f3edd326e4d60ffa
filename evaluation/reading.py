"""Compares what the decider understood with the labels of the sets."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from lead_reviver.decide.conversation import Decision
from tests.conversation.sets import Fields, MoneyRange, NumberRange

_INTENTS: Final = {"question": "asks_question", "opt_out_suspected": "opt_out", "not_understood": "other"}
"""Decisions whose intent has another name in the sets. One that the sets do not know at all is wrong."""


def intent_of(decision: Decision) -> str:
    """Return a decision's intent in the words of the sets."""
    return _INTENTS.get(decision.intent or "", decision.intent or "none")


def understood(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that a decision learned in the form of the labels; what is not known is left out."""
    return {name: _in_form(name, value) for name, value in values.items() if value is not None}


def same_field(name: str, wanted: Any, got: Any, currency: str) -> bool:
    """Whether a value says what the label says. `currency` is the playbook's, for an amount that names none."""
    if isinstance(wanted, MoneyRange):
        return bool(got == (wanted.min, wanted.max, wanted.currency or currency))
    if isinstance(wanted, NumberRange):
        return bool(got == (wanted.min, wanted.max))
    if name == "area":
        return _folded(str(wanted)) == _folded(str(got))
    return bool(wanted == got)


def labelled(fields: Fields) -> dict[str, Any]:
    """Return what a label says was said."""
    return fields.said()


def _in_form(name: str, value: Any) -> Any:
    if name == "budget" and isinstance(value, dict):
        low, high = value["min_minor"], value["max_minor"]
        return (low and low // 100, high and high // 100, value["currency"])
    if name == "bedrooms":
        return (value["min"], value["max"]) if isinstance(value, dict) else (value, value)
    return value


def _folded(area: str) -> str:
    bare = "".join(each for each in unicodedata.normalize("NFD", area) if not unicodedata.combining(each))
    return " ".join(bare.casefold().replace("-", " ").split())
