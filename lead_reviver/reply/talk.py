"""How people of one language count, agree, doubt and ask: data under `phrases/`, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.patterns import Pattern, PatternSet, Words

LANGUAGES: Final = ("en", "es", "pt")
_FOLDER: Final = Path(__file__).parent / "phrases"


class Talk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds; words in plain form (`decide/text.py`), patterns as in `decide/patterns.py`."""

    language: str
    numbers: dict[str, int]
    multipliers: dict[str, int]
    articles: list[str]
    """Words that mean one only beside what is counted: "una habitación", not "una casa bonita"."""
    half: list[str]
    """Before a multiplier: "half a million"."""
    and_: list[str] = msgspec.field(name="and")
    or_: str = msgspec.field(name="or")
    spelled: list[str]
    """Zero to ten as they are written back to the lead."""
    up_to: str
    from_: str = msgspec.field(name="from")
    range_: str = msgspec.field(name="range")
    yes: list[str]
    no: list[str]
    yes_title: str
    no_title: str
    unknown: list[str]
    """Patterns: the lead does not know or does not mind."""
    chatter: list[str]
    """Patterns: greetings and thanks, no answer to anything."""
    asking: list[str]
    """Patterns: a question, with or without its mark."""
    before_place: list[str]
    no_place: list[str]
    place_fillers: list[str]
    """Words to drop from both ends of an answer that names a place."""
    at_most: list[str]
    at_least: list[str]
    money: list[str]
    """Words that make a bare number an amount: "budget"."""
    between: list[str]
    """Between the two amounts of a range."""


@cache
def talk(language: str) -> Talk:
    """Return the talk of a language; a language without a file is read as English."""
    name = language if language in LANGUAGES else "en"
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=Talk)


@cache
def _pattern_set(language: str, field: str) -> PatternSet:
    patterns = getattr(talk(language), field)
    if field in ("yes", "no"):
        patterns = [f"^ ({'|'.join(patterns)})"]
    return PatternSet(Pattern(source, {}) for source in patterns)


def says(field: str, words: Words, language: str) -> bool:
    """Whether a message holds a pattern of `yes`, `no`, `unknown`, `chatter` or `asking`."""
    return _pattern_set(language, field).match(words) is not None
