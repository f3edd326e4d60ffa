"""What is wrong with what a playbook knows: facts, listings and objections. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lead_reviver.decide.text import plain
from lead_reviver.reply.playbook_problems import Problem, pattern_problems, said_problems, text_problems
from lead_reviver.reply.playbook_shapes import Fact, Listing, Objection, Playbook

MOST_LISTINGS = 500
"""In one playbook; each is looked for in every message."""


def problems_of_knowledge(playbook: Playbook) -> Iterator[Problem]:
    """Return everything that is wrong, in the order of the file."""
    languages, knowledge = playbook.languages, playbook.knowledge
    for index, fact in enumerate(knowledge.facts):
        path = f"$.knowledge.facts[{index}]"
        yield from _answer_problems(path, "asked", fact, languages)
    for index, objection in enumerate(playbook.objections):
        yield from _answer_problems(f"$.objections[{index}]", "said", objection, languages)
    yield from _listing_problems(knowledge.listings)
    answers = knowledge.listing_answers
    if answers is None:
        if knowledge.listings:
            yield Problem("$.knowledge.listing_answers", "say what is answered about the listings")
        return
    yield from pattern_problems("$.knowledge.listing_answers.asked", answers.asked)
    for name in ("available", "not_available", "nothing"):
        yield from said_problems(f"$.knowledge.listing_answers.{name}", getattr(answers, name), languages)


def _answer_problems(path: str, name: str, known: Fact | Objection, languages: list[str]) -> Iterator[Problem]:
    wordings = known.asked if isinstance(known, Fact) else known.said
    yield from pattern_problems(f"{path}.{name}", wordings)
    for language in languages:
        if not wordings.get(language):
            yield Problem(f"{path}.{name}.{language}", "give at least one pattern")
    yield from text_problems(f"{path}.example", known.example, languages)
    yield from said_problems(f"{path}.answer", known.answer, languages)


def _listing_problems(listings: list[Listing]) -> Iterator[Problem]:
    if len(listings) > MOST_LISTINGS:
        yield Problem("$.knowledge.listings", f"at most {MOST_LISTINGS}")
    ids = [each.id for each in listings]
    for index, listing in enumerate(listings):
        path = f"$.knowledge.listings[{index}]"
        if ids.count(listing.id) > 1:
            yield Problem(f"{path}.id", f"{listing.id!r} stands for two listings")
        if listing.price_minor <= 0:
            yield Problem(f"{path}.price_minor", "write the price in minor units, e.g. 28500000 for 285,000.00")
        if listing.currency is not None and not re.fullmatch("[A-Z]{3}", listing.currency):
            yield Problem(f"{path}.currency", "write an ISO 4217 code, e.g. EUR")
        for name in (listing.title, *listing.also_called):
            if len(plain(name).strip()) < 4:
                yield Problem(path, f"{name!r} is too short to be found in a message")
            if re.search("[{}\n]", name):
                yield Problem(path, f"{name!r} holds a brace or a new line")
