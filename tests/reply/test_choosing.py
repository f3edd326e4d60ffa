"""Which of the offered slots a lead means: whatever we write about a slot, said back, means that slot and no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_reviver.decide.conversation import Appointment
from lead_reviver.reply.choosing import read_choice
from lead_reviver.reply.meeting_talk import LANGUAGES, in_full, in_line, in_row, meeting_talk

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONES = st.sampled_from(["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])


@st.composite
def offers(draw):
    zone = draw(ZONES)
    quarters = draw(st.lists(st.integers(1, 4 * 24 * 30), min_size=2, max_size=4, unique=True))
    starts = [NOW + timedelta(minutes=15 * each) for each in sorted(quarters)]
    local = [each.astimezone(ZoneInfo(zone)) for each in starts]
    slots = [
        Appointment(str(place), "viewing", each, each + timedelta(minutes=45)) for place, each in enumerate(starts)
    ]
    return zone, slots, local


@settings(max_examples=150)
@given(offers(), st.sampled_from(LANGUAGES))
def test_a_lead_who_writes_a_row_or_a_line_of_the_list_means_just_that(offer, language):
    zone, slots, _ = offer
    for place, slot in enumerate(slots, 1):
        for said in (in_row(slot, zone, language), in_line(place, slot, zone, language).partition(". ")[2]):
            assert read_choice(said, slots, zone, language, NOW).choice == slot, said


@settings(max_examples=150)
@given(offers(), st.sampled_from(LANGUAGES))
def test_a_lead_who_writes_the_number_of_a_row_never_gets_another_row(offer, language):
    zone, slots, _ = offer
    for place, slot in enumerate(slots, 1):
        choice = read_choice(str(place), slots, zone, language, NOW).choice
        assert choice in (None, slot)


@settings(max_examples=150)
@given(offers(), st.sampled_from(LANGUAGES), st.sampled_from(["not", "no", "não", "cannot", "never", "nunca"]))
def test_a_lead_who_says_no_to_a_row_does_not_choose_it(offer, language, no):
    zone, slots, _ = offer
    if no in meeting_talk(language).fillers:  # "no" is no refusal in Portuguese: "no sábado"
        return
    for slot in slots:
        assert read_choice(f"{no} {in_row(slot, zone, language)}", slots, zone, language, NOW).choice is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Sunday 25 October 2026 at 09:00 (Madrid time)"),
        ("es", "domingo 25 de octubre de 2026 a las 09:00 (hora de Madrid)"),
        ("pt", "domingo, 25 de outubro de 2026 às 09:00 (hora de Madrid)"),
    ],
)
def test_a_time_is_confirmed_on_the_clock_of_the_day_it_is_on(language, said):
    """The clock goes back on the night before."""
    assert in_full(datetime(2026, 10, 25, 8, tzinfo=UTC), "Europe/Madrid", language) == said


def test_every_row_fits_into_whatsapps_24_characters():
    for language in LANGUAGES:
        words = meeting_talk(language)
        assert max(map(len, words.weekday_short)) + max(map(len, words.month_short)) <= 24 - len(" 31 , 23:59")
        assert len(words.none_title) <= 24
        assert len(words.list_button) <= 20


def test_every_language_knows_a_whole_week_and_a_whole_year():
    for language in LANGUAGES:
        words = meeting_talk(language)
        assert [len(each) for each in (words.weekday_names, words.weekday_short, words.weekdays)] == [7, 7, 7]
        assert [len(each) for each in (words.month_names, words.month_short, words.months)] == [12, 12, 12]
        assert len(words.ask) == 2
        assert all(each.endswith("?") and each.count("?") == 1 for each in words.ask)
