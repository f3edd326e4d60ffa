"""What a lead says about home and plans without being asked, in eight languages: data under `heard/`.

Pure. Only phrases that are clear by themselves; what makes sense as an answer alone is `understand.py`'s.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from lead_reviver.decide.patterns import LANGUAGES, Pattern, PatternSet, Words
from lead_reviver.decide.text import plain

_FOLDER: Final = Path(__file__).parent / "heard"
_SOON_DAYS: Final = 92
"""Three months; what is later is `later`."""
_MOST_YEARS: Final = 5
"""More are an age: "tengo 12 años"."""
_ALL: Final = ("property_type", "reason", "decision_makers", "timeline", "financing")


class Heard(NamedTuple):
    """A field and its value."""

    field: str
    value: Any


class _Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    numbers: dict[str, int]
    bedrooms: list[str]
    """What is counted."""
    at_least: list[str]
    months: list[str]
    weeks: list[str]
    years: list[str]
    before_place: list[str]
    """Where the playbook's own words do not reach: in languages that it does not speak."""
    quotes: list[str]
    """Patterns of what others said or ask: a price beside it is no budget."""
    one_home: list[str]
    """Words for a home already spoken of: in "does the flat have a lift?"."""
    property_type: dict[str, list[str]]
    reason: dict[str, list[str]]
    decision_makers: dict[str, list[str]]
    timeline: dict[str, list[str]]
    financing: dict[str, list[str]]


def heard_in(sentence: str, language: str) -> list[Heard]:
    """Return what a sentence says by itself. The order within a field's data decides where two would fit."""
    text = western_digits(sentence)
    words = Words.of(plain(text))
    spoken = language if language in LANGUAGES else "en"
    found: list[Heard] = []
    for field in _ALL:
        value = next(
            (value for value in getattr(_phrases(spoken), field) if _set(spoken, field, value).match(words)), None
        )
        if value is not None:
            found.append(Heard(field, value == "yes" if field == "financing" else value))
    flat = words.text.replace("| ", "")
    if not any(each.field == "timeline" for each in found):
        within = _within(flat, spoken)
        if within is not None:
            found.append(Heard("timeline", within))
    bedrooms = bedrooms_in(text, spoken)
    if bedrooms is not None:
        found.append(Heard("bedrooms", bedrooms))
    elif any(each == Heard("property_type", "studio") for each in found):
        found.append(Heard("bedrooms", 0))
    return found


def quotes(sentence: str, language: str) -> bool:
    """Whether a sentence tells what others said: "your colleague told me it is 99k now"."""
    spoken = language if language in LANGUAGES else "en"
    return _quoting(spoken).match(Words.of(plain(sentence))) is not None


def is_one_home(sentence: str, language: str) -> bool:
    """Whether a sentence speaks of a certain home, and not of what kind is wanted."""
    spoken = language if language in LANGUAGES else "en"
    return not _words_of_one_home(spoken).isdisjoint(plain(sentence).split())


def bedrooms_in(text: str, language: str, *, asked: bool = False) -> Any:
    """Return how many bedrooms a text names: a number, or a range whose `max` may be open; None for none.

    `asked`: a number alone will do.
    """
    phrases = _phrases(language if language in LANGUAGES else "en")
    flat = plain(text.replace("+", " plusplus ")).replace("| ", "")
    numbers = "|".join(sorted(phrases.numbers, key=len, reverse=True))
    units = "|".join(re.escape(unit).replace(r"\*", r"\S*") for unit in phrases.bedrooms)
    unit = rf"(?: ?\S+)?? ?(?:{units})(?= )" if not asked else rf"(?: ?(?:{units}))?(?= )"
    match = re.search(rf" (?P<number>\d{{1,2}}|{numbers})(?P<more> plusplus)?{unit}(?P<more2> plusplus)?", flat)
    if match is None or (asked and len(flat.split()) > 6):
        return None
    number = match["number"]
    count = int(number) if number.isdecimal() else phrases.numbers[number]
    open_end = match["more"] or match["more2"] or any(f" {word} " in flat for word in phrases.at_least)
    return {"min": count, "max": None} if open_end else count


def places_before(language: str) -> list[str]:
    """Return the words that stand before a place in a language that no playbook speaks."""
    return _phrases(language).before_place if language in LANGUAGES else []


def western_digits(text: str) -> str:
    """Return text with every digit as 0 to 9."""
    return "".join(str(unicodedata.digit(each)) if each.isdigit() and not each.isascii() else each for each in text)


def _within(flat: str, language: str) -> str | None:
    phrases = _phrases(language)
    numbers = "|".join(sorted(phrases.numbers, key=len, reverse=True))
    for units, days in ((phrases.weeks, 7), (phrases.months, 30), (phrases.years, 365)):
        either = "|".join(units)
        match = re.search(
            rf" (?P<number>\d{{1,2}}|{numbers}|ocho|oito|eight|sieben|acht|otto|huit) (?:{either}) ", flat
        )
        if match is not None:
            number = match["number"]
            count = int(number) if number.isdecimal() else phrases.numbers.get(number, 8)
            if days == 365 and count > _MOST_YEARS:
                continue
            return "soon" if count * days <= _SOON_DAYS else "later"
    return None


@cache
def _quoting(language: str) -> PatternSet:
    return PatternSet(Pattern(source, {}) for source in _phrases(language).quotes)


@cache
def _words_of_one_home(language: str) -> frozenset[str]:
    return frozenset(_phrases(language).one_home)


@cache
def _set(language: str, field: str, value: str) -> PatternSet:
    return PatternSet(Pattern(source, {}) for source in getattr(_phrases(language), field)[value])


@cache
def _phrases(language: str) -> _Phrases:
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=_Phrases)
