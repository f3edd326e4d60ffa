"""Phrases as data: one file a language under `phrases/`, read once, compiled to one small language of patterns.

A pattern is a row of words over text in plain form (see `text.plain`):

    word          that word                    word*     any word that begins so
    {name}        one of the file's sets       (a|b c)   one of these
    x?            x may be missing             _         any one word
    ...           up to three words            ^  $      here a clause begins, ends

A pattern never reaches over the end of a clause. Before a pattern is tried, the words that it cannot do without
are looked up among the words of the message, so that hundreds of patterns cost microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

LANGUAGES: Final = ("en", "es", "pt", "fr", "de", "it", "hi", "ar")
_FOLDER: Final = Path(__file__).parent / "phrases"
_SHORTEST_STEM: Final = 3
_ELEMENT: Final = re.compile(r"\([^)]*\)\??|\S+")
_CHOICE: Final = re.compile(r"[\w\u0900-\u097f]+\*?(?: [\w\u0900-\u097f]+\*?)*")
TAKEN_OUT: Final = "×"
"""Stands where harmless words were; no pattern matches it or reaches over it."""
_WORD: Final = f"[^|{TAKEN_OUT} ]+ "
_GAP: Final = f"(?:{_WORD}){{0,3}}?"


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds. Every phrase is written in plain form; patterns may use the sets."""

    language: str
    sets: dict[str, list[str]]
    fillers: list[str]
    """What may stand around a stop word without changing it: "please", "thanks"."""
    stop_alone: list[str]
    """HARD when it is the whole message, fillers aside."""
    stop: list[str]
    """HARD anywhere: a verb of ceasing and what shall cease."""
    polite: list[str]
    """HARD, and looked for before what is harmless: "grateful if you didn't write"."""
    no: list[str]
    """Words that refuse. SUSPECT in a clause with a word for our messages, in whatever order."""
    told: list[str]
    """Words of a clause that tells what was, and wishes nothing: there a word that refuses says little."""
    suspect: list[str]
    """A person has to look."""
    soft: list[str]
    """Wants nothing, or is somebody else, without asking for silence; beside a stop word it makes that HARD."""
    harmless: list[str]
    """Looks like a stop and is none; taken out of the text before anything else is tried."""
    unless: list[str]
    """With one of these in the message, HARD becomes SUSPECT: "at night", "I need two bedrooms"."""
    resume: list[str]
    """Wishes to be written to again."""
    person: list[str]
    """Asks for a person."""
    bot: list[str]
    """Asks whether a person or a machine is writing."""
    common: list[str]
    """Frequent short words that tell the language."""
    greetings: list[str]
    """Words that tell it alone."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message ready to be compared with patterns."""

    text: str
    """In plain form."""
    keys: frozenset[str]
    """Every word, and every beginning of a word with a star behind it."""

    @classmethod
    def of(cls, plain_text: str) -> Words:
        """Index what `text.plain` returned; the same message is asked about several times in a row."""
        return _indexed(plain_text)


@lru_cache(maxsize=512)
def _indexed(plain_text: str) -> Words:
    words = set(plain_text.split())
    stems = {f"{word[:end]}*" for word in words for end in range(_SHORTEST_STEM, len(word) + 1)}
    return Words(plain_text, frozenset(words | stems))


class Pattern:
    """One pattern, compiled."""

    __slots__ = ("_regex", "_search", "needs", "source")

    def __init__(self, source: str, sets: Mapping[str, Iterable[str]]) -> None:
        """Compile `source`. Raises `ValueError` naming a set that is not there."""
        self.source = source
        parts: list[str] = ["(?<= )"]
        needs: list[frozenset[str]] = []
        for element in _ELEMENT.findall(source):
            regex, keys = _compiled(element, source, sets)
            parts.append(regex)
            if keys:
                needs.append(keys)
        self._regex = re.compile("".join(parts))
        self._search = self._regex.search
        self.needs = tuple(sorted(needs, key=len))

    def found_in(self, words: Words) -> bool:
        """Whether the message holds the pattern."""
        return self.may_be_in(words) and self._search(words.text) is not None

    def words_in(self, words: Words) -> str | None:
        """Return the words of the message that the pattern matches first, or None."""
        found = self._search(words.text) if self.may_be_in(words) else None
        return found.group().strip() if found is not None else None

    def may_be_in(self, words: Words) -> bool:
        """Whether the message holds every word the pattern cannot do without."""
        keys = words.keys
        return not any(need.isdisjoint(keys) for need in self.needs)

    def taken_out_of(self, text: str) -> str:
        """Return `text` with a mark, which no pattern matches, wherever this one does."""
        return self._regex.sub(f"{TAKEN_OUT} ", text)


