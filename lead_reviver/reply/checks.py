"""Checks on a text before it is sent, whoever wrote it: a playbook or a model.

Pure. A text that fails one is not sent; the error says which rule it breaks, so that a model may try once more and a
person can read why.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from lead_reviver.decide.conversation import Decision, Turn
from lead_reviver.decide.language import detect_language
from lead_reviver.decide.patterns import LANGUAGES, Words
from lead_reviver.decide.steering import steering_in
from lead_reviver.decide.text import plain
from lead_reviver.errors import RefusedByRules
from lead_reviver.reply.knowledge import is_offered, is_valid, named_listings, today_of
from lead_reviver.reply.playbook import Playbook
from lead_reviver.reply.understand import patterns

LONGEST: Final = 600
"""Characters: what one reads on a phone without scrolling."""

_QUESTION_MARKS: Final = re.compile("[?؟]+")
_BRACES: Final = re.compile(r"[{}]|\[\[|]]|<\w+>|%\w*\(")
_PROMISES: Final = re.compile(
    r" (?:guarantee\w*|discount\w*|pre approved|approved for you|garantiz\w*|garantia|garantimos|descuento\w*"
    r"|descontos?|garanti\w*|remise|rabatt\w*|garantier\w*|sconto|sconti) "
)
"""Only the business's own record may say such things, and it is not written here."""
_BOOKED: Final = re.compile(
    r" (?:reserved|booked|is confirmed|are confirmed|reservad[oa]s?|queda confirmad[oa]|esta confirmad[oa]"
    r"|agendad[oa]s?|marcad[oa]|reserve[es]?|gebucht|reserviert|prenotat[oa]|riservat[oa]) "
)
"""Only a stored booking may be called so."""
_TIME: Final = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_LINK: Final = re.compile(r"(?:https?://|\bwww\.)[^\s\"\\]+", re.IGNORECASE)
_CLAIMS_TO_BE_HUMAN: Final = re.compile(
    r" (?:im (?:not (?:a|an) (?:bot|robot|ai|machine|assistant)|(?:a )?(?:real person|human(?: being)?))"
    r"|i am (?:not (?:a|an) (?:bot|robot|ai|machine|assistant)|(?:a )?(?:real person|human(?: being)?))"
    r"|(?:no soy|nao sou) (?:un |uma? )?(?:bot|robot|robo|maquina)"
    r"|(?:soy|sou) (?:una |uma )?(?:persona|pessoa|humano|humana)"
    r"|je suis (?:un humain|une vraie personne)|ich bin (?:ein mensch|kein bot)|sono (?:una persona|un umano)) "
)


class ReplyRefused(RefusedByRules):
    """A text breaks a rule about what may be said."""

    def __init__(self, check: str, why: str) -> None:
        self.check = check
        """Name of the check, as stored in `Decision.checks` when passed."""
        super().__init__(f"The reply fails the check {check!r}: {why}.")


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    decision: Decision
    turn: Turn
    playbook: Playbook | None


def check_reply(decision: Decision, turn: Turn, playbook: Playbook | None = None) -> list[str]:
    """Return the names of the checks that the decision's text passes, which are all of them.

    Without a `playbook`, no listing and no banned word is known. Raises `ReplyRefused` for the first that it fails.
    """
    reply = _Reply((decision.text or "").strip(), decision, turn, playbook)
    passed = []
    for name, check in _CHECKS.items():
        why = check(reply)
        if why is not None:
            raise ReplyRefused(name, why)
        passed.append(name)
    return passed


def _length(reply: _Reply) -> str | None:
    if not reply.text:
        return "it is empty"
    return f"it has {len(reply.text)} characters, at most {LONGEST} are read" if len(reply.text) > LONGEST else None


def _one_question(reply: _Reply) -> str | None:
    asked = len(_QUESTION_MARKS.findall(reply.text))
    return f"it asks {asked} questions, people answer one" if asked > 1 else None


def _no_template(reply: _Reply) -> str | None:
    return "a placeholder was left unfilled" if _BRACES.search(_without(reply.text, _names(reply.turn))) else None


def _no_repeat(reply: _Reply) -> str | None:
    last = next((line.text for line in reversed(reply.turn.conversation.history) if line.direction == "out"), None)
    return "it is what we wrote last" if last is not None and plain(last) == plain(reply.text) else None


def _language(reply: _Reply) -> str | None:
    """Names and what the lead said are masked first: a street in Lisbon does not make a text Portuguese."""
    if reply.decision.language is None:
        return None
    said = [str(value.value) for value in reply.decision.fields.values() if isinstance(value.value, str)]
    masked = _without(reply.text, [*_names(reply.turn), *said, *_listed(reply)])
    found = detect_language(masked, LANGUAGES, reply.decision.language)
    return None if found == reply.decision.language else f"it reads as {found!r}, not as {reply.decision.language!r}"


