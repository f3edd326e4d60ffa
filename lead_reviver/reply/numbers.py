"""Numbers and amounts of money as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from lead_reviver.decide.text import plain
from lead_reviver.reply.talk import LANGUAGES, Talk, talk

_CURRENCIES: Final = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "dolares": "USD",
    "£": "GBP", "gbp": "GBP", "pounds": "GBP", "quid": "GBP",
    "r$": "BRL", "brl": "BRL", "reais": "BRL",
    "₹": "INR", "inr": "INR", "rs": "INR", "rupees": "INR",
    "ريال": "SAR", "درهم": "AED", "جنيه": "EGP", "रुपये": "INR", "रुपए": "INR", "रु": "INR",
    "mxn": "MXN", "pesos": "MXN", "aed": "AED", "dirhams": "AED", "chf": "CHF",
}  # fmt: skip
_MAGNITUDES: Final = {
    "k": 1_000, "mil": 1_000, "thousand": 1_000, "tsd": 1_000, "grand": 1_000,
    "m": 1_000_000, "mn": 1_000_000, "mio": 1_000_000, "million": 1_000_000, "millions": 1_000_000,
    "millon": 1_000_000, "millones": 1_000_000, "milhao": 1_000_000, "milhoes": 1_000_000,
    "mille": 1_000, "tausend": 1_000, "mila": 1_000, "الف": 1_000, "हज़ार": 1_000, "हजार": 1_000,
    "millionen": 1_000_000, "milioni": 1_000_000, "milione": 1_000_000, "mi": 1_000_000, "mln": 1_000_000,
    "مليون": 1_000_000, "लाख": 100_000, "करोड़": 10_000_000,
    "lakh": 100_000, "lakhs": 100_000, "lac": 100_000, "lacs": 100_000,
    "crore": 10_000_000, "crores": 10_000_000, "cr": 10_000_000,
}  # fmt: skip
_INDIAN: Final = frozenset({"lakh", "lakhs", "lac", "lacs", "crore", "crores", "cr", "लाख", "करोड़"})
_SMALLEST_BARE: Final = 1_000
"""An amount without magnitude or currency below this is not taken for money: "250" may mean 250,000."""
_SMALLEST_BOUND: Final = 10_000
"""From here on "up to 300,000" is money unasked."""
_LONGEST_BARE: Final = 8
"""Digits; longer ones are telephone numbers."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount or a range. Integer minor units; one of the bounds may be open."""

    low_minor: int | None
    high_minor: int | None
    currency: str

    def as_value(self) -> dict[str, int | str | None]:
        """Return what is stored as a field's value."""
        return {"min_minor": self.low_minor, "max_minor": self.high_minor, "currency": self.currency}


def with_digits(text: str, language: str) -> str:
    """Return `text` in plain form without clause marks, number words as digits.

    "Two or three bedrooms" becomes "2 or 3 bedrooms", "doscientos cincuenta mil" becomes "250000".
    """
    words = re.sub(r"(?<=\d)(?=[^\W\d])", " ", plain(text).replace("| ", "")).split()
    reader = talk(language)
    out: list[str] = []
    index = 0
    while index < len(words):
        number, taken = _number_at(words, index, reader)
        out.append(words[index] if number is None else str(number))
        index += taken
    return f" {' '.join(out)} "


def find_money(text: str, language: str, default_currency: str, *, asked: bool) -> tuple[Money, str] | None:
    """Return the amount or range that a message names, and the words that name it; None when it names none.

    Unasked, a number is money only with a currency or a magnitude ("350k", "€900"). Asked, a bare number from
    1,000 on is taken as well.
    """
    folded = _money_text(text, language)
    asked = asked or not _speaks_of_money(language).isdisjoint(folded.split())
    for match in _amounts(language).finditer(folded):
        currency = match["currency"] or match["currency2"] or match["currency3"] or match["currency4"]
        first, second = match["number"], match["number2"]
        magnitude = match["magnitude"]
        magnitude2 = match["magnitude2"] or (magnitude if second else None)
        if second and not magnitude and magnitude2 and len(re.sub(r"\D", "", first)) <= 3:
            magnitude = magnitude2
        if magnitude == "m" and not currency and "." not in first and "," not in first:
            continue
        amount = _minor(first, magnitude)
        grouped = match["at_most"] or match["at_least"]
        marked = bool(currency or magnitude or (grouped and amount >= _SMALLEST_BOUND * 100 and not second))
        digits = len(re.sub(r"\D", "", first))
        if not marked and (not asked or amount < _SMALLEST_BARE * 100 or digits > _LONGEST_BARE):
            continue
        code = _CURRENCIES[currency] if currency else default_currency
        if currency is None and (magnitude2 or magnitude) in _INDIAN:
            code = "INR"
        if second:
            other = _minor(second, magnitude2)
            return Money(min(amount, other), max(amount, other), code), match.group().strip()
        if match["at_least"]:
            return Money(amount, None, code), match.group().strip()
        return Money(None, amount, code), match.group().strip()
    return None


def spoken_money(money: Money, language: str) -> str:
    """Return an amount as one writes it back: "up to €250,000", "de 200.000 € a 250.000 €"."""
    words = talk(language)
    if money.low_minor is not None and money.high_minor is not None:
        low, high = (
            written_amount(money.low_minor, money.currency, language),
            written_amount(money.high_minor, money.currency, language),
        )
        return words.range_.replace("{low}", low).replace("{high}", high)
    if money.low_minor is not None:
        return words.from_.replace("{amount}", written_amount(money.low_minor, money.currency, language))
    return words.up_to.replace("{amount}", written_amount(money.high_minor or 0, money.currency, language))


