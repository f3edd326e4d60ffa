"""When a silent lead is followed up, and when a stage has aged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide.contact_hours import ContactHours, in_contact_hours
from lead_reviver.decide.progress import Ageing, FollowUp, LetBe, Silence, TooLate, aged_stage, next_follow_up

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONCE = [4 * HOUR]
TWICE = [4 * HOUR, 10 * HOUR]
ASKED_AT_SEVEN = Silence(
    asked_at=NOON - 5 * HOUR,
    followed_up=0,
    followed_up_at=None,
    last_inbound_at=NOON - 5 * HOUR,
    window_closed_at=None,
    hours=ContactHours("UTC"),
)


def asked(**changes):
    return replace(ASKED_AT_SEVEN, **changes)


def test_a_lead_who_is_silent_for_four_hours_is_followed_up():
    assert next_follow_up(ASKED_AT_SEVEN, ONCE, NOON) == FollowUp(1)


def test_a_lead_who_is_silent_for_a_minute_less_is_let_be():
    assert isinstance(next_follow_up(asked(asked_at=NOON - 4 * HOUR + HOUR / 60), ONCE, NOON), LetBe)


def test_a_lead_is_followed_up_as_often_as_the_playbook_says_and_not_more():
    once = asked(asked_at=NOON - 15 * HOUR, followed_up=1, followed_up_at=NOON - 10 * HOUR)
    assert next_follow_up(once, TWICE, NOON) == FollowUp(2)
    assert isinstance(next_follow_up(once, ONCE, NOON), LetBe)
    assert isinstance(next_follow_up(replace(once, followed_up=2), TWICE, NOON), LetBe)
    assert isinstance(next_follow_up(ASKED_AT_SEVEN, [], NOON), LetBe)


def test_the_second_follow_up_waits_from_the_first_and_not_from_the_question():
    late = asked(asked_at=NOON - 20 * HOUR, followed_up=1, followed_up_at=NOON - 2 * HOUR)
    assert isinstance(next_follow_up(late, TWICE, NOON), LetBe)


@pytest.mark.parametrize(("zone", "may"), [("Europe/Madrid", True), ("Asia/Tokyo", False), ("America/Lima", False)])
def test_noon_in_london_is_evening_in_tokyo_and_early_in_lima(zone: str, may: bool):
    found = next_follow_up(asked(hours=ContactHours(zone)), ONCE, NOON)
    assert found == FollowUp(1) if may else isinstance(found, LetBe)


def test_a_question_of_the_evening_is_followed_up_the_next_morning():
    evening = NOON.replace(hour=19)
    silence = asked(asked_at=evening, last_inbound_at=evening)
    assert isinstance(next_follow_up(silence, ONCE, evening + 5 * HOUR), LetBe)
    assert isinstance(next_follow_up(silence, ONCE, evening + 14 * HOUR - HOUR / 60), LetBe)
    assert next_follow_up(silence, ONCE, evening + 14 * HOUR) == FollowUp(1)


def test_when_the_window_closed_before_anything_could_be_sent_it_is_too_late_for_free_words():
    assert next_follow_up(asked(last_inbound_at=NOON - 25 * HOUR), ONCE, NOON) == TooLate(1)
    assert next_follow_up(asked(window_closed_at=NOON - HOUR), ONCE, NOON) == TooLate(1)
    assert next_follow_up(asked(last_inbound_at=None), ONCE, NOON) == TooLate(1)


def test_nobody_is_called_for_a_lead_who_was_followed_up_already():
    once = asked(last_inbound_at=NOON - 25 * HOUR, followed_up=1, followed_up_at=NOON - 11 * HOUR)
    assert isinstance(next_follow_up(once, TWICE, NOON), LetBe)


@given(
    minutes=st.integers(0, 60 * 100),
    followed_up=st.integers(0, 4),
    inbound=st.integers(0, 60 * 100) | st.none(),
    zone=st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns", "no such place", "", "../etc"]),
)
def test_free_words_only_go_out_by_day_and_inside_the_window(
    minutes: int, followed_up: int, inbound: int | None, zone: str
):
    wrote_at = None if inbound is None else NOON - timedelta(minutes=inbound)
    hours = ContactHours(zone)
    silence = Silence(NOON - timedelta(minutes=minutes), followed_up, None, wrote_at, None, hours)
    found = next_follow_up(silence, TWICE, NOON)
    if isinstance(found, FollowUp):
        assert wrote_at is not None
        assert NOON - wrote_at < timedelta(hours=24)
        assert in_contact_hours(hours, NOON)
        assert found.number <= 2


def test_a_time_zone_that_does_not_exist_is_read_as_utc():
    assert in_contact_hours(ContactHours("Mars/Olympus"), NOON)
    assert not in_contact_hours(ContactHours("Mars/Olympus"), NOON.replace(hour=20))
    assert in_contact_hours(ContactHours("UTC"), NOON.replace(hour=9))


RULES = [Ageing("engaged", timedelta(days=14), "dormant"), Ageing("qualified", timedelta(days=30), "dormant")]


def test_a_stage_ages_after_its_days_of_silence():
    assert aged_stage("engaged", NOON - timedelta(days=14), RULES, NOON) == "dormant"
    assert aged_stage("engaged", NOON - timedelta(days=13, hours=23), RULES, NOON) is None
    assert aged_stage("qualified", NOON - timedelta(days=20), RULES, NOON) is None


def test_a_stage_without_a_rule_stays():
    assert aged_stage("won", NOON - timedelta(days=900), RULES, NOON) is None
