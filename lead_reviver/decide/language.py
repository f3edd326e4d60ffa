"""Which of a few languages a short message is in.

Pure: frequent words (`frequent_words.json`, and those beside the phrases) and the script decide; with too little to go
by, the language known before stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.patterns import LANGUAGES, phrases
from lead_reviver.decide.text import plain

_SCRIPTS: Final = {"hi": re.compile("[\u0900-\u097f]"), "ar": re.compile("[\u0600-\u06ff]")}
_ONLY_IN: Final = {
    "es": re.compile("[ñ¿¡]"),
    "pt": re.compile("[ãõ]"),
    "de": re.compile("[ßäöü]"),
    "fr": re.compile("[œêûîèçà]"),
    "it": re.compile("[ìò]"),
}
_ADDRESS: Final = re.compile(r"(?:://|www\.|@)\S*")
"""Addresses have a language of their own: "com"."""
_KNOWN: Final = 2.0
"""How many words more than the lead's own language another one must show."""
_GUESSED: Final = 1.0
"""The same, where nobody knows the lead's language yet."""
_FREQUENT: Final = Path(__file__).parent / "frequent_words.json"


def detect_language(text: str, languages: Iterable[str], prior: str, *, known: bool = True) -> str:
    """Return the language of `text` among `languages`, or `prior` when the text does not tell.

    A word that two languages share counts half for each. `prior` is the lead's language, else (not `known`) the
    workspace's, which gives way to less.
    """
    choices = tuple(dict.fromkeys((prior, *languages)))
    text = _ADDRESS.sub(" ", text)
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
    for language, letters in _ONLY_IN.items():
        if language in scores and letters.search(folded):
            scores[language] += 1
    best = max(choices, key=lambda language: scores[language])
    needed = scores.get(prior, 0.0) + (_KNOWN if known else _GUESSED)
    return best if best != prior and scores[best] >= needed else prior


@cache
def _speakers() -> dict[str, tuple[str, ...]]:
    frequent = msgspec.json.decode(_FREQUENT.read_bytes(), type=dict[str, list[str]])
    return _by_word(
        {
            each: [*phrases(each).common, *phrases(each).greetings, *" ".join(frequent.get(each, ())).split()]
            for each in LANGUAGES
        }
    )


@cache
def _greeters() -> dict[str, tuple[str, ...]]:
    return _by_word({each: phrases(each).greetings for each in LANGUAGES})


def _by_word(words_of: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return the languages in which each word is said."""
    found: dict[str, dict[str, None]] = {}
    for language, words in words_of.items():
        for word in words:
            found.setdefault(word, {})[language] = None
    return {word: tuple(languages) for word, languages in found.items()}
