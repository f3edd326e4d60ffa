"""What a person puts right beats what the bot hears later, and only sensible values get in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lead_reviver.decide.conversation import FieldValue
from lead_reviver.decide.fields import checked_value, corrected, kind_of, with_heard
from lead_reviver.errors import BadInput

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TWO = FieldValue(2, "two, I think", "m1")
THREE = FieldValue(3, "three", "m2")


def test_what_a_lead_says_later_takes_the_place_of_what_it_said():
    assert with_heard({"bedrooms": TWO}, {"bedrooms": THREE}) == {"bedrooms": THREE}


def test_after_a_person_put_it_right_another_word_of_the_lead_stands_beside_it():
    right = corrected(TWO, 4, "agent", AT)
    assert (right.value, right.said, right.message_id, right.corrected_by) == (4, "two, I think", "m1", "agent")
    after = with_heard({"bedrooms": right}, {"bedrooms": THREE})["bedrooms"]
    assert (after.value, after.heard) == (4, THREE)
    agreed = with_heard({"bedrooms": after}, {"bedrooms": FieldValue(4, "four", "m3")})["bedrooms"]
    assert (agreed.value, agreed.heard) == (4, None)


def test_a_lead_who_does_not_know_contradicts_nobody():
    right = corrected(TWO, 4, "agent", AT)
    assert with_heard({"bedrooms": right}, {"bedrooms": FieldValue(None, "no idea", "m2", 0.5)})["bedrooms"] == right


def test_a_person_who_takes_the_suggestion_takes_its_words_too():
    beside = with_heard({"bedrooms": corrected(TWO, 4, "agent", AT)}, {"bedrooms": THREE})["bedrooms"]
    taken = corrected(beside, 3, "owner", AT)
    assert (taken.value, taken.said, taken.message_id, taken.heard) == (3, "three", "m2", None)
    put_aside = corrected(beside, 4, "owner", AT)
    assert (put_aside.value, put_aside.said, put_aside.heard) == (4, "two, I think", None)


def test_a_field_nobody_has_told_us_about_can_be_filled_in():
    assert corrected(None, "Nerja", "agent", AT) == FieldValue("Nerja", "", None, corrected_by="agent", corrected_at=AT)


EUROS = {"min_minor": None, "max_minor": 30_000_000, "currency": "EUR"}


@pytest.mark.parametrize(
    ("value", "kind", "stored"),
    [
        ("  Nerja  old town ", "text", "Nerja old town"),
        (3, "number", 3),
        ({"min": 2, "max": None}, "number", {"min": 2, "max": None}),
        (EUROS, "money", EUROS),
        ({"max_minor": 5, "currency": "EUR"}, "money", {"min_minor": None, "max_minor": 5, "currency": "EUR"}),
        ("soon", "choice", "soon"),
        (False, "yes_no", False),
        *((None, kind, None) for kind in ("text", "number", "money", "choice", "yes_no")),
    ],
)
def test_a_value_of_its_kind_is_stored(value: Any, kind: Any, stored: Any):
    assert checked_value(value, kind, {"soon": "Soon"}) == stored
    if stored is not None and kind != "choice":
        assert kind_of(stored) == kind


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        ("", "text", "a word or two"),
        ("\x00", "text", "a word or two"),
        ("x" * 201, "text", "at most 200"),
        (2.5, "number", "whole number"),
        (True, "number", "whole number"),
        (-1, "number", "whole number"),
        ({"min": 3, "max": 2}, "number", "swap"),
        ({"currency": "EUR"}, "money", "from and to"),
        ({"min_minor": None, "max_minor": None, "currency": "EUR"}, "money", "not known"),
        ({"max_minor": 5, "currency": "euro"}, "money", "three capital"),
        ({"max_minor": -5, "currency": "EUR"}, "money", "0 or more"),
        ({"max_minor": 10**16, "currency": "EUR"}, "money", "0 or more"),
        ({"min_minor": 6, "max_minor": 5, "currency": "EUR"}, "money", "swap"),
        (5, "money", "from and to"),
        ("someday", "choice", "one of: Soon"),
        (["soon"], "choice", "one of: Soon"),
        ("yes", "yes_no", "yes, no or not known"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_what_to_do(value: Any, kind: Any, says: str):
    with pytest.raises(BadInput, match=says):
        checked_value(value, kind, {"soon": "Soon"})
