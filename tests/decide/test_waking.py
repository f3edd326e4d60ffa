"""The day until which a lead was left alone: who is written to, who is shown to a person, who sleeps on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lead_reviver.decide.contact_hours import ContactHours
from lead_reviver.decide.waking import Asleep, ShowToPerson, SleepOn, WakeQuietly, Write, on_waking

DAY = datetime(2026, 9, 1, tzinfo=UTC)
NOON = DAY + timedelta(hours=12)
ASLEEP = Asleep(
    until=DAY,
    set_by="lead",
    words_kept=True,
    opted_out=False,
    stage="engaged",
    meeting_ahead=False,
    with_person=False,
    speaks=True,
    last_inbound_at=DAY - timedelta(days=80),
    window_closed_at=None,
    hours=ContactHours("Europe/Madrid"),
)


def test_a_lead_who_asked_for_this_day_is_written_to_by_template():
    assert on_waking(ASLEEP, NOON) == Write(by_template=True)


def test_a_lead_who_wrote_within_a_day_is_written_to_in_free_words():
    lead = replace(ASLEEP, last_inbound_at=NOON - timedelta(hours=20))
    assert on_waking(lead, NOON) == Write(by_template=False)
    assert on_waking(replace(lead, window_closed_at=NOON - timedelta(hours=1)), NOON) == Write(by_template=True)


def test_a_lead_sleeps_until_its_day_and_is_not_written_to_by_night():
    assert isinstance(on_waking(ASLEEP, DAY - timedelta(minutes=1)), SleepOn)
    assert isinstance(on_waking(ASLEEP, DAY), SleepOn)
    assert isinstance(on_waking(ASLEEP, DAY + timedelta(hours=20)), SleepOn)
    assert isinstance(on_waking(ASLEEP, DAY + timedelta(days=1, hours=9)), Write)


def test_a_lead_in_the_americas_sleeps_until_the_day_begins_there():
    """Midnight in UTC is the evening before in Mexico, when one could still be written to."""
    lead = replace(ASLEEP, hours=ContactHours("America/Mexico_City"))
    assert isinstance(on_waking(lead, DAY + timedelta(hours=1)), SleepOn)
    assert isinstance(on_waking(lead, DAY + timedelta(hours=16)), Write)


@pytest.mark.parametrize(
    "change",
    [{"opted_out": True}, {"stage": "won"}, {"stage": "lost"}, {"meeting_ahead": True}],
    ids=["said-no", "won", "lost", "meeting"],
)
def test_a_lead_about_whom_there_is_nothing_left_to_ask_wakes_quietly(change):
    assert isinstance(on_waking(replace(ASLEEP, **change), NOON), WakeQuietly)


@pytest.mark.parametrize(
    "change",
    [
        {"with_person": True},
        {"words_kept": False},
        {"speaks": False},
        {"stage": "booked"},
        {"set_by": "person"},
        {"set_by": "person", "stage": "won"},
        {"set_by": None},
    ],
    ids=[
        "person",
        "taken-back",
        "language",
        "had-a-meeting",
        "reminder",
        "reminder-of-a-won-one",
        "before-this-was-kept",
    ],
)
def test_a_lead_whom_the_bot_should_not_write_to_is_shown_to_a_person(change):
    assert on_waking(replace(ASLEEP, **change), NOON) == ShowToPerson()


def test_nobody_who_said_no_is_shown_even_as_a_colleagues_reminder():
    assert isinstance(on_waking(replace(ASLEEP, set_by="person", opted_out=True), NOON), WakeQuietly)
