"""The 24-hour window, counted from the lead's own timestamp."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide.window import can_reply_freely, closes_at

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_lead_who_wrote_an_hour_ago_may_be_answered_freely():
    assert can_reply_freely(NOON - timedelta(hours=1), None, NOON)


def test_a_lead_who_never_wrote_may_only_get_a_template():
    assert not can_reply_freely(None, None, NOON)


def test_a_lead_whose_message_came_26_hours_late_is_not_answered_freely():
    assert not can_reply_freely(NOON - timedelta(hours=26), None, NOON)


def test_the_window_counts_as_closed_five_minutes_early():
    wrote_at = NOON - timedelta(hours=23, minutes=55)
    assert not can_reply_freely(wrote_at, None, NOON)
    assert can_reply_freely(wrote_at, None, NOON - timedelta(seconds=1))
    assert closes_at(wrote_at) == NOON


def test_meta_saying_that_the_window_is_closed_beats_our_clock():
    wrote_at = NOON - timedelta(hours=2)
    assert not can_reply_freely(wrote_at, NOON - timedelta(hours=1), NOON)


def test_a_lead_who_writes_again_opens_a_window_that_meta_had_closed():
    wrote_at = NOON - timedelta(minutes=1)
    assert can_reply_freely(wrote_at, NOON - timedelta(hours=1), NOON)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=8)))
def test_a_window_once_closed_never_opens_by_waiting(age):
    if not can_reply_freely(NOON, None, NOON + age):
        assert not can_reply_freely(NOON, None, NOON + age + timedelta(seconds=1))
