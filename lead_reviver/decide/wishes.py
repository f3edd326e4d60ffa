"""What a message is about beside answers: a death, a wrong number, a complaint, a price, another day. Eight languages.

Pure. Each wish has an ending of its own (`reply/endings.py`); the phrases are data under `wishes/`, one file a
language, as patterns of `decide/patterns.py`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from lead_reviver.decide.language import detect_language
from lead_reviver.decide.patterns import LANGUAGES, Pattern, PatternSet, Words, pattern_set
from lead_reviver.decide.text import plain

Wish = Literal[
    "legal_threat", "bereavement", "wrong_person", "minor", "abuse", "complaint", "asks_for_person", "asks_if_bot",
    "asks_where_number_from", "already_bought", "other_agent", "not_interested", "not_now", "cancels_meeting",
    "moves_meeting", "wants_meeting", "haggles", "asks_question", "thanks", "greets",
]  # fmt: skip
WISHES: Final[tuple[Wish, ...]] = get_args(Wish)
"""Where a message shows two, the first here decides what happens."""
GRAVE: Final = frozenset({"legal_threat", "bereavement", "wrong_person", "minor", "abuse", "complaint"})
"""These come before any answer, question or sale."""
_EVERYWHERE: Final = (*WISHES[: WISHES.index("not_now")], "cancels_meeting", "thanks", "greets")
"""Looked for in every language when the one that the message seems to be in shows nothing."""
_FOLDER: Final = Path(__file__).parent / "wishes"


@lru_cache(maxsize=512)
def wish_of(text: str, language: str) -> Wish | None:
    """Return what a message is about, the gravest first; `language` is the one that the conversation is in."""
    words = pattern_set("harmless").without(Words.of(plain(text)))
    spoken = detect_language(text, LANGUAGES, language)
    for wish in WISHES:
        if _patterns(spoken, wish).match(words):
            return wish
    return next((wish for wish in _EVERYWHERE if _anywhere(wish).match(words)), None)


@cache
def _anywhere(wish: str) -> PatternSet:
    return PatternSet(each for language in LANGUAGES for each in _patterns(language, wish).patterns)


@cache
def _patterns(language: str, wish: str) -> PatternSet:
    return PatternSet(Pattern(source, {}) for source in _phrases(language).get(wish, ()))


@cache
def _phrases(language: str) -> dict[str, list[str]]:
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=dict[str, list[str]])
