"""What a lead sends that is not typed: pictures, documents, places, contacts, voice notes. Each gets a sensible answer.

Pure. The wordings are approved once, in `sent.json`; a language that is not in it gets the playbook's `media`. A voice
note whose words count is read like anything that was typed, and is not met here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from lead_reviver.decide.conversation import Decision, FieldValue, Line
from lead_reviver.decide.voice import VOICE_KINDS
from lead_reviver.reply.answering import Answering

_FILE: Final = Path(__file__).parent / "sent.json"
NOT_SAID: Final = frozenset({"location", "contacts", "order"})
"""Their text is made of what a map or an address book holds: no words of the lead's."""
_FOR_PEOPLE: Final = ("order", "contacts", "document", "video", "image")
"""What only a person can look at; of several the first is named."""
_ASKED_BACK: Final = ("unclear", "gone")
_ON_MAP: Final = 0.8
"""A place that was shown is most likely the area that is meant."""
_SAYABLE: Final = re.compile(r"(?=.*[^\W\d_]{2})[\w .'’&()-]{2,60}")


def answer_what_was_sent(answering: Answering, noted: Callable[[], str]) -> Decision | None:
    """Decide about what was sent beside words; None where everything was words. `noted` repeats what these said."""
    lines = answering.turn.messages
    kinds = {line.kind for line in lines}
    doubts = {line.doubt or "not_listened" for line in lines if line.kind in VOICE_KINDS and line.text is None}
    kind = next((each for each in _FOR_PEOPLE if each in kinds), None)
    if kind is not None:
        return _to_person(answering, noted, kind, "The lead sent something that a person has to look at.", "media")
    for doubt in ("too_long", "not_listened", "late"):
        if doubt in doubts:
            return _to_person(answering, noted, doubt, "The lead sent a voice note that a person has to hear.", "media")
    asked_back = next((each for each in _ASKED_BACK if each in doubts), None)
    if asked_back is not None:
        return _ask_back(answering, noted, asked_back)
    places = [line for line in lines if line.kind == "location"]
    return _take_place(answering, noted, places[-1]) if places else None


def wording(name: str, language: str) -> str | None:
    """Return an approved wording; None where there is none in this language."""
    return _wordings()[name].get(language)


def _to_person(answering: Answering, noted: Callable[[], str], name: str, reason: str, intent: str) -> Decision:
    answering.parts += [_noted(answering, noted), _said(answering, name)]
    return answering.hand_over(reason, intent)


def _ask_back(answering: Answering, noted: Callable[[], str], name: str) -> Decision:
    """Ask for text once; the second time a person listens."""
    ours = [each.text or "" for each in answering.turn.conversation.history if each.direction == "out"]
    asked_before = any(ours and ours[-1].endswith(_said(answering, each)) for each in _ASKED_BACK)
    if asked_before:
        reason = "Two voice notes in a row were not understood; a person should listen."
        return _to_person(answering, noted, "unclear_again", reason, "not_understood")
    answering.parts += [_noted(answering, noted), _said(answering, name)]
    return Decision(
        "answer",
        "A voice note was not understood well enough; asks for it in writing.",
        text=answering.text(),
        language=answering.language,
        intent="not_understood",
        fields=answering.learned,
        stage=answering.awake(),
    )


def _take_place(answering: Answering, noted: Callable[[], str], line: Line) -> Decision:
    """Take a place on the map as the answer to the question about the area, and go on."""
    question = next((each for each in answering.playbook.questions if each.places), None)
    if question is None or line.text is None or wording("place_named", answering.language) is None:
        return _to_person(answering, noted, "location", "The lead sent a place that a person has to look at.", "media")
    name = line.text.partition(",")[0].strip()
    sayable = _SAYABLE.fullmatch(name) is not None
    said = _said(answering, "place_named" if sayable else "place_on_map").replace("{place}", name)
    value = name if sayable else line.text
    answering.parts += [_noted(answering, noted), said]
    answering.learned[question.field] = FieldValue(value, line.text, line.message_id, _ON_MAP)
    return answering.ask_next("answers")


def _noted(answering: Answering, noted: Callable[[], str]) -> str:
    return noted() if answering.learned else ""


def _said(answering: Answering, name: str) -> str:
    return wording(name, answering.language) or answering.say("media")


@cache
def _wordings() -> dict[str, dict[str, str]]:
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, dict[str, str]])
