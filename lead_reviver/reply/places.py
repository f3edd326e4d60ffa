"""Which place a message names, typed carefully or not: "3 hab en vallecas", "noida me 2bhk", "ap 2 dorms Moema".

Pure. A name with capitals behind a word for places is one by itself. Without capitals or such a word it counts only
beside other facts about a home, or when it is a city that everybody knows. The words are data under `places/`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.patterns import LANGUAGES, phrases
from lead_reviver.decide.spelling import one_slip
from lead_reviver.decide.text import clauses, plain

_FOLDER: Final = Path(__file__).parent / "places"
_LONGEST: Final = 3
"""Words of a place typed without capitals."""
_SHORTEST_MENDED: Final = 6
"""Letters; shorter names have too many neighbours. Arabic and Hindi write fewer."""
_ENDS: Final = (",", ".", ";", "!", "?", "،", "؟", "।", ":")
EITHER: Final = frozenset(["or", "o", "ou", "oder", "oppure", "ya", "या", "او"])
"""Between two places."""
_BUT: Final = frozenset(
    {"but", "except", "menos", "excepto", "exceto", "sauf", "tranne", "ausser", "salvo", "fuera", "siva", "غير"}
)
"""Before a place that is not wanted, beside the words that refuse."""
_INDIAN: Final = frozenset({"bhk", "lakh", "lac", "crore", "cr", "chahiye"})
"""Words of English as it is written in India, where "me" stands behind a place."""
_CURRENCY: Final = re.compile("[A-Z]{2,4}")


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds, words in plain form."""

    before: list[str]
    """Stand before a place."""
    after: list[str]
    """Stand behind it: Hindi "में"."""
    prefixes: list[str]
    """Are written together with it: Arabic "ب"."""
    fillers: list[str]
    """To drop from both ends of an answer."""
    because: list[str]
    """Begin the reason for an answer: "Triana, because I work next door"."""
    no_place: list[str]
    """Follow the same words and are none: "in cash"."""
    names_people: list[str]
    """Before a name that is no place: "my name is"."""
    cities: list[str]
    """As they are properly written."""


def place_among_facts(sentence: str, language: str) -> str | None:
    """Return the place that a sentence about a home names, whatever its capitals; None when it names none."""
    if language not in LANGUAGES:
        return None
    if language == "en" and not _INDIAN.isdisjoint(re.split(r"[\d\W]+", sentence.casefold())):
        language = "hi"
    found = _place_by_words(sentence, language)
    city = known_city(sentence)
    if city is not None and (found is None or "," not in found):
        return city
    return meant_city(found, language) if found else None


def _place_by_words(sentence: str, language: str) -> str | None:
    own = places(language)
    typed = sentence.split()
    words = [plain(word).replace("|", " ").strip() for word in typed]
    for place, word in enumerate(words):
        if word in own.before and (found := _name(typed, words, place + 1, language)):
            return found
        if word in own.after and place and _may_be_place(words[place - 1], language):
            return _written(typed[place - 1])
        for prefix in own.prefixes:
            if word.startswith(prefix) and (city := known_city(word.removeprefix(prefix))):
                return city
    return _capitals(typed, words, own) if language != "de" else None


def known_city(sentence: str) -> str | None:
    """Return a city that stands in a sentence, in whatever case."""
    words = plain(sentence).replace("| ", "").split()
    for place, word in enumerate(words):
        for city, length in _cities().get(word, ()):
            if plain(city).split() == words[place : place + length]:
                return city
    return None


def wanted_cities(sentence: str, language: str) -> list[str]:
    """Return the cities of a sentence in the order said, less those that it refuses: "Triana sí, Nervión no"."""
    nos = frozenset({*phrases(language).no, *_BUT}) if language in LANGUAGES else _BUT
    wanted: list[str] = []
    for clause in clauses(plain(sentence)):
        found = [city for city in _cities_in(clause) if city not in wanted]
        if nos.isdisjoint(clause.split()):
            wanted += found
    return wanted


def _cities_in(clause: str) -> list[str]:
    words = clause.split()
    found: list[str] = []
    place = 0
    while place < len(words):
        some = _cities().get(words[place], ())
        match = next((each for each in some if plain(each[0]).split() == words[place : place + each[1]]), None)
        if match is not None:
            found.append(match[0])
        place += match[1] if match is not None else 1
    return found


