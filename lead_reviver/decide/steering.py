"""Steering: words that say who lives somewhere, who should, or how safe that makes it; and questions that ask for them.

Pure. Fair-housing law forbids such words to whoever sells or lets homes (in the US 42 USC 3604(c) and its like in
other countries), also as an answer to a question. The phrases are data under `steering/`, one file a language, as
patterns of `decide/patterns.py`. A text is tried in all these languages: it may be in any, and mix two.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from lead_reviver.decide.patterns import Pattern, PatternSet, Words
from lead_reviver.decide.text import plain

STEERING_LANGUAGES: Final = ("en", "es", "pt", "fr", "de", "it")
_FOLDER: Final = Path(__file__).parent / "steering"


class _Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    said: list[str]
    """May not be said by us."""
    asked: list[str]
    """A lead asks for it."""


def steering_in(text: str) -> str | None:
    """Return the first words of a text that steer, in plain form; None when there are none."""
    for line in text.splitlines():
        words = Words.of(plain(line))
        pattern = _patterns("said").match(words)
        if pattern is not None:
            return pattern.words_in(words)
    return None


def asks_to_be_steered(text: str) -> bool:
    """Return whether a lead asks who lives somewhere, or how safe it is; or wants some people not to."""
    return _patterns("asked").match(Words.of(plain(text))) is not None


@cache
def _patterns(field: Literal["said", "asked"]) -> PatternSet:
    return PatternSet(Pattern(source, {}) for each in STEERING_LANGUAGES for source in getattr(_phrases(each), field))


@cache
def _phrases(language: str) -> _Phrases:
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=_Phrases)
