"""What rows of leads change in the record: the fate of each row, and each lead as it stands afterwards.

Pure: what the record knows of the leads comes in, and ids for new ones. Rows are taken in order, each sees what the
rows before it did, so that the same person twice in one body is one lead.

The rule for what is known already: a row fills what is empty. It replaces what an earlier import said, and never what
a person or the conversation has learned:

    name          unless the row's words are all in the known one
    email         replaced
    phone         until the lead has written or opted out; after that a new number is one more way to know the lead
    language      until the lead has written
    stage         while it is still `new`
    source        kept
    tags, consents, notes   added, each once
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from lead_reviver.decide.lead_rows import Consent, LeadRow, RefusedRow
from lead_reviver.decide.phone import one_spelling, spellings

Fate = Literal["created", "updated", "unchanged", "refused", "suppressed"]
FATES: Final[tuple[Fate, ...]] = ("created", "updated", "unchanged", "refused", "suppressed")
Key = tuple[str, str]
"""What a lead is found by: ("number", digits in one spelling) or ("external_id", as the sender writes it)."""

FIRST_STAGE: Final = "new"
DEFAULT_SOURCE: Final = "import"
SAID_NO: Final = "This person asked not to be written to; the lead is kept and stays opted out."
SAID_NO_TO_MARKETING: Final = "This person turned marketing messages off; the lead is kept and gets none."


@dataclass(frozen=True, slots=True)
class Stop:
    """What a person said no to, and when."""

    opted_out_at: datetime | None = None
    marketing_stopped_at: datetime | None = None


NO_STOP: Final = Stop()


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead, as far as an import may read or change it."""

    lead_id: str
    source: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    stage: str = FIRST_STAGE
    opted_out_at: datetime | None = None
    marketing_stopped_at: datetime | None = None
    has_written: bool = False
    identities: frozenset[tuple[str, str]] = frozenset()
    """Current ones: (kind, value)."""
    tags: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    """Those that a row could repeat."""
    consents: frozenset[Consent] = frozenset()
    """Those that a row could repeat."""


