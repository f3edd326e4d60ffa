"""What a playbook knows that fits a message: facts, objections and listings. Pure.

Only what is available and still valid counts as an offer. What is sold, reserved or out of date is recognised, so that
the lead hears the truth about it, and is never named by us.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

from lead_reviver.decide.conversation import FieldValue, Turn
from lead_reviver.decide.patterns import Words
from lead_reviver.decide.text import plain
from lead_reviver.reply.numbers import written_amount
from lead_reviver.reply.playbook import Fact, Listing, Objection, Playbook
from lead_reviver.reply.understand import Answer, patterns, spoken

MOST_OFFERED: Final = 3


def today_of(turn: Turn) -> date:
    """Return the day of a turn's newest message, the lead's or ours; the last day there is when there is none."""
    lines = turn.messages or turn.conversation.history
    return lines[-1].sent_at.date() if lines else date.max


def is_valid(known: Fact | Listing, today: date) -> bool:
    """Whether this may still be said."""
    return known.valid_until is None or today <= known.valid_until


def is_offered(listing: Listing, today: date) -> bool:
    """Whether a listing may be named."""
    return listing.status == "available" and is_valid(listing, today)


def fact_for(sentence: str, playbook: Playbook, language: str, today: date) -> Fact | None:
    """Return the fact that a sentence asks for; None when nothing valid is known."""
    words = Words.of(plain(sentence))
    return next(
        (
            each
            for each in playbook.knowledge.facts
            if is_valid(each, today) and patterns(tuple(each.asked.get(language, ()))).match(words)
        ),
        None,
    )


def objection_in(text: str, playbook: Playbook, language: str) -> Objection | None:
    """Return the doubt that a message voices."""
    words = Words.of(plain(text))
    return next(
        (each for each in playbook.objections if patterns(tuple(each.said.get(language, ()))).match(words)), None
    )


def asks_what_there_is(text: str, playbook: Playbook, language: str) -> bool:
    """Whether a message asks for listings without naming one."""
    answers = playbook.knowledge.listing_answers
    if answers is None:
        return False
    return patterns(tuple(answers.asked.get(language, ()))).match(Words.of(plain(text))) is not None


def named_listings(text: str, playbook: Playbook) -> list[Listing]:
    """Return the listings that a text names, ours or the lead's, in the playbook's order."""
    flat = plain(text).replace("| ", "")
    return [
        each
        for each in playbook.knowledge.listings
        if any(f" {name} " in flat for name in _names((each.title, *each.also_called)))
    ]


def matching(
    playbook: Playbook, known: Mapping[str, FieldValue], today: date, *, but: list[Listing] | None = None
) -> list[Listing]:
    """Return at most three listings that may be named and fit what the lead has told us, the cheapest first."""
    fields = {name: value.value for name, value in known.items()}
    fitting = [
        each
        for each in playbook.knowledge.listings
        if is_offered(each, today) and each not in (but or []) and _fits(each, fields, playbook.currency)
    ]
    return sorted(fitting, key=lambda each: each.price_minor)[:MOST_OFFERED]


def written_listing(listing: Listing, playbook: Playbook, language: str) -> str:
    """Return a listing as it is named to a lead: "Calle Luna 8, Ruzafa (two bedrooms, €285,000)"."""
    details = []
    question = next((each for each in playbook.questions if each.field == "bedrooms"), None)
    if listing.bedrooms and question is not None:
        details.append(spoken(Answer("bedrooms", listing.bedrooms, ""), question, language))
    details.append(written_amount(listing.price_minor, listing.currency or playbook.currency, language))
    return f"{listing.title}, {listing.area} ({', '.join(each for each in details if each)})"


@lru_cache(maxsize=4096)
def _names(names: tuple[str, ...]) -> list[str]:
    return [plain(name).replace("| ", "").strip() for name in names]


def _fits(listing: Listing, fields: Mapping[str, Any], currency: str) -> bool:
    area, kind, bedrooms, budget = (fields.get(name) for name in ("area", "property_type", "bedrooms", "budget"))
    if isinstance(area, str) and not _same_place(listing.area, area):
        return False
    if isinstance(kind, str) and kind != listing.type:
        return False
    if isinstance(bedrooms, int):
        bedrooms = {"min": bedrooms, "max": bedrooms}
    if bedrooms and not _between(listing.bedrooms, bedrooms["min"], bedrooms["max"]):
        return False
    if budget:
        return budget["currency"] == (listing.currency or currency) and _between(
            listing.price_minor, None, budget["max_minor"]
        )
    return True


def _between(value: int | None, low: int | None, high: int | None) -> bool:
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _same_place(listed: str, wanted: str) -> bool:
    place = plain(listed)
    return any(each.strip() and (plain(each) in place or place in plain(each)) for each in wanted.split(","))