def _number_at(words: list[str], start: int, reader: Talk) -> tuple[int | None, int]:
    """Return the number spelled from `start` on, and how many words it takes; (None, 1) for none."""
    total = current = 0
    index = start
    seen = False
    while index < len(words):
        word = words[index]
        if word in reader.numbers and not (seen and current % 10 and current < 20):
            value = reader.numbers[word]
            if seen and current % 100 and value >= current % 100 and value >= 10:
                break
            current += value
        elif word in reader.multipliers and (seen or _digitless(words, index)):
            factor = reader.multipliers[word]
            if factor < 1000:
                current = max(current, 1) * factor
            else:
                total += max(current, 1) * factor
                current = 0
        elif not (
            seen and word in reader.and_ and index + 1 < len(words) and _goes_on(current, words[index + 1], reader)
        ):
            break
        seen = True
        index += 1
    if not seen:
        return None, 1
    return total + current, index - start


def _digitless(words: list[str], index: int) -> bool:
    return index == 0 or not words[index - 1].isdecimal()


def _goes_on(current: int, following: str, reader: Talk) -> bool:
    """Whether "and" belongs to the number: "two hundred and fifty", not "two and three"."""
    value = reader.numbers.get(following)
    return value is not None and (
        current == 0 or current % 100 == 0 or (current % 100 >= 20 and value < 10 and not current % 10)
    )


def _money_text(text: str, language: str) -> str:
    """Return `text` folded for amounts: spelled numbers as digits, punctuation of numbers kept."""
    folded = text[:1000].casefold()
    pieces = re.split(r"([^\W\d_]+(?:[ ]+[^\W\d_]+)*)", folded)
    out = []
    for position, piece in enumerate(pieces):
        if position % 2 == 0:
            out.append(piece)
            continue
        before = out[-1].rstrip() if out else ""
        after_digits = before[-1:].isdecimal()
        spelled = plain(piece).strip() if after_digits else with_digits(piece, language).strip()
        spelled = re.sub(r"\b(\d+)000\b", r"\1 k", spelled)
        lead = " " if before != (out[-1] if out else "") or not out else ""
        out.append(f"{lead}{spelled}" if lead else spelled)
    half = "|".join(re.escape(word) for word in talk(language).half)
    joined = re.sub(r"\s+", " ", f" {''.join(out)} ")
    return re.sub(rf"\b(?:{half}) 1000 k\b", "500 k", joined)


@cache
def _speaks_of_money(language: str) -> frozenset[str]:
    return frozenset(talk(language).money)


@cache
def _amounts(language: str) -> re.Pattern[str]:
    words = [talk(each) for each in LANGUAGES]
    own = talk(language)
    currencies = "|".join(re.escape(name) for name in sorted(_CURRENCIES, key=len, reverse=True))
    magnitudes = "|".join(sorted(_MAGNITUDES, key=len, reverse=True))
    between = "|".join(re.escape(word) for word in own.between)
    at_least = _either(word for each in words for word in each.at_least)
    at_most = _either(word for each in words for word in each.at_most)
    number = r"\d{1,3}(?:[.,' ]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
    return re.compile(
        rf"(?:\b(?:(?P<at_least>{at_least})|(?P<at_most>{at_most})) )?"
        rf"(?P<currency>{currencies})?\s?(?<![\d+.,/])(?P<number>{number})\s?(?:(?P<magnitude>{magnitudes})\b)?"
        rf"(?:\s?(?:de )?(?P<currency2>{currencies})(?!\w))?"
        rf"(?:\s?(?:-|–|/|\b(?:{between})\b)\s?(?P<currency3>{currencies})?\s?(?P<number2>{number})\s?"
        rf"(?:(?P<magnitude2>{magnitudes})\b)?(?:\s?(?:de )?(?P<currency4>{currencies})(?!\w))?)?"
        r"(?!\s?(?:%|m2|m²|sqm|sq|metros|metres|meters|bed|hab|quarto|dorm|bhk|year|month|ano|mes|week|seman))"
    )


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


def _minor(number: str, magnitude: str | None) -> int:
    """Return minor units. A separator before exactly three digits groups thousands, unless a magnitude follows."""
    digits = number.replace(" ", "").replace("'", "")
    factor = _MAGNITUDES[magnitude] if magnitude else 1
    whole, mark, rest = digits.replace(",", ".").rpartition(".")
    if mark and (len(rest) < 3 or (magnitude and digits.count(".") + digits.count(",") == 1 and factor >= 100_000)):
        return round(float(f"{whole.replace('.', '')}.{rest}") * factor * 100)
    return int(digits.replace(",", "").replace(".", "")) * factor * 100


def written_amount(minor: int, currency: str, language: str) -> str:
    """Return an amount of minor units as one writes it in a language: "€285,000", "285.000 €"."""
    whole, cents = divmod(minor, 100)
    grouped = f"{whole:,}" + (f".{cents:02d}" if cents else "")
    symbol = {"EUR": "€", "GBP": "£", "USD": "$", "BRL": "R$", "INR": "₹"}.get(currency)
    if language == "en":
        return f"{symbol}{grouped}" if symbol else f"{currency} {grouped}"
    grouped = grouped.replace(",", " ").replace(".", ",").replace(" ", ".")
    if currency == "BRL":
        return f"R$ {grouped}"
    return f"{grouped} {symbol or currency}"
