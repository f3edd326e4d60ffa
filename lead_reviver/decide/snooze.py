"""Until which day a lead wants to be left alone: "after the summer", "in two weeks", "until the 15th".

Pure. What names no day means a month.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from lead_reviver.decide.patterns import LANGUAGES, Pattern, PatternSet, Words
from lead_reviver.decide.text import plain

UNSAID: Final = timedelta(days=30)
"""For a lead who only says "not now"."""
_MEANS: Final = {"after_summer": "month:9"}
"""What is meant by occasions that have a name of their own."""
_LATER: Final = {1: "day", 7: "week", 30: "month", 365: "year"}
_FOLDER: Final = Path(__file__).parent / "snooze"
_UNTIL_DAY: Final = re.compile(
    r" (?:until|till|til|hasta|ate|jusqu au|jusqu|bis|fino|after|through) (?:the |el |dia |o |le |al |zum |a )*"
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)? "
)


class _Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds."""

    months: list[str]
    """January to December, as they are written to the lead."""
    day: str
    """How a day is written: "{number} {month}"."""
    numbers: dict[str, int]
    units: dict[str, int]
    """Days of a unit, by the beginning of its word."""
    before_month: list[str]
    """Words that make a month the day that is meant: "until March"; none: the month alone does."""
    named: dict[str, list[str]]
    """Patterns by what they mean: "after_summer", "month:9", "year", "days:14"."""


class Heard(NamedTuple):
    """What a lead who says "not now" asks for."""

    until: date
    occasion: str | None
    """The time that was named, as one of these words and never the lead's own: "after_summer", "new_year", "month:3",
    "later:week", "later:weeks" (day, month, year likewise). None where no time was named, or one within a day."""


def snooze_until(text: str, today: date) -> date:
    """Return the day until which the lead wants to be left alone; a day after `today`."""
    return hear_snooze(text, today).until


def hear_snooze(text: str, today: date) -> Heard:
    """Return the day until which the lead wants to be left alone, and the time by which they named it."""
    words = Words.of(plain(text))
    if (match := _UNTIL_DAY.search(words.text.replace("| ", ""))) and 1 <= int(match["day"]) <= 28:
        return _in_its_month(_next_day(int(match["day"]), today) + timedelta(days=1))
    counted = _counted(words.text.replace("| ", ""))
    if counted is not None:
        number, days = counted
        return Heard(today + timedelta(days=min(number * days, 730)), _later(number, days))
    for language in LANGUAGES:
        month = _month(language, words.text.replace("| ", ""))
        if month is not None:
            return Heard(_meant(f"month:{month}", today), f"month:{month}")
        for meaning in _days(language).named:
            if _named(language, meaning).match(words):
                return Heard(_meant(meaning, today), _occasion(meaning))
    return Heard(today + UNSAID, None)


def written_day(day: date, language: str) -> str:
    """Return a day as one says it: "1 September", "1 de septiembre"."""
    days = _days(language if language in LANGUAGES else "en")
    return days.day.replace("{number}", str(day.day)).replace("{month}", days.months[day.month - 1])


def month_name(month: int, language: str) -> str:
    """Return a month, 1 to 12, as it is written to the lead."""
    return _days(language if language in LANGUAGES else "en").months[month - 1]


def _in_its_month(until: date) -> Heard:
    return Heard(until, f"month:{until.month}")


def _occasion(meaning: str) -> str | None:
    """Name what a pattern means, as exactly as is true of everything that it matches."""
    return {
        "days:1": None,  # "tonight", too
        "days:7": "later:days",  # "on Monday", too
        "days:14": "later:weeks",
        "days:30": "later:month",
        "days:60": "later:months",
        "year": "new_year",
    }.get(meaning, meaning)


def _later(number: int, days: int) -> str:
    return f"later:{_LATER[days]}" if number == 1 else f"later:{_LATER[days]}s"


def _meant(meaning: str, today: date) -> date:
    name, _, number = _MEANS.get(meaning, meaning).partition(":")
    if name == "days":
        return today + timedelta(days=int(number))
    if name == "year":
        return date(today.year + 1, 1, 7)
    month = int(number)
    year = today.year if month > today.month else today.year + 1
    return date(year, month, 1)


def _next_day(number: int, today: date) -> date:
    if number > today.day:
        return today.replace(day=number)
    following = today.replace(day=28) + timedelta(days=5)
    return following.replace(day=number)


def _counted(text: str) -> tuple[int, int] | None:
    """Return the number and the days of the unit of "in two weeks", "dentro de 3 meses"."""
    for language in LANGUAGES:
        days = _days(language)
        numbers = "|".join(sorted(days.numbers, key=len, reverse=True))
        units = "|".join(sorted(days.units, key=len, reverse=True))
        match = re.search(
            rf" (?P<number>\d{{1,2}}|{numbers}) (?:of |more |mas |de |mais |di |d )?(?P<unit>{units}) ", text
        )
        if match is not None:
            number = match["number"]
            return int(number) if number.isdecimal() else days.numbers[number], days.units[match["unit"]]
    return None


def _month(language: str, text: str) -> int | None:
    """Return the month that a text names as the time meant, 1 to 12."""
    match = _months(language).search(text)
    if match is None:
        return None
    return [plain(month).strip() for month in _days(language).months].index(match["month"]) + 1


@cache
def _months(language: str) -> re.Pattern[str]:
    days = _days(language)
    months = "|".join(plain(month).strip() for month in days.months)
    before = "|".join(sorted(days.before_month, key=len, reverse=True))
    return re.compile(rf" (?:{before}) (?P<month>{months})(?= )" if before else rf" (?P<month>{months})(?= )")


@cache
def _named(language: str, meaning: str) -> PatternSet:
    return PatternSet(Pattern(source, {}) for source in _days(language).named[meaning])


@cache
def _days(language: str) -> _Days:
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=_Days)
