"""Whether a clause refuses our messages, whatever its wording: a no, what it refuses, and nothing that narrows it.

Pure. Phrases list what people say; this reads what they may say as well. Every word of a language's small vocabulary
plays parts (`refusal_words.py`): "dont" refuses, "texting" contacts, "list" is where we keep people. A run of such
words whose parts make a refusal is one, provided that no other word follows which says of what: "do not send me any
more" refuses, "do not send me any more studios" does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from lead_reviver.decide.patterns import LANGUAGES, TAKEN_OUT
from lead_reviver.decide.refusal_words import Parts, Vocabulary, meant, parts_of, parts_of_word, refusing_in, vocabulary
from lead_reviver.decide.text import clauses

_LONGEST: Final = 60
"""Words of a clause that are looked at."""
_MOST_MENDED: Final = 3
_LONGEST_MENDED: Final = 15
"""Words of a clause that are mended, and words of a clause in which that is tried."""
_FARTHEST: Final = 6
"""Words between a no and what it refuses."""
_FEWEST_APART: Final = 3
"""Words each with a full stop of its own that are read as one clause: "No. More. Messages."."""
_NO_BEHIND: Final = frozenset({"fr", "ar", "hi", "de"})
"""Languages in which the no may stand behind what it refuses."""
_OURS: Final = frozenset({"contact", "messages"})
_OUT_OF: Final = frozenset({"own", "kept_in", "me"})


def refuses(plain_text: str) -> bool:
    """Whether a clause of a text in plain form refuses contact, every word as it was typed."""
    some = _read(plain_text)
    if len(some) > 1 and any(_removes_what_is_named(some, language) for language in LANGUAGES):
        return True
    for clause in some:
        words = tuple(clause.split()[:_LONGEST])
        spoken = frozenset[str]().union(*map(refusing_in, words))
        if any(_refuses(words, language) for language in LANGUAGES if language in spoken):
            return True
    return False


def refuses_misspelt(plain_text: str) -> bool:
    """Whether a whole clause does once slips of the finger are mended and words that run together are parted."""
    for clause in _read(plain_text):
        typed = clause.split()
        if len(typed) <= _LONGEST_MENDED and any(_refuses_misspelt(typed, language) for language in LANGUAGES):
            return True
    return False


def _removes_what_is_named(some: list[str], language: str) -> bool:
    """Whether a clause asks to remove and no more, while another one names what: "who gave you my number? Wipe it"."""
    if not any("remove" in parts_of_word(word, language) for clause in some for word in clause.split()[:_LONGEST]):
        return False  # as almost always
    every = [list(parts_of(tuple(clause.split()[:_LONGEST]), language)) for clause in some]
    bare = [each for each in every if all(each) and any("remove" in parts for parts in each)]
    named = [frozenset().union(*each) for each in every if each not in bare]
    return any("no" not in frozenset().union(*each) for each in bare) and any({"me", "own"} <= said for said in named)


def _refuses_misspelt(typed: list[str], language: str) -> bool:
    if sum(not parts_of_word(word, language) for word in typed) > _MOST_MENDED:
        return False
    mended = tuple(piece for word in typed for piece in meant(word, language))
    return mended != tuple(typed) and all(parts_of(mended, language)) and _refuses(mended, language)


def without_calls(some: list[str]) -> list[str]:
    """Return clauses less those that refuse calls, where another one asks to be written to instead."""
    for language in LANGUAGES if len(some) > 1 else ():
        said = [_said(clause, language) for clause in some]
        calls = [place for place, each in enumerate(said) if {"no", "call"} <= each and "contact" not in each]
        writes = any(each & {"contact", "invites", "messages"} and not each & {"no", "none", "cease"} for each in said)
        if calls and writes:
            return [clause for place, clause in enumerate(some) if place not in calls]
    return some


def _said(clause: str, language: str) -> Parts:
    return frozenset().union(*parts_of(tuple(clause.split()), language))


def _read(plain_text: str) -> list[str]:
    found = clauses(plain_text)
    if len(found) >= _FEWEST_APART and not any(" " in clause for clause in found):
        found.append(" ".join(found))
    return found


@lru_cache(maxsize=4096)
def _refuses(words: tuple[str, ...], language: str) -> bool:
    parts = list(parts_of(words, language))
    own = vocabulary(language)
    start = 0
    while start < len(words):
        if not parts[start]:
            start += 1
            continue
        end = start
        while end < len(words) and parts[end]:
            end += 1
        if _run_refuses(words, parts, start, end, own):
            return True
        start = end
    return False


def _run_refuses(words: Sequence[str], parts: Sequence[Parts], start: int, end: int, own: Vocabulary) -> bool:
    """Whether the run refuses, as a whole or up to a word that closes it or from one that opens it."""
    ends = [place for place in range(start + 1, end) if words[place] in own.closes]
    if end == len(words) or words[end] in own.goes_on or words[end] in own.closes:
        ends.append(end)
    free = _stands_free(words, start, own)
    opened = [place for place in range(start + (1 if free else 0), end) if words[place] in own.opens]
    for last in ends:
        if free and _is_refusal(parts[start:last], own, whole=start == 0 and last == end):
            return True
        for first in opened:
            run = parts[first:last]
            if (not own.object_first or any(each & {"messages", "me"} for each in run)) and _is_refusal(
                run, own, whole=False
            ):
                return True
    return False


def _stands_free(words: Sequence[str], start: int, own: Vocabulary) -> bool:
    """Whether nothing before a run says of what, or that somebody tells it."""
    before = words[max(0, start - 3) : start]
    if any(word in own.told for word in before):
        return False
    if before and before[-1] == TAKEN_OUT and own.language in _NO_BEHIND:
        return False  # the no belongs to what was taken out
    return not (own.object_first and before and before[-1] not in own.goes_on)


def _is_refusal(run: Sequence[Parts], own: Vocabulary, *, whole: bool) -> bool:
    """Whether the parts of a run make a refusal; `whole` when the run is all that its clause says."""
    said: Parts = frozenset().union(*run)
    demands = "demand" in said
    if "invites" in said or ("told" in said and not demands):
        return False
    if "forget" in said and said & {"own", "me"} and "remove" not in said:
        return "no" not in said
    if "refused" in said or ("remove" in said and said & _OUT_OF):
        return True
    if {"last", "hope"} <= said and said & (_OURS | {"receive"}):
        return True
    if {"no", "consent"} <= said and said & (_OURS | {"own", "call"}):
        return True
    if "cease" in said and not _is_negated(run, own):
        if said & _OURS or (said & {"want", "how", "demand"} and "receive" in said):
            return True
        return demands or (whole and any("want" in each and "around" not in each for each in run))
    if "how" in said:
        return {"no", "receive"} <= said
    if "i" in said and not said & {"want", "demand"}:
        return False
    if "call" in said and "either" not in said and sum("no" in each or "none" in each for each in run) < 2:
        return False
    if {"no", "receive"} <= said and said & {"want", "demand"}:
        return True
    behind = own.object_first or own.language in _NO_BEHIND
    return _near(run, "no", "contact", either_way=behind) or _near(run, "none", "messages", either_way=True)


def _is_negated(run: Sequence[Parts], own: Vocabulary) -> bool:
    """Whether a no stands at the verb of ceasing: "no dejes de escribir"."""
    for place, parts in enumerate(run):
        if "cease" not in parts:
            continue
        before = run[place - 1] if place else frozenset[str]()
        farther = run[place - 2] if place > 1 and "me" in before else frozenset[str]()
        after = run[place + 1] if own.object_first and place + 1 < len(run) else frozenset[str]()
        if "no" not in parts and any("no" in each for each in (before, farther, after)):
            return True
    return False


def _near(run: Sequence[Parts], refusing: str, refused: str, *, either_way: bool) -> bool:
    for place, parts in enumerate(run):
        if refusing not in parts:
            continue
        behind = run[max(0, place - _FARTHEST) : place] if either_way else ()
        ahead = run[place + 1 : place + 1 + _FARTHEST]
        if any(refused in each for each in (*behind, *ahead)):
            return True
    return False
