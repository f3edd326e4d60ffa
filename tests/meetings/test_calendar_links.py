"""A link that puts a meeting into the lead's calendar: nobody can make one up, and it tells nothing."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from lead_reviver.meetings.calendar_links import CalendarLinks

LINKS = CalendarLinks(b"a key for the tests", "https://hooks.example.com/")
BEFORE = "https://hooks.example.com/c/"


def a_token(meeting_id: str, links: CalendarLinks = LINKS) -> str:
    link = links.of(meeting_id)
    assert link is not None
    assert link.startswith(BEFORE)
    return link.removeprefix(BEFORE)


@settings(max_examples=50)
@given(st.uuids())
def test_whoever_has_the_link_finds_the_meeting_and_it_is_always_the_same(meeting: UUID):
    token = a_token(str(meeting))
    assert re.fullmatch("[a-z2-7]{52}", token)  # nothing that a chat takes for the end of the sentence
    assert LINKS.meeting_of(token) == str(meeting)
    assert a_token(str(meeting)) == token


def test_a_link_tells_nothing_of_its_meeting():
    """Ids made one after the other begin alike; their links do not."""
    first, second = str(uuid7()), str(uuid7())
    assert first[:8] == second[:8]
    tokens = a_token(first), a_token(second)
    assert tokens[0][:6] != tokens[1][:6]
    assert not any(each in token for token in tokens for each in (first, first.replace("-", "")))


@settings(max_examples=100)
@given(st.integers(0, 51), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_link_with_one_letter_changed_is_none(place: int, letter: str):
    meeting = "0198c0de-0000-7000-8000-000000000001"
    token = a_token(meeting)
    changed = token[:place] + letter + token[place + 1 :]
    assert LINKS.meeting_of(changed) == (meeting if changed == token else None)


def test_what_was_made_up_or_made_elsewhere_is_none():
    meeting = str(uuid4())
    other = a_token(meeting, CalendarLinks(b"another key", "https://hooks.example.com"))
    made_up = ["", "a", 52 * "a", meeting, 53 * "a", "../c", other, a_token(meeting).upper(), f"{a_token(meeting)}\n"]
    assert [LINKS.meeting_of(each) for each in made_up] == [None] * len(made_up)


def test_without_a_public_address_there_is_no_link():
    for url in (None, ""):
        assert CalendarLinks(b"a key for the tests", url).of(str(uuid4())) is None
