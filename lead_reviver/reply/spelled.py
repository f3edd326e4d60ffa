"""Amounts in words, in languages that no playbook speaks: "fünfhundertfünfzigtausend", "ढाई लाख", "مليون ونص".

Pure. English, Spanish and Portuguese are read with `talk.py`; the words of the others are data under `spelled/`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.text import plain

LANGUAGES: Final = ("fr", "de", "it", "hi", "ar")
_FOLDER: Final = Path(__file__).parent / "spelled"
_SMALLEST: Final = 100
"""Smaller numbers are no amounts, and "un", "ein" and "एक" are mostly articles."""
_LONGEST: Final = 40
"""Letters of a compound."""
_HYPHEN: Final = re.compile(r"(?<=[^\W\d])-(?=[^\W\d])")
_ENDS: Final = (",", ".", ";", "!", "?", "،", "؟", "।")


class Spelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one file holds, words in plain form."""

    numbers: dict[str, float]
    """Some are parts: "साढ़े" adds a half to what follows."""
    multipliers: dict[str, int]
    half_before: list[str]
    """Before a multiplier: "demi million"."""
    after: dict[str, float]
    """After a multiplier, its share: "مليون ونص"."""
    joins: list[str]
    """Between numbers: "vingt et un"."""
    compounds: bool
    """Whether numbers are written as one word."""
    prefixes: list[str]
    """Letters written together with the next word: "و"."""
    between: list[str]
    """Between the two amounts of a range."""
    at_most: list[str]
    at_least: list[str]
    money: list[str]
    """Words that make a bare number an amount."""


def in_digits(text: str, language: str) -> str:
    """Return text with amounts from a hundred on as digits, everything else as it was."""
    own = spelling(language)
    typed = _HYPHEN.sub(" ", text).split()
    words = [plain(word).strip(" |") for word in typed]
    out: list[str] = []
    place = 0
    while place < len(typed):
        amount, unit, taken = _amount_at(typed, words, place, own)
        if amount < _SMALLEST:
            out.append(typed[place])
            place += 1
            continue
        mark = next((end for end in _ENDS if typed[place + taken - 1].endswith(end)), "")
        out.append(f"{_shown(amount, unit)}{mark}")
        place += taken
    return " ".join(out)


def _shown(amount: float, unit: int) -> str:
    """Lakh and crore stay, for they tell the currency."""
    if unit in (100_000, 10_000_000):
        return f"{amount / unit:.4g} {'lakh' if unit == 100_000 else 'crore'}"
    return str(round(amount))


def _amount_at(typed: list[str], words: list[str], start: int, own: Spelling) -> tuple[float, int, int]:
    """Return the amount from a word on, its largest multiplier, and how many words it takes."""
    total, current, largest, last = 0.0, 0.0, 0, 0
    if start and typed[start - 1][-1].isdigit():
        return 0, 0, 1  # "350 mille" is read by its digits
    place, taken = start, 0
    while place < len(words):
        word, width = words[place], 1
        pair = f"{word} {words[place + 1]}" if place + 1 < len(words) else ""
        if pair in own.numbers or pair in own.after:
            word, width = pair, 2
        value = _value(word, own)
        following = words[place + width] if place + width < len(words) else ""
        if word in own.after and last:
            total += own.after[word] * last
        elif word in own.half_before and following in own.multipliers:
            current = 0.5
        elif (factor := own.multipliers.get(_bare(word, own), 0)) == 100:
            current = max(current, 1) * 100
        elif factor:
            total += (current or 1) * factor
            current, last, largest = 0.0, factor, max(largest, factor)
        elif value is not None and _adds(current, value):
            current += value
        elif not (taken and word in own.joins and current % 100 >= 20 and _value(following, own) is not None):
            break
        place += width
        taken = place - start
        if typed[place - 1].endswith(_ENDS):
            break
    while taken and words[start + taken - 1] in own.joins:
        taken -= 1
    return total + current, largest, taken


def _value(word: str, own: Spelling) -> float | None:
    bare = _bare(word, own)
    if bare in own.numbers:
        return own.numbers[bare]
    return _compound(word, own) if own.compounds and len(word) <= _LONGEST else None


def _bare(word: str, own: Spelling) -> str:
    """Return a word less what is written together with it."""
    if word in own.numbers or word in own.multipliers:
        return word
    for prefix in own.prefixes:
        rest = word.removeprefix(prefix)
        if rest != word and (rest in own.numbers or rest in own.multipliers):
            return rest
    return word


def _adds(current: float, value: float) -> bool:
    """Whether a number goes on with another: "vingt deux", "साढ़े तीन", "ثلاثه وعشرين", not "deux trois"."""
    if not current or current < 1:
        return True
    if value >= 1000:
        return False
    if current % 100 == 0:
        return value < 100
    if current % 100 >= 20 and current % 10 == 0:
        return value < 20
    return current % 100 < 10 and 20 <= value < 100 and value % 10 == 0


def _compound(word: str, own: Spelling) -> float | None:
    pieces = _pieces(word, tuple(sorted({*own.numbers, *own.multipliers, *own.joins}, key=len, reverse=True)))
    if pieces is None or len(pieces) < 2:
        return None
    total = current = 0.0
    for piece in pieces:
        factor = own.multipliers.get(piece, 0)
        if factor == 100:
            current = max(current, 1) * 100
        elif factor:
            total += (current or 1) * factor
            current = 0.0
        else:
            current += own.numbers.get(piece, 0)
    return total + current


@lru_cache(maxsize=2048)
def _pieces(word: str, known: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the words that a compound is made of, the longest first; None when it is made of others."""
    ways: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for piece in known:
            before = ways[end - len(piece)] if len(piece) <= end else None
            if before is not None and word[:end].endswith(piece):
                ways[end] = (*before, piece)
                break
    return ways[-1]


@cache
def spelling(language: str) -> Spelling:
    """Return a language's words for numbers. Raises `FileNotFoundError` for one of which there are none."""
    return msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=Spelling)
