"""A message's status only moves up, whatever order the reports come in."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide.statuses import LADDER, REPORTED, next_status


def after(current: str, *reports: str) -> str:
    for report in reports:
        current = next_status(current, report)
    return current


def test_a_message_that_was_read_before_its_delivery_was_reported_stays_read():
    assert after("accepted", "sent", "read", "delivered") == "read"


def test_a_message_whose_delivery_was_never_reported_is_read_all_the_same():
    assert after("sending", "read") == "read"


def test_a_voice_note_that_was_played_is_above_read():
    assert after("sent", "played", "read") == "played"


@pytest.mark.parametrize("current", ["sending", "accepted", "sent"])
def test_a_message_that_has_not_arrived_may_still_fail(current):
    assert next_status(current, "failed") == "failed"


@pytest.mark.parametrize("current", ["delivered", "read", "played"])
def test_a_message_that_arrived_cannot_fail_any_more(current):
    assert next_status(current, "failed") == current


def test_a_failed_message_is_not_sent_again_by_a_late_report():
    assert after("failed", "accepted", "sent") == "failed"


def test_a_status_before_our_own_record_of_the_send_is_kept_when_the_answer_comes():
    """The webhook may overtake the response of the call that sent the message."""
    assert after("sending", "delivered", "accepted") == "delivered"


def test_a_status_that_nobody_knows_changes_nothing():
    assert after("sent", "warning", "deleted", "") == "sent"


def test_a_message_of_the_lead_has_no_ladder():
    assert after("received", "read", "failed") == "received"


def test_a_message_we_gave_up_is_shown_as_sent_when_it_went_out_after_all():
    assert after("not_sent", "sent") == "sent"


def test_our_own_words_for_a_message_are_no_reports():
    assert after("accepted", "sending", "not_sent", "received") == "accepted"


@given(st.lists(st.sampled_from(sorted(REPORTED)), max_size=6), st.sampled_from(LADDER), st.data())
def test_statuses_in_any_order_and_any_number_end_the_same(reports, current, data):
    shuffled = data.draw(st.permutations(reports))
    doubled = shuffled + data.draw(st.permutations(shuffled))
    assert after(current, *shuffled) == after(current, *reports)
    assert after(current, *doubled) == after(current, *reports)


def test_every_order_of_all_the_statuses_ends_the_same():
    assert {after("sending", *order) for order in permutations(sorted(REPORTED))} == {"played"}