class PatternSet:
    """Patterns that mean the same, of one language or of all, found by the rarest thing each of them needs."""

    __slots__ = ("_always", "_by_need", "_needed", "patterns")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._always = [place for place, pattern in enumerate(self.patterns) if not pattern.needs]
        self._by_need: dict[str, list[int]] = {}
        for place, pattern in enumerate(self.patterns):
            for key in pattern.needs[0] if pattern.needs else ():
                self._by_need.setdefault(key, []).append(place)
        self._needed = frozenset(self._by_need)

    def match(self, words: Words) -> Pattern | None:
        """Return the first pattern found, or None."""
        for each in self._candidates(words):
            if each.found_in(words):
                return each
        return None

    def without(self, words: Words) -> Words:
        """Return the message with everything that these patterns match taken out."""
        text = words.text
        for pattern in self._candidates(words):
            if pattern.may_be_in(words):
                text = pattern.taken_out_of(text)
        return words if text == words.text else Words.of(text)

    def _candidates(self, words: Words) -> Sequence[Pattern]:
        """Return those that the message may hold, in order; for most messages and sets there are none."""
        keys = words.keys & self._needed
        if not keys and not self._always:
            return ()
        places = {place for key in keys for place in self._by_need[key]}
        return [self.patterns[place] for place in sorted(places.union(self._always))]


@cache
def phrases(language: str) -> Phrases:
    """Return the phrases of a language.

    Raises `FileNotFoundError` for a language without a file, `msgspec.ValidationError` for a file of another shape.
    """
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=Phrases)


@cache
def pattern_set(field: str) -> PatternSet:
    """Return the patterns of one field of `Phrases`, of all languages together."""
    return PatternSet(
        Pattern(source, phrases(language).sets)
        for language in LANGUAGES
        for source in getattr(phrases(language), field)
    )


def _compiled(element: str, source: str, sets: Mapping[str, Iterable[str]]) -> tuple[str, frozenset[str]]:
    """Return an element's regex, and the words of which one must be there (empty: none must)."""
    if element == "...":
        return _GAP, frozenset()
    if element == "_":
        return _WORD, frozenset()
    if element == "^":
        return r"(?:(?<=^ )|(?<=\| ))", frozenset()
    if element == "$":
        return r"(?=\||$)", frozenset()
    optional = element.endswith("?")
    choices = _choices(element.removesuffix("?"), source, sets)
    regex = "|".join(re.escape(choice).replace(r"\*", "[^| ]*") for choice in sorted(choices, key=len, reverse=True))
    if optional:
        return f"(?:(?:{regex}) )?", frozenset()
    return f"(?:{regex}) ", frozenset(choice.split(" ")[0] for choice in choices)


def _choices(body: str, source: str, sets: Mapping[str, Iterable[str]]) -> list[str]:
    found: list[str] = []
    if body.startswith("(") != body.endswith(")"):
        raise ValueError(f"pattern {source!r} opens or closes a choice without its partner")
    for choice in body.removeprefix("(").removesuffix(")").split("|"):
        if not choice.startswith("{"):
            found.append(choice)
            continue
        name = choice.strip("{}")
        if name not in sets:
            raise ValueError(f"pattern {source!r} names the set {name!r}, which its file does not have")
        found.extend(sets[name])
    if any(not _CHOICE.fullmatch(choice) for choice in found):
        raise ValueError(f"pattern {source!r} holds something that is neither a word, a set nor a choice")
    return found
