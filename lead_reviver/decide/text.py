"""A lead's words in the plain form that rules compare: case, accents, emoji and habits of typing are gone."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

LONGEST: Final = 1000
"""Characters that rules look at; people say what matters early, and rules must stay fast."""

_STOP_SIGNS: Final = re.compile("[\U0001f6d1\u26d4\U0001f6ab]")
_CONTRACTION: Final = re.compile(r"['’‘`´](?=(?:t|s|m|d|re|ll|ve)\b)")
_CLAUSE_END: Final = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[!?;:\n…।،؛؟|()—–]+|\s-\s")
_SPELLED: Final = re.compile(r"\b(?:[a-z][ .\-*_]){3,}[a-z]\b")
_NO_WORD: Final = re.compile(r"(?:[^\w|\u0900-\u097f\u0600-\u06ff]|_)+")
_REPEATED_BREAK: Final = re.compile(r"(?:\| )+")
_LONG_RUN: Final = re.compile(r"([^\W\d])\1{2,}")
_MARKS: Final = re.compile("[\u0300-\u036f\u064b-\u0652\u0640\u200b-\u200f\ufe0f]")
_ALIKE: Final = str.maketrans({"ß": "ss", "ı": "i", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ø": "o"})


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """Return `text` as lower-case words, one space around each, `|` where a clause ends.

    "Pleaseee, DON'T write!" becomes " please | dont write | ". Starts and ends with a space; " " when no word is
    left. Letters repeated three times or more count once; Devanagari keeps its vowel signs. At most the first
    1,000 characters are read.
    """
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    folded = _STOP_SIGNS.sub(" stop ", folded)
    if not folded.isascii():
        # NFC once the accents are off, so that Devanagari letters stay in one piece.
        folded = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", folded))).translate(_ALIKE)
    folded = _CONTRACTION.sub("", folded)
    folded = _SPELLED.sub(_joined, folded)
    folded = _CLAUSE_END.sub(" | ", folded)
    folded = _NO_WORD.sub(" ", f" {folded} ")
    folded = _LONG_RUN.sub(r"\1", folded)
    return _REPEATED_BREAK.sub("| ", folded)


def clauses(plain_text: str) -> list[str]:
    """Return the clauses of what `plain` returned, without the spaces around them."""
    return [clause.strip() for clause in plain_text.split("|") if clause.strip()]


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"[^a-z]", "", match.group())