def meant_city(place: str, language: str) -> str:
    """Return a place as it was meant, where one slip of a finger is all that parts it from one that we know."""
    typed = plain(place).strip(" |")
    if language not in LANGUAGES or known_city(typed):
        return place
    near = [
        city for known, city in _by_name(language) if abs(len(known) - len(typed)) < 2 and _is_slip_of(typed, known)
    ]
    return near[0] if len(near) == 1 else place


def _is_slip_of(typed: str, known: str) -> bool:
    shortest = _SHORTEST_MENDED if known.isascii() else _SHORTEST_MENDED - 1
    return min(len(typed), len(known)) >= shortest and (typed[1:] == known[1:] or one_slip(typed, known))


def without_fillers(answer: str, language: str) -> str:
    """Return an answer that names a place without the words around it: "Am liebsten Prenzlauer Berg"."""
    fillers = places(language).fillers if language in LANGUAGES else []
    kept = answer.split()
    while len(kept) > 1 and plain(kept[0]).strip(" |") in fillers:
        kept.pop(0)
    while len(kept) > 1 and plain(kept[-1]).strip(" |") in fillers:
        kept.pop()
    return " ".join(kept)


def without_reason(answer: str, language: str) -> str:
    """Return an answer up to where it says why."""
    if language not in LANGUAGES:
        return answer
    typed = answer.split()
    words = [plain(word).replace("|", " ").strip() for word in typed]
    reasons = [each.split() for each in places(language).because]
    for place in range(1, len(words)):
        if any(words[place : place + len(reason)] == reason for reason in reasons):
            return " ".join(typed[:place])
    return answer


def _name(typed: list[str], words: list[str], start: int, language: str) -> str | None:
    found: list[str] = []
    for place in range(start, min(start + _LONGEST, len(typed))):
        if not _may_be_place(words[place], language):
            break
        found.append(typed[place])
        if typed[place].endswith(_ENDS):
            break
    if not found:
        return None
    first = _written(" ".join(found))
    rest = start + len(found)
    if rest < len(words) and words[rest] in EITHER and (other := _name(typed, words, rest + 1, language)):
        return f"{first}, {other}"
    return first


def _may_be_place(word: str, language: str) -> bool:
    return len(word) > 2 and " " not in word and not any(map(str.isdigit, word)) and word not in _stops(language)


def _capitals(typed: list[str], words: list[str], own: Places) -> str | None:
    """Return names with capitals inside a sentence, where nothing says that they are somebody's."""
    for place in range(1, len(typed)):
        word = typed[place].strip(".,!?")
        if not word[:1].isupper() or _CURRENCY.fullmatch(word) or typed[place - 1].endswith((".", "!", "?")):
            continue
        if words[place] in own.no_place or words[place - 1] in own.names_people or any(map(str.isdigit, word)):
            continue
        if len(word) < 3:
            continue
        found = [word]
        for following in typed[place + 1 : place + 3]:
            if typed[place].endswith(_ENDS) or not following[:1].isupper():
                break
            found.append(following.strip(".,!?"))
        return " ".join(found)
    return None


def _written(found: str) -> str:
    bare = found.strip(" .,;:!?،؟।")
    return bare.title() if bare.islower() else bare


@cache
def _stops(language: str) -> frozenset[str]:
    own = places(language)
    return frozenset({*phrases(language).common, *own.no_place, *own.fillers, *own.before, *own.after})


@cache
def _by_name(language: str) -> tuple[tuple[str, str], ...]:
    """Return a language's cities by their names in plain form."""
    return tuple((plain(city).strip(" |"), city) for city in places(language).cities)


@cache
def _cities() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for language in LANGUAGES:
        for city in places(language).cities:
            words = plain(city).split()
            found.setdefault(words[0], []).append((city, len(words)))
    return {word: tuple(sorted(some, key=lambda each: -each[1])) for word, some in found.items()}


@cache
def places(language: str) -> Places:
    """Return a language's words around places. Raises `FileNotFoundError` for a language without a file."""
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=Places)
