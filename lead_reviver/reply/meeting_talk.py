"""How people of one language speak of days, times and meetings: data under `meeting_phrases/`, read once."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from lead_reviver.decide.conversation import Appointment
from lead_reviver.decide.patterns import Pattern, PatternSet, Words
from lead_reviver.decide.text import plain

LANGUAGES: Final = ("en", "es", "pt")
_FOLDER: Final = Path(__file__).parent / "meeting_phrases"

Saying = Literal["none", "move", "cannot", "cancel", "when"]


class NoticeTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said outside of a turn. `{name}` is a comma and the first name, `{reason}` a sentence, or nothing."""

    day_before: str
    hour_before: str
    cancelled: str
    moved: str
    missed: str
    missed_offer: str
    """Stands before free times."""


class MeetingTalk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds; words to compare in plain form (`decide/text.py`), patterns as in `decide/patterns.py`."""

    language: str
    weekday_names: list[str]
    """Monday first, as they are written back to the lead."""
    weekday_short: list[str]
    month_names: list[str]
    month_short: list[str]
    date: str
    absolute: str
    """A date that cannot be mistaken: with its year and whose clock it is on."""
    offer: str
    other: str
    not_then: str
    gone: str
    ask: list[str]
    """First the question, then the same in other words; an offer ends with one of them."""
    none_title: str
    list_button: str
    booked: str
    moved: str
    calendar_link: str
    """Stands below words that book or move, once they are checked."""
    cancelled: str
    reminder: str
    """Answers "when is it?"."""
    notices: NoticeTexts
    with_: str = msgspec.field(name="with")
    weekdays: list[list[str]]
    months: list[list[str]]
    days: dict[str, int]
    """From today: "tomorrow" is 1."""
    morning: list[str]
    afternoon: list[str]
    evening: list[str]
    before_morning: list[str]
    """Where one word means tomorrow and morning, morning comes after one of these: "por la mañana"."""
    ordinals: dict[str, int]
    """-1 is the last."""
    before_ordinal: list[str]
    before_hour: list[str]
    """Words after which a number can only be an hour."""
    after_weekday: list[str]
    """Words that make the one before a weekday and nothing else: "segunda-feira"."""
    half: list[str]
    greetings: list[str]
    """That name a part of the day and mean nothing by it."""
    fillers: list[str]
    """What may stand around a choice without changing it."""
    negations: list[str]
    """With one of these, a sentence that names a time does not choose it."""
    none: list[str]
    move: list[str]
    cannot: list[str]
    """Does not say what instead: other times are offered, unless the lead calls it off as well."""
    cancel: list[str]
    when: list[str]


@cache
def meeting_talk(language: str) -> MeetingTalk:
    """Return the talk of a language; a language without a file is read as English."""
    name = language if language in LANGUAGES else "en"
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=MeetingTalk)


@cache
def _pattern_set(language: str, saying: Saying) -> PatternSet:
    return PatternSet(Pattern(source, {}) for source in getattr(meeting_talk(language), saying))


def says_of_meeting(saying: Saying, sentence: str, language: str) -> bool:
    """Whether a sentence refuses what was offered, moves or cancels a meeting, or asks when it is."""
    return _pattern_set(language, saying).match(Words.of(plain(sentence))) is not None


def in_line(place: int, slot: Appointment, zone: str, language: str) -> str:
    """Return a line of an offer: "2. Tuesday 24 November, 17:00"."""
    local = slot.starts_at.astimezone(ZoneInfo(zone))
    return f"{place}. {_date(local, language)}, {local:%H:%M}"


def in_row(slot: Appointment, zone: str, language: str) -> str:
    """Return a list row's title, at most 24 characters: "Tue 24 Nov, 17:00"."""
    words, local = meeting_talk(language), slot.starts_at.astimezone(ZoneInfo(zone))
    return f"{words.weekday_short[local.weekday()]} {local.day} {words.month_short[local.month - 1]}, {local:%H:%M}"


def in_full(starts_at: datetime, zone: str, language: str) -> str:
    """Return a time that cannot be mistaken: "Tuesday 24 November 2026 at 17:00 (Madrid time)"."""
    local = starts_at.astimezone(ZoneInfo(zone))
    return (
        meeting_talk(language)
        .absolute.replace("{date}", _date(local, language))
        .replace("{year}", str(local.year))
        .replace("{time}", f"{local:%H:%M}")
        .replace("{city}", zone.rpartition("/")[2].replace("_", " "))
    )


def with_calendar_link(text: str, link: str | None, language: str) -> str:
    """Return a text that books or moves, with the link that puts the meeting into a calendar below it."""
    return text if link is None else f"{text}\n\n{meeting_talk(language).calendar_link.replace('{link}', link)}"


def _date(local: datetime, language: str) -> str:
    words = meeting_talk(language)
    return (
        words.date.replace("{weekday}", words.weekday_names[local.weekday()])
        .replace("{day}", str(local.day))
        .replace("{month}", words.month_names[local.month - 1])
    )
