"""Which of a few languages a short message is in.

Pure: frequent words and the script decide; with too little to go by, the language known before stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from lead_reviver.decide.patterns import LANGUAGES, phrases
from lead_reviver.decide.text import plain

_SCRIPTS: Final = {"hi": re.compile("[\u0900-\u097f]"), "ar": re.compile("[\u0600-\u06ff]")}
_LETTERS: Final = {
    "es": re.compile("[ñ¿¡]"),
    "pt": re.compile("[ãõâêôç]"),
    "de": re.compile("[ßäöü]"),
    "fr": re.compile("[œêûîèçàâô]"),
    "it": re.compile("[ìòàè]"),
}
_PRIOR: Final = 1.0
"""What the language known before is worth, in words."""
_LEAD_NEEDED: Final = 1.0
"""How many words more than the known language another one must show."""


def detect_language(text: str, languages: Iterable[str], prior: str) -> str:
    """Return the language of `text` among `languages`, or `prior` when the text does not tell.

    A word that two languages share counts half for each. `prior` is the lead's language, else the workspace's.
    """
    choices = tuple(dict.fromkeys((prior, *languages)))
    folded = text.casefold()
    for language, script in _SCRIPTS.items():
        if len(script.findall(folded)) > len(folded) / 4:
            return language if language in choices else prior
    scores = dict.fromkeys(choices, 0.0)
    by_word, by_greeting = _speakers(), _greeters()
    for word in plain(text).split():
        for language in by_greeting.get(word, ()):
            if language in scores:
                scores[language] += 1
        speakers = [language for language in by_word.get(word, ()) if language in scores]
        for language in speakers:
            scores[language] += 1 / len(speakers)
    for language, letters in _LETTERS.items():
        if language in scores and letters.search(folded):
            scores[language] += 1
    known = scores.get(prior, 0.0) + _PRIOR
    best = max(choices, key=lambda language: scores[language])
    return best if best != prior and scores[best] >= known + _LEAD_NEEDED else prior


def _speakers() -> dict[str, tuple[str, ...]]:
    return _by_word("common", "greetings")


def _greeters() -> dict[str, tuple[str, ...]]:
    return _by_word("greetings")


@cache
def _by_word(*fields: str) -> dict[str, tuple[str, ...]]:
    words: dict[str, dict[str, None]] = {}
    for language in LANGUAGES:
        for word in (word for field in fields for word in getattr(phrases(language), field)):
            words.setdefault(word, {})[language] = None
    return {word: tuple(languages) for word, languages in words.items()}