@dataclass(frozen=True, slots=True)
class RowFate:
    """What became of a row."""

    number: int
    fate: Fate
    lead_id: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What rows come to."""

    fates: list[RowFate]
    leads: dict[str, Lead]
    """Every lead that a row was about, as it stands afterwards."""


def keys_of(identities: Iterable[tuple[str, str]]) -> list[Key]:
    """Return what a lead with these identities is found by. A WhatsApp id and the number it is made of are alike."""
    found: list[Key] = []
    for kind, value in identities:
        if kind in ("phone", "wa_id") and value.removeprefix("+").isdecimal():
            found.append(("number", one_spelling(value.removeprefix("+"))))
        elif kind == "external_id":
            found.append((kind, value))
    return found


def keys_of_lead(lead: Lead) -> list[Key]:
    """Return everything that a lead is found by."""
    return keys_of([*([("phone", lead.phone)] if lead.phone else []), *sorted(lead.identities)])


def keys_of_row(row: LeadRow) -> list[Key]:
    """Return what the lead of a row is found by, the number first."""
    known = [("phone", row.phone), ("external_id", row.external_id)]
    return keys_of((kind, value) for kind, value in known if value is not None)


def take_in_rows(
    rows: Sequence[LeadRow | RefusedRow], known: Iterable[Lead], stops: Mapping[Key, Stop], new_id: Callable[[], str]
) -> Taken:
    """Return what becomes of rows.

    `known` are the leads of the record that any row may be about, the oldest first; `stops` what anybody behind a key
    of a row or of these leads said no to; `new_id` gives the id of a lead that has to be made.
    """
    leads: dict[str, Lead] = {}
    by_key: dict[Key, str] = {}
    for lead in known:
        leads[lead.lead_id] = lead
        for key in keys_of_lead(lead):
            by_key.setdefault(key, lead.lead_id)
    fates: list[RowFate] = []
    touched: dict[str, Lead] = {}
    for row in rows:
        if isinstance(row, RefusedRow):
            fates.append(RowFate(row.number, "refused", None, row.reason))
            continue
        found = list(dict.fromkeys(by_key[key] for key in keys_of_row(row) if key in by_key))
        if len(found) > 1:
            fates.append(RowFate(row.number, "refused", None, _two_leads(*found)))
            continue
        before = leads[found[0]] if found else None
        after = with_row(before or Lead(new_id(), row.source or DEFAULT_SOURCE), row)
        after = _with_stops(after, stops)
        leads[after.lead_id] = touched[after.lead_id] = after
        for key in keys_of_lead(before) if before else ():  # a number that was corrected leads here no more
            if by_key.get(key) == after.lead_id:
                del by_key[key]
        for key in keys_of_lead(after):
            by_key.setdefault(key, after.lead_id)
        fates.append(_fate(row.number, before, after))
    return Taken(fates, touched)


def with_row(lead: Lead, row: LeadRow) -> Lead:
    """Return a lead as a row leaves it."""
    settled = lead.has_written or lead.opted_out_at is not None
    phone, identities = lead.phone, lead.identities
    if row.phone is not None and not _is_known(lead, row.phone):
        if not settled and phone is not None:
            identities -= _phones(phone)
        identities |= _phones(row.phone)
        phone = phone if settled and phone is not None else row.phone
    if row.external_id is not None:
        identities |= {("external_id", row.external_id)}
    return replace(
        lead,
        name=_fuller(lead.name, row.name),
        phone=phone,
        email=_email(lead.email, row.email),
        language=lead.language if lead.has_written and lead.language else row.language or lead.language,
        stage=row.stage or lead.stage if lead.stage == FIRST_STAGE else lead.stage,
        identities=identities,
        tags=lead.tags.union(row.tags),
        notes=lead.notes | ({row.note} if row.note else frozenset()),
        consents=lead.consents.union(row.consents),
    )


def withdrawn_from_the_start(lead: Lead, consent: Consent) -> datetime | None:
    """Return when a consent that is written down now counts as withdrawn: with the no that stands; None without one.

    Also when it claims to be the newer one: only the lead takes a no back, by writing to us.
    """
    stands = [lead.opted_out_at, lead.marketing_stopped_at if consent.purpose == "marketing" else None]
    moments = [each for each in stands if each is not None]
    return max(consent.given_at, min(moments)) if moments else None


def _phones(phone: str) -> frozenset[tuple[str, str]]:
    """Return a number as identities, in every spelling, so that a message under any of them finds the lead."""
    return frozenset(("phone", each) for each in (phone, *(f"+{each}" for each in spellings(phone[1:]))))


def _is_known(lead: Lead, phone: str) -> bool:
    if lead.phone is None:
        return False
    return bool(set(keys_of([("phone", phone)])).intersection(keys_of_lead(lead)))


def _fuller(known: str | None, given: str | None) -> str | None:
    if given is None or known is None:
        return given or known
    return known if set(given.casefold().split()) <= set(known.casefold().split()) else given


def _email(known: str | None, given: str | None) -> str | None:
    if given is None or (known is not None and known.casefold() == given.casefold()):
        return known
    return given


def _with_stops(lead: Lead, stops: Mapping[Key, Stop]) -> Lead:
    """Return the lead with every no that stands against one of its identities; none is ever taken away."""
    said = [stops.get(key, NO_STOP) for key in keys_of_lead(lead)]
    no = [each.opted_out_at for each in said if each.opted_out_at is not None]
    no_marketing = [each.marketing_stopped_at for each in said if each.marketing_stopped_at is not None]
    return replace(
        lead,
        opted_out_at=lead.opted_out_at or min(no, default=None),
        marketing_stopped_at=lead.marketing_stopped_at or min(no_marketing, default=None),
    )


def _fate(number: int, before: Lead | None, after: Lead) -> RowFate:
    if after.opted_out_at is not None:
        return RowFate(number, "suppressed", after.lead_id, SAID_NO)
    if after.marketing_stopped_at is not None:
        return RowFate(number, "suppressed", after.lead_id, SAID_NO_TO_MARKETING)
    fate: Fate = "created" if before is None else "unchanged" if before == after else "updated"
    return RowFate(number, fate, after.lead_id, None)


def _two_leads(by_number: str, by_external_id: str) -> str:
    return (
        f"The phone is that of lead {by_number}, the external_id that of lead {by_external_id}; "
        "correct one of the two, or leave one out."
    )
