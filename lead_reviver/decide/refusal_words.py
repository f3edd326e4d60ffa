"""Which part each word plays in a refusal: a small vocabulary a language, data under `refusals/`.

Pure. A word may play several parts ("message" contacts, and is what shall end), two words may count as one ("told
you"), and a slip of the finger is mended to the word that was meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.patterns import LANGUAGES
from lead_reviver.decide.spelling import REAL_WORDS, one_slip, shorter

_FOLDER: Final = Path(__file__).parent / "refusals"
_SHORTEST_STEM: Final = 2
_SHORTEST_MENDED: Final = 5
"""Letters; shorter words have too many neighbours."""
_SHORTEST_STEM_MENDED: Final = 6
"""Letters of the beginning of a word, which is a word by itself only by chance."""
_CONTENT: Final = ("no", "none", "cease", "contact", "messages", "remove", "forget", "own", "kept_in", "me", "refused")
_REFUSING: Final = frozenset({"no", "none", "cease", "remove", "forget", "refused", "last"})
"""Without one of these no run refuses."""
_NO_PARTS: Final = frozenset({"language", "object_first", "goes_on", "closes", "opens"})

Parts = frozenset[str]


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds: words, or beginnings of words ("escrib*"), or two words, by the part that they play."""

    language: str
    object_first: bool
    """Whether what shall not be sent may stand before the no, as in Hindi and German."""
    no: list[str]
    """Refuses a verb: "never"."""
    none: list[str]
    """Refuses a noun: "no", "enough"."""
    cease: list[str]
    """Ends what goes on: "stop"."""
    contact: list[str]
    """Writing, sending and disturbing, in the forms of a wish or command."""
    call: list[str]
    """Refused alone, it only asks us to write instead."""
    messages: list[str]
    remove: list[str]
    forget: list[str]
    """Removes too, but the other way round with a no: "don't lose my number"."""
    own: list[str]
    """What we keep of a person: number, data."""
    kept_in: list[str]
    """Where we keep it."""
    me: list[str]
    refused: list[str]
    """A no and a contact in one word."""
    consent: list[str]
    """What the law wants of them: permission."""
    last: list[str]
    hope: list[str]
    """Wishes that something be the last: "let", "hope"."""
    demand: list[str]
    """Says it to us, perhaps again: "told you", "asked you"."""
    how: list[str]
    """Asks for the way out."""
    want: list[str]
    receive: list[str]
    i: list[str]
    """The lead as the one who acts: "I do not write" wishes nothing."""
    either: list[str]
    """Joins two things that are refused: "or"."""
    invites: list[str]
    """Asks to be written to: "escríbeme"."""
    around: list[str]
    """Changes nothing."""
    goes_on: list[str]
    """May follow a refusal and begins something new: "because"."""
    closes: list[str]
    """Ends a refusal whatever follows: "thanks"."""
    opens: list[str]
    """Begins a refusal whatever was said before: "so". Where the object may stand first it has to be named."""
    told: list[str]
    """Before a run, or in it: somebody tells or asks, and wishes nothing."""


def parts_of(words: tuple[str, ...], language: str) -> Iterator[Parts]:
    """Return the parts of each word; of two words that count as one, the second has none of its own but stays in."""
    pairs = _index(language)[0]
    joined = False
    for place, word in enumerate(words):
        pair = pairs.get(f"{word} {words[place + 1]}") if place + 1 < len(words) else None
        if joined:
            joined = False
            yield frozenset({"around"})
        elif pair:
            joined = True
            yield pair
        else:
            yield parts_of_word(word, language)


@lru_cache(maxsize=8192)
def parts_of_word(word: str, language: str) -> Parts:
    """Return the parts that a word plays by itself; none for a word outside the vocabulary."""
    whole, stems = _index(language)
    if word in whole:
        return whole[word]
    for length in range(len(word), _SHORTEST_STEM - 1, -1):
        if word[:length] in stems:
            return stems[word[:length]]
    return frozenset()


@lru_cache(maxsize=8192)
def refusing_in(word: str) -> frozenset[str]:
    """Return the languages in which a word, or two of which it is the first, may be what refuses."""
    return frozenset(
        language
        for language in LANGUAGES
        if word in _beginnings(language) or not _REFUSING.isdisjoint(parts_of_word(word, language))
    )


@lru_cache(maxsize=4096)
def meant(word: str, language: str) -> tuple[str, ...]:
    """Return what a word was probably meant to be in a language: itself, one slip away, or several run together."""
    parted = _parted(word, language)
    if parted and len(parted) > 2:
        return parted
    if parts_of_word(word, language) or word in REAL_WORDS:
        return (word,)
    pieces = (word, *shorter(word))
    near = [each for piece in pieces for each in _content(language).get(piece, ()) if _may_be(word, each)]
    if near:
        return (max(near, key=len),)
    return parted or (word,)


def _may_be(typed: str, other: str) -> bool:
    if len(typed) < _SHORTEST_MENDED:  # short words have many neighbours, but few with the same letters
        return len(typed) > 3 and sorted(typed) == sorted(other) and typed[0] == other[0]
    return typed[:-1] != other and one_slip(typed, other)


def _parted(word: str, language: str) -> tuple[str, ...] | None:
    """Return words of the vocabulary that a long word is made of, without their spaces."""
    if not 7 <= len(word) <= 40:
        return None
    whole = _index(language)[0]
    ways: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 14), end):
            before = ways[start]
            if before is not None and end - start > 1 and word[start:end] in whole:
                way = (*before, word[start:end])
                if ways[end] is None or len(way) < len(ways[end] or ()):
                    ways[end] = way
    return ways[-1]


@cache
def _content(language: str) -> dict[str, list[str]]:
    """Return the words that carry a refusal, long enough to be told apart, by themselves and less one letter."""
    own = vocabulary(language)
    found: dict[str, list[str]] = {}
    listed = {word for part in _CONTENT for word in getattr(own, part)}
    for word in sorted(
        {each.removesuffix("*") for each in listed if len(each) > _SHORTEST_STEM_MENDED or each[-1] != "*"}
    ):
        if len(word) >= _SHORTEST_MENDED - 1 and " " not in word:
            for piece in {word, *shorter(word)}:
                found.setdefault(piece, []).append(word)
    return found


@cache
def _beginnings(language: str) -> frozenset[str]:
    """Return the first words of the pairs that refuse."""
    pairs = _index(language)[0]
    return frozenset(pair.split()[0] for pair, parts in pairs.items() if " " in pair and parts & _REFUSING)


@cache
def _index(language: str) -> tuple[dict[str, Parts], dict[str, Parts]]:
    own = vocabulary(language)
    whole: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for part in Vocabulary.__struct_fields__:
        for word in () if part in _NO_PARTS else getattr(own, part):
            into = stems if word.endswith("*") else whole
            into.setdefault(word.removesuffix("*"), set()).add(part)
    return {word: frozenset(parts) for word, parts in whole.items()}, {w: frozenset(p) for w, p in stems.items()}


@cache
def vocabulary(language: str) -> Vocabulary:
    """Return a language's vocabulary. Raises `FileNotFoundError` for a language without a file."""
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=Vocabulary)
