"""Whether a clause refuses our messages, whatever its wording: a no, what it refuses, and nothing that narrows it.

Pure. Phrases list what people say; this reads what they may say as well. Every word of a language's small vocabulary
plays parts ("dont" refuses, "texting" contacts, "list" is where we keep people). A run of such words whose parts make
a refusal is one, provided that no other word follows which says of what: "do not send me any more" refuses, "do not
send me any more studios" does not. The vocabularies are data under `refusals/`, one file a language.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.patterns import LANGUAGES
from lead_reviver.decide.spelling import REAL_WORDS, one_slip, shorter
from lead_reviver.decide.text import clauses

_FOLDER: Final = Path(__file__).parent / "refusals"
_LONGEST: Final = 60
"""Words of a clause that are looked at."""
_SHORTEST_STEM: Final = 2
_SHORTEST_MENDED: Final = 5
"""Letters; shorter words have too many neighbours."""
_MOST_MENDED: Final = 3
_LONGEST_MENDED: Final = 15
"""Words of a clause that are mended, and words of a clause in which that is tried."""
_FARTHEST: Final = 6
"""Words between a no and what it refuses."""
_CONTENT: Final = ("no", "none", "cease", "contact", "messages", "remove", "own", "kept_in", "me", "refused")

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
    own: list[str]
    """What we keep of a person: number, data."""
    kept_in: list[str]
    """Where we keep it."""
    me: list[str]
    refused: list[str]
    """A no and a contact in one word."""
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
    told: list[str]
    """Before a run, or in it: somebody tells or asks, and wishes nothing."""


def refuses(plain_text: str) -> bool:
    """Whether a clause of a text in plain form refuses contact, every word as it was typed."""
    return any(_refuses(tuple(clause.split()[:_LONGEST]), language) for clause, language in _each(plain_text))


def refuses_misspelt(plain_text: str) -> bool:
    """Whether a whole clause does once slips of the finger are mended and words that run together are parted."""
    for clause, language in _each(plain_text):
        typed = clause.split()
        if len(typed) > _LONGEST_MENDED or sum(not _parts(word, language) for word in typed) > _MOST_MENDED:
            continue
        meant = [piece for word in typed for piece in _meant(word, language)]
        if meant != typed and all(_parts_of(tuple(meant), language)) and _refuses(tuple(meant), language):
            return True
    return False


def without_calls(some: list[str]) -> list[str]:
    """Return clauses less those that refuse calls, where another one asks to be written to instead."""
    for language in LANGUAGES:
        said = [_said(clause, language) for clause in some]
        calls = [place for place, each in enumerate(said) if {"no", "call"} <= each and "contact" not in each]
        writes = any(each & {"contact", "invites", "messages"} and not each & {"no", "none", "cease"} for each in said)
        if calls and writes:
            return [clause for place, clause in enumerate(some) if place not in calls]
    return some


def _said(clause: str, language: str) -> Parts:
    return frozenset().union(*_parts_of(tuple(clause.split()), language))


def _each(plain_text: str) -> Iterator[tuple[str, str]]:
    for clause in clauses(plain_text):
        for language in LANGUAGES:
            yield clause, language


@lru_cache(maxsize=4096)
def _refuses(words: tuple[str, ...], language: str) -> bool:
    parts = list(_parts_of(words, language))
    own = _vocabulary(language)
    start = 0
    while start < len(words):
        if not parts[start]:
            start += 1
            continue
        end = start
        while end < len(words) and parts[end]:
            end += 1
        if _stands_free(words, start, end, own) and _is_refusal(parts[start:end], own):
            return True
        start = end
    return False


def _stands_free(words: tuple[str, ...], start: int, end: int, own: Vocabulary) -> bool:
    """Whether nothing around a run narrows it, or turns it into news."""
    if end < len(words) and words[end] not in own.goes_on:
        return False
    before = words[:start]
    if own.object_first and before and before[-1] not in own.goes_on:
        return False
    return not any(word in own.told for word in before[-3:])


def _is_refusal(run: list[Parts], own: Vocabulary) -> bool:
    said: Parts = frozenset().union(*run)
    if "told" in said or "invites" in said:
        return False
    if "refused" in said or ("remove" in said and said & {"own", "kept_in", "me"}):
        return True
    if "cease" in said:
        return "no" not in said and bool(said & {"contact", "messages"})
    if "i" in said and "want" not in said:
        return False
    if "call" in said and "either" not in said:
        return False
    if "no" in said and "want" in said and "receive" in said:
        return True
    contacts = _near(run, "no", "contact", either_way=own.object_first or own.language in ("fr", "ar"))
    return contacts or _near(run, "none", "messages", either_way=True)


def _near(run: list[Parts], refusing: str, refused: str, *, either_way: bool) -> bool:
    for place, parts in enumerate(run):
        if refusing not in parts:
            continue
        behind = run[max(0, place - _FARTHEST) : place] if either_way else []
        ahead = run[place + 1 : place + 1 + _FARTHEST]
        if any(refused in each for each in (*behind, *ahead)):
            return True
    return False


def _parts_of(words: tuple[str, ...], language: str) -> Iterator[Parts]:
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
            yield _parts(word, language)


@lru_cache(maxsize=8192)
def _parts(word: str, language: str) -> Parts:
    whole, stems = _index(language)
    if word in whole:
        return whole[word]
    for length in range(len(word), _SHORTEST_STEM - 1, -1):
        if word[:length] in stems:
            return stems[word[:length]]
    return frozenset()


@lru_cache(maxsize=4096)
def _meant(word: str, language: str) -> tuple[str, ...]:
    """Return what a word was probably meant to be in a language: itself, one slip away, or several run together."""
    parted = _parted(word, language)
    if parted and len(parted) > 2:
        return parted
    if _parts(word, language) or word in REAL_WORDS:
        return (word,)
    near = [
        known for piece in (word, *shorter(word)) for known in _content(language).get(piece, ()) if _may_be(word, known)
    ]
    if near:
        return (max(near, key=len),)
    return parted or (word,)


def _may_be(typed: str, known: str) -> bool:
    if len(typed) < _SHORTEST_MENDED:  # short words have many neighbours, but few with the same letters
        return len(typed) > 3 and sorted(typed) == sorted(known) and typed[0] == known[0]
    return typed[:-1] != known and one_slip(typed, known)


def _parted(word: str, language: str) -> tuple[str, ...] | None:
    """Return words of the vocabulary that a long word is made of, without their spaces."""
    if not 8 <= len(word) <= 40:
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
    own = _vocabulary(language)
    found: dict[str, list[str]] = {}
    for word in sorted({word.removesuffix("*") for part in _CONTENT for word in getattr(own, part)}):
        if len(word) >= _SHORTEST_MENDED - 1 and " " not in word:
            for piece in {word, *shorter(word)}:
                found.setdefault(piece, []).append(word)
    return found


@cache
def _index(language: str) -> tuple[dict[str, Parts], dict[str, Parts]]:
    own = _vocabulary(language)
    whole: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for part in Vocabulary.__struct_fields__[2:]:
        if part == "goes_on":
            continue
        for word in getattr(own, part):
            into = stems if word.endswith("*") else whole
            into.setdefault(word.removesuffix("*"), set()).add(part)
    return {word: frozenset(parts) for word, parts in whole.items()}, {w: frozenset(p) for w, p in stems.items()}


@cache
def _vocabulary(language: str) -> Vocabulary:
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=Vocabulary)
