"""Phone numbers as people and sheets write them, and the spellings of one number.

Pure: the numbering plans come with the library `phonenumbers`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import phonenumbers

from lead_reviver.errors import BadInput

# Numbers that WhatsApp and people spell in two ways: (the pattern of the other spelling, the one we compare by).
_SPELLINGS: Final = (
    (re.compile(r"521(\d{10})"), r"52\1"),  # Mexico: the 1 of mobiles is gone since 2019, WhatsApp may keep it
    (re.compile(r"549(\d{10})"), r"54\1"),  # Argentina: mobiles have a 9 from abroad and none at home
    (re.compile(r"55(\d\d)([6-9]\d{7})"), r"55\g<1>9\2"),  # Brazil: mobiles got a ninth digit, old WhatsApp ids did not
)
# From the spelling we compare by back to the other one.
_OTHER_SPELLINGS: Final = (
    (re.compile(r"52(\d{10})"), r"521\1"),
    (re.compile(r"54(\d{10})"), r"549\1"),
    (re.compile(r"55(\d\d)9([6-9]\d{7})"), r"55\1\2"),
)
_WRITTEN: Final = re.compile(r"\+?[\d\s().\-/\u2010-\u2015]+")
_PREFIX: Final = re.compile(r"^(?:p|tel|whatsapp)\s*:\s*", re.IGNORECASE)
"""Exports of lead forms write "p:+34...", address books "tel:+34..."."""
_ROUNDED: Final = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
_AS_A_FRACTION: Final = re.compile(r"(?<=\d{7})\.0$")
"""What a program made of a number that a sheet took for an amount."""
_E164: Final = re.compile(r"\+[1-9][0-9]{5,14}")
LONGEST: Final = 40


def as_e164(written: str, country: str | None) -> str:
    """Return a number in E.164, read as of `country` (ISO code) unless it names its own.

    Raises `BadInput` saying what to write instead, without the number itself.
    """
    text = _PREFIX.sub("", unicodedata.normalize("NFKC", written).strip()).lstrip("'")
    if _ROUNDED.fullmatch(text):
        raise BadInput("the sheet has rounded the number; set the column's format to text and fill it in again")
    text = _AS_A_FRACTION.sub("", text)
    if len(text) > LONGEST or not _WRITTEN.fullmatch(text):
        raise BadInput("this is no phone number; write digits, best with + and the country code")
    international = text.startswith("+")
    if not international and country is None:
        raise BadInput("no country is known for it; write it with + and the country code, or add a column country")
    # A national zero in brackets, "+44 (0)20 ...", belongs there in Italy and nowhere else: tried as it is first.
    for attempt in (text, text.replace("(0)", "") if international else text):
        if found := _read(attempt, country):
            return found
    raise BadInput(
        "no such number can exist with this country code; check its digits"
        if international
        else f"no such number can exist in {country}; check its digits, or write it with + and the country code"
    )


def _read(text: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number):
        # The older spelling of a number is valid in no plan any more.
        written = f"+{one_spelling(written[1:])}"
        if not phonenumbers.is_valid_number(phonenumbers.parse(written, None)):
            return None
    return written if _E164.fullmatch(written) else None


def is_country(code: str) -> bool:
    """Whether this is an ISO 3166 code of a country that has a numbering plan."""
    return code in phonenumbers.SUPPORTED_REGIONS


def one_spelling(digits: str) -> str:
    """Return the spelling by which a number (country code and digits, no +) is compared with others."""
    for pattern, spelling in _SPELLINGS:
        if pattern.fullmatch(digits):
            return pattern.sub(spelling, digits)
    return digits


def spellings(digits: str) -> tuple[str, ...]:
    """Return every way in which this number may stand in the record, the one we compare by first."""
    one = one_spelling(digits)
    others = [pattern.sub(spelling, one) for pattern, spelling in _OTHER_SPELLINGS if pattern.fullmatch(one)]
    return (one, *others)


def is_us_number(phone: str | None) -> bool:
    """Return whether a number in E.164 has an area code of the United States; +1 alone is also Canada's."""
    if phone is None or not phone.startswith("+1"):
        return False
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) == "US"
