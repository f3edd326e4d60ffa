"""A number is understood as people and sheets write it, or refused with what to write instead."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide.phone import as_e164, is_us_number, one_spelling, spellings
from lead_reviver.errors import BadInput

UNDERSTOOD = [
    ("600 11 12 22", "ES", "+34600111222"),
    ("0034 600-111-222", "ES", "+34600111222"),
    ("34600111222", "ES", "+34600111222"),
    ("+44 (0)20 7946 0958", "ES", "+442079460958"),
    ("+39 06 123 45678", None, "+390612345678"),
    ("0151 23456789", "DE", "+4915123456789"),
    ("p:+34600111222", None, "+34600111222"),
    ("tel:+34600111222", None, "+34600111222"),
    ("'+34600111222", None, "+34600111222"),
    ("34600111222.0", "ES", "+34600111222"),
    ("+34 600 111 222", None, "+34600111222"),
    ("٦٠٠١١١٢٢٢", "ES", "+34600111222"),
    ("+52 1 55 1234 5678", None, "+525512345678"),
    ("+55 11 8765-4321", None, "+5511987654321"),
]


@pytest.mark.parametrize(("written", "country", "e164"), UNDERSTOOD, ids=[each[0] for each in UNDERSTOOD])
def test_a_number_is_read_as_people_write_it(written: str, country: str | None, e164: str):
    assert as_e164(written, country) == e164


REFUSED = [
    ("600111222", None, "country"),
    ("6001112223", "ES", "check its digits"),  # a digit too much must not become a number in Malaysia
    ("4915123456789", "ES", "with + and the country code"),
    ("+9999", None, "check its digits"),
    ("3.46E+10", "ES", "rounded"),
    ("1-800-FLOWERS", "US", "no phone number"),
    ("+34600111222 ext 5", None, "no phone number"),
    ("n/a", "ES", "no phone number"),
    ("+" * 41, "ES", "no phone number"),
]


@pytest.mark.parametrize(("written", "country", "hint"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_number_that_cannot_be_is_refused_with_what_to_do_and_not_repeated(
    written: str, country: str | None, hint: str
):
    with pytest.raises(BadInput) as refused:
        as_e164(written, country)
    assert hint in str(refused.value)
    assert written not in str(refused.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [("525512345678", "5215512345678"), ("541123456789", "5491123456789"), ("5511987654321", "551187654321")],
    ids=["Mexico", "Argentina", "Brazil"],
)
def test_two_spellings_of_a_number_are_the_same_number(one: str, other: str):
    assert one_spelling(one) == one_spelling(other)
    assert set(spellings(one)) == set(spellings(other)) == {one, other}


def test_a_number_with_one_spelling_has_just_that():
    assert spellings("34600111222") == ("34600111222",)


@given(st.text(max_size=50), st.sampled_from(["ES", "US", None]))
def test_whatever_is_written_is_understood_or_refused(written: str, country: str | None):
    with contextlib.suppress(BadInput):
        assert as_e164(written, country).startswith("+")


@pytest.mark.parametrize(
    ("phone", "american"),
    [("+12125550123", True), ("+14165550123", False), ("+34611222333", False), (None, False)],
    ids=["New York", "Toronto", "Madrid", "hidden"],
)
def test_a_number_of_the_united_states_is_known_by_its_area_code(phone, american):
    assert is_us_number(phone) is american
