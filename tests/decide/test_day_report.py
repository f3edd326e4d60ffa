"""A day in a few lines that read well, whatever the numbers are."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide.day_report import DayNumbers, bounds, told, yesterday

SATURDAY = date(2026, 11, 21)


def test_a_busy_day_is_told_in_plural():
    numbers = DayNumbers(
        new_leads=3,
        messages_in=46,
        messages_out=44,
        replies=37,
        follow_ups=4,
        by_people=3,
        handovers=6,
        opt_outs=2,
        meetings_booked=5,
        turns_parked=2,
        messages_failed=3,
        waiting_now=7,
    )
    assert told("Costa Homes", SATURDAY, numbers).splitlines() == [
        "Costa Homes, Saturday 21 November 2026",
        "3 new leads.",
        "46 messages came in, 44 went out (37 replies, 4 follow-ups, 3 by people).",
        "6 conversations were handed over to a person.",
        "5 meetings were booked.",
        "2 leads asked not to be written to any more.",
        "3 messages could not be delivered.",
        "2 turns were given up; a person should look.",
        "7 conversations wait for a person now.",
    ]


def test_one_of_each_is_told_in_singular():
    numbers = DayNumbers(**{each.name: 1 for each in fields(DayNumbers)})
    assert told("Costa Homes", SATURDAY, numbers).splitlines()[1:] == [
        "1 new lead.",
        "1 message came in, 1 went out (1 reply, 1 follow-up, 1 by people).",
        "1 conversation was handed over to a person.",
        "1 meeting was booked.",
        "1 lead asked not to be written to any more.",
        "1 message could not be delivered.",
        "1 turn was given up; a person should look.",
        "1 conversation waits for a person now.",
    ]


def test_an_empty_day_says_so_and_still_names_who_waits():
    assert told("Costa Homes", SATURDAY, DayNumbers()).splitlines()[1:] == [
        "A quiet day: nobody wrote, and nothing was sent."
    ]
    assert told("Costa Homes", SATURDAY, DayNumbers(waiting_now=2)).splitlines()[1:] == [
        "A quiet day: nobody wrote, and nothing was sent.",
        "2 conversations wait for a person now.",
    ]


def test_messages_that_nobody_answered_are_told_as_such():
    assert told("X", SATURDAY, DayNumbers(messages_in=2)).splitlines()[1] == "2 messages came in, none went out."
    assert told("X", SATURDAY, DayNumbers(messages_out=2)).splitlines()[1] == "No message came in, 2 went out."


@given(st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_no_line_ever_says_one_of_many_or_many_of_one(values: list[int]):
    text = told("X", SATURDAY, DayNumbers(*values))
    assert not {"1 messages", "1 leads", "1 conversations", "1 replies", "1 turns"} & {
        f"{a} {b.strip('.,;()')}" for a, b in zip(text.split(), text.split()[1:], strict=False)
    }


def test_yesterday_is_the_one_of_the_place():
    just_after_midnight_in_madrid = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert yesterday("Europe/Madrid", just_after_midnight_in_madrid) == date(2026, 11, 21)
    assert yesterday("America/Lima", just_after_midnight_in_madrid) == date(2026, 11, 20)


def test_a_day_is_as_long_as_the_clocks_say():
    begins, ends = bounds(date(2026, 3, 29), "Europe/Madrid")
    assert (begins, ends - begins) == (datetime(2026, 3, 28, 23, tzinfo=UTC), timedelta(hours=23))
    begins, ends = bounds(SATURDAY, "Asia/Kolkata")
    assert begins == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
