"""Read one row of leads as a form, a CRM or a sheet sends it: taken whole, or refused with what to change.

Pure: no clock, network or database. Sentences name the field and what to write, and never repeat what was in it.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from lead_reviver.decide.phone import as_e164, is_country
from lead_reviver.errors import BadInput

FIELDS: Final = frozenset(
    {"name", "phone", "country", "email", "language", "source", "external_id", "stage", "tags", "note", "consent"}
)
"""What a row may hold; anything else in it is left alone."""
CONSENT_FIELDS: Final = frozenset({"what", "from", "when", "proof"})

MOST_TAGS: Final = 20
MOST_CONSENTS: Final = 10
LONGEST: Final = {
    "name": 200,
    "email": 254,
    "source": 100,
    "external_id": 200,
    "tag": 60,
    "note": 10_000,
    "proof": 2_000,
}
EARLIEST_CONSENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What is older is a slip of the pen, or a sheet's idea of an empty cell."""
CLOCKS_DIFFER: Final = timedelta(hours=1)
"""How far in the future a consent may lie, since clocks differ."""

_UNSHOWN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_EMAIL: Final = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")
_LANGUAGE: Final = re.compile(r"([a-z]{2})(?:[-_][a-z0-9]+)*")
_STAGE: Final = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True)
class Consent:
    """What the lead agreed to. The same purpose, source and time is the same consent, whatever proves it."""

    purpose: str
    source: str
    given_at: datetime
    evidence: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LeadRow:
    """One row, understood. What it did not say is None or empty."""

    number: int
    phone: str | None
    """E.164."""
    external_id: str | None
    name: str | None = None
    email: str | None = None
    language: str | None = None
    source: str | None = None
    stage: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that cannot be taken, and what to change in it."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Habits:
    """What a workspace takes for granted in a row."""

    country: str | None
    """ISO code; numbers without a country code are read as of this country."""
    zone: tzinfo
    """Times without an offset are read in this zone."""


def read_row(number: int, raw: object, habits: Habits, now: datetime) -> LeadRow | RefusedRow:
    """Return what a row says, or why it is refused. A row is an object with `FIELDS`; an empty field says nothing."""
    if isinstance(raw, BadInput):
        return RefusedRow(number, str(raw))
    if not isinstance(raw, Mapping):
        return RefusedRow(number, "A row is an object with fields such as phone, name and external_id; send one.")
    try:
        row = _read(number, raw, habits, now)
    except BadInput as error:
        return RefusedRow(number, str(error))
    if row.phone is None and row.external_id is None:
        return RefusedRow(number, "Nothing tells who this is; give a phone or an external_id.")
    return row


def _read(number: int, raw: Mapping[str, object], habits: Habits, now: datetime) -> LeadRow:
    source = _line(raw, "source")
    return LeadRow(
        number,
        phone=_phone(raw, habits.country),
        external_id=_line(raw, "external_id"),
        name=_line(raw, "name"),
        email=_matching(raw, "email", _EMAIL, "write one address such as ana@example.com, or leave it empty"),
        language=_language(raw),
        source=source,
        stage=_stage(raw),
        tags=_tags(raw.get("tags")),
        note=_text(raw, "note"),
        consents=tuple(_consents(raw.get("consent"), source, habits.zone, now)),
    )


def _wrong(name: str, what_to_do: str) -> BadInput:
    return BadInput(f"{name}: {what_to_do}.")


