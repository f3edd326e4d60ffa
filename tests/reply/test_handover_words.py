"""What a lead who waits is told: in its language, on its own clock, and nothing that is not true."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lead_reviver.decide.handover import Notice
from lead_reviver.reply import handover_words
from lead_reviver.reply.handover_words import notice_text

SUNDAY = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
LANGUAGES = ("en", "es", "pt", "fr", "de", "it", "hi", "ar")
MADRID = "Europe/Madrid"
WORDS = json.loads((Path(handover_words.__file__).parent / "handover_words.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("somebody_at", "expected"),
    [
        (SUNDAY + timedelta(hours=2), "today from 21:30"),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), "tomorrow from 9:00"),
        (datetime(2026, 11, 25, 8, 0, tzinfo=UTC), "on Wednesday from 9:00"),
        (datetime(2026, 12, 2, 8, 5, tzinfo=UTC), "on Wednesday 2/12 from 9:05"),
    ],
)
def test_a_lead_hears_when_somebody_is_there_on_its_own_clock(somebody_at: datetime, expected: str):
    said = notice_text("later", "en", somebody_at, SUNDAY, MADRID)
    assert said == f"Nobody from the team can answer just now. Somebody will write to you {expected}."


def test_tomorrow_is_tomorrow_where_the_lead_is():
    nine = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert "today from 17:00" in notice_text("later", "en", nine, SUNDAY, "Asia/Tokyo")
    assert "tomorrow from 3:00" in notice_text("later", "en", nine, SUNDAY, "America/New_York")


@pytest.mark.parametrize("somebody_at", [None, SUNDAY, SUNDAY - timedelta(hours=1)])
def test_a_time_that_nobody_knows_or_that_has_come_is_not_named(somebody_at: datetime | None):
    said = notice_text("later", "es", somebody_at, SUNDAY, MADRID)
    assert said == WORDS["es"]["later"]
    assert not re.search(r"\d", said)


def test_a_language_without_words_is_told_in_english():
    assert notice_text("passed_on", "sv", None, SUNDAY, MADRID) == WORDS["en"]["passed_on"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", ["passed_on", "later"])
def test_every_language_says_everything_and_leaves_no_gap_unfilled(language: str, notice: Notice):
    seen = set()
    for days in (0, 1, 3, 12):
        said = notice_text(notice, language, SUNDAY + timedelta(days=days, hours=1), SUNDAY, "UTC")
        assert not re.search(r"[{}]", said), said
        assert len(said) < 200
        seen.add(said)
    assert len(seen) == (1 if notice == "passed_on" else 4)
    assert language == "en" or seen.isdisjoint(
        {notice_text(notice, "en", SUNDAY + timedelta(days=days, hours=1), SUNDAY, "UTC") for days in (0, 1, 3, 12)}
    )


def test_the_languages_are_those_in_which_a_no_is_understood():
    assert set(WORDS) == set(LANGUAGES)
    assert all(len(each["weekdays"]) == 7 for each in WORDS.values())
