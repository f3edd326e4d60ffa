"""What people say, read from lines/*.yaml. Words of people: nothing in these files comes from the product's phrases."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

TALKERS: Final = ("en", "es", "pt")
"""Languages in which leads hold a whole conversation."""
_FOLDER: Final = Path(__file__).parent / "lines"


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Wordings of one answer by manner of writing; `{…}` is filled with what the lead knows."""

    short: list[str]
    plain: list[str]
    long: list[str]
    voice: list[str]


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people of one language say, and how they read us."""

    numbers: dict[int, str]
    thousands: dict[int, str]
    """Amounts of thousands as they are spoken."""
    areas: list[str]
    ordinals: list[str]
    weekdays: list[str]
    """Monday first."""
    months: list[str]
    parts: dict[str, str]
    asked: dict[str, str]
    """Regular expressions by which a reader knows what a question is about, first match counts."""
    marks: list[str]
    """Words by which a text is known to be in this language, not in its neighbours."""
    booked: str
    """A regular expression: the text says that something is booked."""
    human: str
    """A regular expression: the text says that a human being writes."""
    opens: dict[str, list[str]]
    pieces: dict[str, list[str]]
    answers: dict[str, Answers]
    visit: list[str]
    choose: list[str]
    other_time: list[str]
    browse: list[str]
    move: list[str]
    cancel: list[str]
    correct_budget: list[str]
    correct_area: list[str]
    aside: list[str]
    thanks: list[str]
    nudge: list[str]
    stop: list[str]
    after_stop: list[str]
    person: list[str]
    asks: list[str]
    wrong: list[str]
    not_now: list[str]
    bought: list[str]
    rude: list[str]
    no_interest: list[str]
    complaint: list[str]
    legal: list[str]
    bereaved: list[str]
    haggles: list[str]
    origin: list[str]
    bot: list[str]


class FewLines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language in which leads only greet or stop."""

    keen: list[str]
    stop: list[str]
    marks: list[str]


@cache
def lines(language: str) -> Lines:
    """Return what people of one of `TALKERS` say."""
    return msgspec.convert(_read(language), Lines, strict=False)


@cache
def other_lines() -> dict[str, FewLines]:
    """Return the languages that no playbook of the rehearsal speaks."""
    return msgspec.convert(_read("others"), dict[str, FewLines])


@cache
def marks() -> dict[str, frozenset[str]]:
    """Return by language the words that give it away."""
    found = {language: lines(language).marks for language in TALKERS}
    found |= {language: few.marks for language, few in other_lines().items()}
    return {language: frozenset(words) for language, words in found.items()}


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8"))