def _plain(value: object, name: str) -> str:
    """Return a field as text, "" when it says nothing. What a database or a screen cannot show is left out."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _wrong(name, "write it as text")
    text = unicodedata.normalize("NFC", str(value))
    return _UNSHOWN.sub("", text).strip()


def _short(text: str, name: str, limit: int) -> str | None:
    if len(text) > limit:
        raise _wrong(name, f"at most {limit} characters fit; shorten it")
    return text or None


def _text(raw: Mapping[str, object], name: str) -> str | None:
    return _short(_plain(raw.get(name), name), name, LONGEST[name])


def _line(raw: Mapping[str, object], name: str) -> str | None:
    return _short(" ".join(_plain(raw.get(name), name).split()), name, LONGEST[name])


def _matching(raw: Mapping[str, object], name: str, pattern: re.Pattern[str], what_to_do: str) -> str | None:
    text = _line(raw, name)
    if text is not None and not pattern.fullmatch(text):
        raise _wrong(name, what_to_do)
    return text


def _phone(raw: Mapping[str, object], country: str | None) -> str | None:
    if named := _plain(raw.get("country"), "country").upper():
        if not is_country(named):
            raise _wrong("country", "write the two letters of ISO 3166, such as ES")
        country = named
    written = _plain(raw.get("phone"), "phone")
    if not written:
        return None
    try:
        return as_e164(written, country)
    except BadInput as error:
        raise _wrong("phone", str(error)) from None


def _language(raw: Mapping[str, object]) -> str | None:
    text = _plain(raw.get("language"), "language").lower()
    if not text:
        return None
    match = _LANGUAGE.fullmatch(text)
    if match is None:
        raise _wrong("language", "write two letters such as es")
    return match[1]


def _stage(raw: Mapping[str, object]) -> str | None:
    text = re.sub(r"[\s-]+", "_", _plain(raw.get("stage"), "stage").lower())
    if text and not _STAGE.fullmatch(text):
        raise _wrong("stage", "write a stage's name such as new or qualified, at most 40 letters and digits")
    return text or None


def _tags(value: object) -> tuple[str, ...]:
    """Return the tags of a list, or of a text with commas or semicolons between them; each once."""
    if isinstance(value, str):
        value = re.split(r"[,;]", value)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong("tags", "write a list of texts, or one text with commas between the tags")
    lines = (" ".join(_plain(each, "tags").split()) for each in value)
    tags = tuple(dict.fromkeys(each for each in lines if _short(each, "tags", LONGEST["tag"])))
    if len(tags) > MOST_TAGS:
        raise _wrong("tags", f"at most {MOST_TAGS} fit; leave some out")
    return tags


def _consents(value: object, source: str | None, zone: tzinfo, now: datetime) -> Iterable[Consent]:
    several = value if isinstance(value, list) else [] if value in (None, "", {}) else [value]
    if len(several) > MOST_CONSENTS:
        raise _wrong("consent", f"at most {MOST_CONSENTS} fit in a row")
    for each in several:
        if not isinstance(each, Mapping):
            raise _wrong("consent", "write an object with what, from, when and proof")
        yield _consent(each, source, zone, now)


def _consent(raw: Mapping[str, object], source: str | None, zone: tzinfo, now: datetime) -> Consent:
    what = _plain(raw.get("what"), "consent.what").lower()
    if what not in ("marketing", "service"):
        raise _wrong("consent.what", "write marketing or service")
    given_from = " ".join(_plain(raw.get("from"), "consent.from").split()) or source
    if given_from is None:
        raise _wrong("consent.from", "say where it was given, such as a form's name")
    given_at = _time(_plain(raw.get("when"), "consent.when"), zone)
    if given_at < EARLIEST_CONSENT:
        raise _wrong("consent.when", "it lies before the year 2000; write when the lead agreed")
    if given_at > now + CLOCKS_DIFFER:
        raise _wrong("consent.when", "it lies in the future; write when the lead agreed")
    _short(given_from, "consent.from", LONGEST["source"])
    evidence = _short(_plain(raw.get("proof"), "consent.proof"), "consent.proof", LONGEST["proof"])
    return Consent(what, given_from, given_at, evidence)


def _time(text: str, zone: tzinfo) -> datetime:
    """Return a time of ISO 8601 in UTC; without an offset it is that of `zone`, without a time the day's beginning."""
    with contextlib.suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    raise _wrong("consent.when", "write the time the lead agreed as 2026-11-22T09:30:00+01:00")
