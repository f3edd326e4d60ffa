"""How one lead writes what it means: short or long, dictated, in bursts, with slips of the thumb. Pure."""

from __future__ import annotations

from random import Random
from typing import Final

from evaluation.rehearsal.cast import Script
from evaluation.rehearsal.lines import TALKERS, Answers, lines

_SHORTEST_TYPO: Final = 6


def fill(template: str, script: Script, *, thousands: int | None = None, **more: str) -> str:
    """Put what the lead knows into a wording."""
    spoken = lines(script.language if script.language in TALKERS else "en")
    amount = thousands or script.budget
    facts = {
        "n": str(script.bedrooms),
        "word": spoken.numbers[script.bedrooms],
        "area": script.area,
        "k": str(amount),
        "words": spoken.thousands[amount],
        "name": script.name,
        **more,
    }
    return template.format_map(facts)


def answer(field: str, script: Script) -> tuple[str, ...]:
    """Return the messages that answer a question, in the lead's manner."""
    spoken, chance = lines(script.language), script.draw(f"answer {field}")
    if field == "timeline":
        field = "timeline_soon" if script.soon else "timeline_later"
    if field == "financing":
        field = "financing_yes" if script.financed else "financing_no"
    wording = spoken.answers.get(field, spoken.answers["unsure"])
    return written(fill(chance.choice(_manner(wording, script)), script), script, chance)


def opening(script: Script) -> tuple[str, ...]:
    """Return the first messages of a lead who still looks for a home."""
    spoken, chance = lines(script.language), script.draw("opening")
    kind = chance.choices(("keen", "visit", "all"), (55, 25, 20))[0] if script.wants_viewing else "keen"
    template = chance.choice(spoken.opens[kind])
    timeline = "timeline_soon" if script.soon else "timeline_later"
    pieces = {
        "bedrooms": fill(chance.choice(spoken.pieces["bedrooms"]), script),
        "budget": fill(chance.choice(spoken.pieces["budget"]), script),
        "timeline": chance.choice(spoken.pieces[timeline]),
    }
    return written(fill(template, script, **pieces), script, chance)


def written(text: str, script: Script, chance: Random) -> tuple[str, ...]:
    """Return a text as the lead writes it: in one message or several, with or without slips."""
    if script.manner == "voice":
        return (text.lower().translate(str.maketrans("", "", "¿?!¡.,")),)
    if script.manner == "typos":
        return (slipped(text, script, chance),)
    if script.manner == "bursts":
        for mark in (". ", ", "):
            head, _, tail = text.partition(mark)
            if tail:
                return (head, tail)
    return (text,)


def slipped(text: str, script: Script, chance: Random) -> str:
    """Return a text with one slip: two letters swapped, or one left out, inside a longer word that is no name."""
    words = text.split(" ")
    names = {*script.area.split(), script.name}
    long = [
        place
        for place, word in enumerate(words)
        if len(word) >= _SHORTEST_TYPO and word.isalpha() and word not in names
    ]
    if not long:
        return text
    place = chance.choice(long)
    word, at = words[place], chance.randint(2, len(words[place]) - 3)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[place] = chance.choice((swapped, word[:at] + word[at + 1 :]))
    return " ".join(words)


def _manner(wording: Answers, script: Script) -> list[str]:
    if script.manner in ("bursts", "typos"):
        return wording.long
    found: list[str] = getattr(wording, script.manner)
    return found