def _no_promise(reply: _Reply) -> str | None:
    said = [value.said for value in reply.decision.fields.values()]
    words = plain(_without(reply.text, [*_names(reply.turn), *said])).replace("| ", "")
    found = _PROMISES.search(words)
    if found is None and reply.decision.book is None and reply.turn.calendar.booked is None:
        found = _BOOKED.search(words)
    return f"it promises something ({found.group().strip()})" if found else None


def _no_steering(reply: _Reply) -> str | None:
    """Neither a playbook nor a model says who lives somewhere or should; what the lead said may be said back."""
    values = reply.decision.fields.values()
    said = [each.said for each in values] + [each.value for each in values if isinstance(each.value, str)]
    found = steering_in(_without(reply.text, [*_names(reply.turn), *said]))
    return f"it says who lives somewhere or should ({found})" if found else None


def _times(reply: _Reply) -> str | None:
    """A time of day comes from the calendar, from an approved answer, or from the lead's own words."""
    calendar = reply.turn.calendar
    known = [*calendar.offered, *(calendar.found or []), *([calendar.booked] if calendar.booked else [])]
    zone = ZoneInfo(calendar.time_zone)
    allowed = {f"{each.starts_at.astimezone(zone):%H:%M}" for each in known}
    own = [value.said for value in reply.decision.fields.values()]
    approved = [each for each in _approved(reply) if each in reply.text]
    said = _TIME.findall(" ".join([*own, *approved, *(line.text or "" for line in reply.turn.messages)]))
    allowed |= {f"{int(hour):02}:{minute}" for hour, minute in said}
    named = {f"{int(hour):02}:{minute}" for hour, minute in _TIME.findall(reply.text)}
    if reply.decision.book is not None:
        booked = next((each for each in known if each.id == reply.decision.book), None)
        if booked is None:
            return "it books a time that was not offered"
        if f"{booked.starts_at.astimezone(zone):%H:%M}" not in named:
            return "it does not say the time that it books"
    found = named - allowed
    return f"it names a time that nobody offered ({min(found)})" if found else None


def _honest(reply: _Reply) -> str | None:
    return "it claims to be human" if _CLAIMS_TO_BE_HUMAN.search(plain(reply.text).replace("| ", "")) else None


def _no_link(reply: _Reply) -> str | None:
    """A link is the playbook's own. That to a meeting is put below the text later, by `steps/send.py` alone."""
    found = _links(_without(reply.text, [reply.turn.conversation.workspace_name]))
    if not found:
        return None
    approved = _links(msgspec.json.encode(reply.playbook).decode()) if reply.playbook is not None else set()
    return None if found <= approved else "it holds a link that is not the playbook's"


def _links(text: str) -> set[str]:
    return {each.rstrip(".,;:!?)") for each in _LINK.findall(text)}


def _listing_truth(reply: _Reply) -> str | None:
    """What is sold, reserved or out of date is not named at all, whoever brought it up."""
    if reply.playbook is None:
        return None
    today = today_of(reply.turn)
    gone = next((each for each in named_listings(reply.text, reply.playbook) if not is_offered(each, today)), None)
    return f"it names the listing {gone.id!r}, which is not to be had" if gone is not None else None


def _never_said(reply: _Reply) -> str | None:
    if reply.playbook is None:
        return None
    sources = tuple(each for sources in reply.playbook.never_say.values() for each in sources)
    found = patterns(sources).match(Words.of(plain(reply.text)))
    return f"the playbook never says {found.source!r}" if found is not None else None


def _approved(reply: _Reply) -> list[str]:
    if reply.playbook is None:
        return []
    today = today_of(reply.turn)
    facts = [each.answer for each in reply.playbook.knowledge.facts if is_valid(each, today)]
    return [text for texts in (*facts, *(each.answer for each in reply.playbook.objections)) for text in texts.values()]


def _listed(reply: _Reply) -> list[str]:
    listings = reply.playbook.knowledge.listings if reply.playbook is not None else []
    return [name for each in listings for name in (each.title, each.area)]


def _names(turn: Turn) -> list[str]:
    calendar = turn.calendar
    people = [each.agent for each in (*calendar.offered, *(calendar.found or ()), calendar.booked) if each is not None]
    names = [turn.conversation.lead.name, *people]
    return [turn.conversation.workspace_name, *(word for name in names if name for word in name.split())]


def _without(text: str, names: list[str]) -> str:
    folded = text.casefold()
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1 and name.casefold() in folded:  # a pattern is made for those alone that stand there
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


_CHECKS: Final[dict[str, Callable[[_Reply], str | None]]] = {
    "length": _length,
    "one_question": _one_question,
    "no_template": _no_template,
    "no_repeat": _no_repeat,
    "language": _language,
    "no_promise": _no_promise,
    "no_steering": _no_steering,
    "times": _times,
    "honest": _honest,
    "no_link": _no_link,
    "listing_truth": _listing_truth,
    "never_say": _never_said,
}
"""In the order in which they are tried."""
