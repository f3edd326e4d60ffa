"""Whether a lead says not to be written to. Decided before any model, in all languages at once.

Pure. HARD is acted on at once, SUSPECT holds everything automatic until a person has looked. US law (47 CFR
64.1200(a)(10)) names stop, quit, end, revoke, opt out, cancel and unsubscribe, and any wording a reasonable person
would understand; so a lead need not write in the language that we expect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import cache, lru_cache
from typing import Final

from lead_reviver.decide.patterns import LANGUAGES, Words, pattern_set, phrases
from lead_reviver.decide.refusal import refuses, refuses_misspelt, without_calls
from lead_reviver.decide.spelling import mended, written_out
from lead_reviver.decide.text import clauses, plain

_LONGEST_ALONE: Final = 12
"""Words. A stop word among more of them is not the whole message."""


class OptOut(IntEnum):
    """How sure it is that the lead wants no more messages."""

    NONE = 0
    SUSPECT = 1
    HARD = 2


def opt_out_level(text: str | None, reply_id: str | None = None) -> OptOut:
    """Return what a message says about further messages.

    `reply_id` is the payload of a tapped button: "STOP", "stop:...", or the button's own words, which is what Meta
    sends when a template was sent without payloads.
    """
    if reply_id is not None and (_is_stop_payload(reply_id) or _level(reply_id) is OptOut.HARD):
        return OptOut.HARD
    return _level(text) if text else OptOut.NONE


def asks_to_resume(text: str | None) -> bool:
    """Whether a lead who opted out asks to be written to again ("START", "you can write to me again")."""
    if not text or pattern_set("resume").match(Words.of(plain(text))) is None:
        return False
    return _level(text) is OptOut.NONE


def _is_stop_payload(reply_id: str) -> bool:
    return reply_id.strip().casefold().partition(":")[0] == "stop"


@lru_cache(maxsize=512)
def _level(text: str) -> OptOut:
    typed = plain(text)
    level = _level_of(typed)
    if level is OptOut.HARD:
        return level
    in_full = written_out(typed)
    if in_full != typed and _level_of(in_full) is OptOut.HARD:
        return OptOut.HARD
    meant = mended(typed)
    rest = pattern_set("harmless").without(Words.of(typed))
    if _is_stop_alone(meant) or refuses_misspelt(rest.text):
        # The whole message, or a whole clause of it, can hardly be anything else.
        return OptOut.SUSPECT if pattern_set("unless").match(rest) else OptOut.HARD
    # Otherwise a slip of the finger is not sure enough to end a conversation.
    return OptOut.SUSPECT if meant != typed and _level_of(meant) is OptOut.HARD else level


def _level_of(plain_text: str) -> OptOut:
    words = Words.of(plain_text)
    if _is_stop_alone(words.text):
        return OptOut.HARD
    if pattern_set("polite").match(words):
        return OptOut.SUSPECT if pattern_set("unless").match(words) else OptOut.HARD
    words = pattern_set("harmless").without(words)
    if pattern_set("stop").match(words) or refuses(words.text):
        return OptOut.SUSPECT if pattern_set("unless").match(words) else OptOut.HARD
    others = [clause for clause in clauses(words.text) if not _alone().match(f" {clause} ")]
    says_stop = len(others) < len(clauses(words.text))
    others = without_calls(others)
    suspect = pattern_set("suspect").match(Words.of(f" {' | '.join(others)} ")) is not None
    suspect = suspect or any(_refuses_contact(clause) for clause in others)
    soft = pattern_set("soft").match(Words.of(f" {' | '.join(others)} ")) is not None
    if says_stop and (suspect or soft):
        # "Stop. This is spam." says it twice; "Wait, stop. I meant three rooms." does not.
        return OptOut.HARD
    return OptOut.SUSPECT if says_stop or suspect else OptOut.NONE


def _refuses_contact(clause: str) -> bool:
    """Whether a clause holds both a no and a word for our messages, in whatever order: a person should look."""
    words = Words.of(f" {clause} ").keys
    if "×" in clause or not _told().isdisjoint(words):
        return False  # "you have not written": news of what was, not a wish
    return any(not no.isdisjoint(words) and not ours.isdisjoint(words) for no, ours in _refusals())


@cache
def _refusals() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """By language: words that refuse or end something, and words for messages and writing."""
    found = []
    for language in LANGUAGES:
        own = phrases(language)
        sets = own.sets
        no = {word for word in sets.get("cease", []) if " " not in word}.union(own.no)
        ours = {
            word for name in ("contacting", "contact", "contacted", "write", "object") for word in sets.get(name, [])
        }
        found.append((frozenset(no), frozenset(ours)))
    return tuple(found)


@cache
def _told() -> frozenset[str]:
    return frozenset(word for language in LANGUAGES for word in phrases(language).told)


def _is_stop_alone(plain_text: str) -> bool:
    bare = plain_text.replace("| ", "")
    return bare.count(" ") <= _LONGEST_ALONE + 1 and _alone().match(bare) is not None


@cache
def _alone() -> re.Pattern[str]:
    """One or more stop words with nothing but fillers around them."""
    stops = _either(word for language in LANGUAGES for word in phrases(language).stop_alone)
    fillers = _either(word for language in LANGUAGES for word in phrases(language).fillers)
    return re.compile(f"^ (?:{fillers} )*{stops} (?:(?:{fillers}|{stops}) )*$")


def _either(words: Iterable[str]) -> str:
    unique = sorted(set(words), key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(re.escape(word) for word in unique)})"
