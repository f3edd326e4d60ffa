"""What stands in a lead's fields: what the lead said, what a person put right, and what was heard since.

Pure. A person's correction beats what the bot hears later: a different word of the lead stands beside it as a
suggestion (`heard`), until a person takes it or puts it aside. `LEARN` in `storage/leads.py` says the same in SQL,
since the record may have changed while a turn was answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from msgspec.structs import replace

from lead_reviver.decide.conversation import FieldValue
from lead_reviver.errors import BadInput

FieldType = Literal["text", "number", "money", "choice", "yes_no"]
LONGEST_TEXT: Final = 200
LARGEST_NUMBER: Final = 1_000_000
LARGEST_AMOUNT_MINOR: Final = 10**15


def with_heard(known: Mapping[str, FieldValue], heard: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Return the fields after a turn in which the lead said `heard`."""
    after = dict(known)
    for field, value in heard.items():
        stands = known.get(field)
        after[field] = value if stands is None or stands.corrected_at is None else _beside(stands, value)
    return after


def _beside(stands: FieldValue, value: FieldValue) -> FieldValue:
    if value.value is None:
        return stands
    return replace(stands, heard=None if value.value == stands.value else value)


def is_settled(stands: FieldValue | None, value: Any) -> bool:
    """Whether a person has written this very value already, and the lead has said nothing else since."""
    return stands is not None and stands.corrected_at is not None and stands.heard is None and stands.value == value


def corrected(stands: FieldValue | None, value: Any, by: str, at: datetime) -> FieldValue:
    """Return a field after a person (a user id) wrote `value` into it.

    The words that the lead said stay with it; where the person takes a suggestion, the words of that.
    """
    source = stands
    if stands is not None and stands.heard is not None and stands.heard.value == value:
        source = stands.heard
    said, message_id = (source.said, source.message_id) if source is not None else ("", None)
    return FieldValue(value, said, message_id, 1.0, corrected_by=by, corrected_at=at)


def checked_value(value: Any, kind: FieldType, choices: Mapping[str, str]) -> Any:
    """Return a value that a person typed as it is stored; None is "not known".

    Shapes: text a string, number a whole number or {min, max}, money {min_minor, max_minor, currency} with one bound at
    least, choice one of `choices` (value -> title), yes_no true or false. Raises `BadInput` with what to change.
    """
    if value is None:
        return None
    match kind:
        case "number":
            return _number(value)
        case "money":
            return _money(value)
        case "yes_no":
            if not isinstance(value, bool):
                raise BadInput("Choose yes, no or not known.")
            return value
        case "choice":
            if not isinstance(value, str) or value not in choices:
                raise BadInput(f"Choose one of: {', '.join(choices.values())}.")
            return value
    return _text(value)


def kind_of(value: Any) -> FieldType:
    """Return how a field is edited that no playbook asks for, by what stands in it."""
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, int):
        return "number"
    if isinstance(value, dict):
        return "money" if "currency" in value else "number"
    return "text"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not (text := " ".join(value.split())) or "\x00" in text:
        raise BadInput("Write a word or two, or choose not known.")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"Write at most {LONGEST_TEXT} characters.")
    return text


def _number(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"min", "max"}:
        low, high = _count(value["min"]), None if value["max"] is None else _count(value["max"])
        if high is not None and high < low:
            raise BadInput("The second number is smaller than the first; swap them.")
        return {"min": low, "max": high}
    return _count(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise BadInput("Write a whole number, for example 3.")
    return value


def _money(value: Any) -> dict[str, int | str | None]:
    if not isinstance(value, dict) or not {"currency"} < set(value) <= {"min_minor", "max_minor", "currency"}:
        raise BadInput("Write an amount, or from and to, with its currency.")
    low, high, currency = value.get("min_minor"), value.get("max_minor"), value["currency"]
    if not isinstance(currency, str) or len(currency) != 3 or not (currency.isascii() and currency.isupper()):
        raise BadInput("Write the currency as three capital letters, for example EUR.")
    for bound in (low, high):
        whole = isinstance(bound, int) and not isinstance(bound, bool)
        if bound is not None and not (whole and 0 <= bound <= LARGEST_AMOUNT_MINOR):
            raise BadInput("Write an amount that is 0 or more.")
    if low is None and high is None:
        raise BadInput("Write an amount, or choose not known.")
    if low is not None and high is not None and high < low:
        raise BadInput("The second amount is smaller than the first; swap them.")
    return {"min_minor": low, "max_minor": high, "currency": currency}
