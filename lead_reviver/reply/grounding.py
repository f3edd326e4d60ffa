"""Which answers of a proposal the lead really gave. Pure.

A model points at words; code takes the value from them. What cannot be found in the newest messages, or cannot be read
by the same rules as without a model, is dropped.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from lead_reviver.decide.conversation import FieldValue, Line, Turn
from lead_reviver.reply.playbook import Playbook, Question
from lead_reviver.reply.proposal import Heard, Proposal
from lead_reviver.reply.understand import answers_in

_POINTED_AT: Final = 0.8
"""Confidence: a model read it, in words that stand there."""
_NOT_KNOWN: Final = 0.5
_LONGEST: Final = 80
_REPEATABLE: Final = re.compile(r"(?=.*[^\W\d_]{2})[\w ,.'’/&()-]{2,80}")
"""It may be said back and shown to people: words, no links and no signs."""


def heard_fields(proposal: Proposal, turn: Turn, playbook: Playbook, language: str) -> dict[str, FieldValue]:
    """Return the fields whose words stand in this turn, with values read from these words."""
    questions = {each.field: each for each in playbook.questions}
    found: dict[str, FieldValue] = {}
    for heard in proposal.fields:
        question = questions.get(heard.field)
        line = _line_with(heard.said, turn)
        if question is None or line is None or heard.field in found:
            continue
        if heard.value.casefold() == "unknown":
            found[heard.field] = FieldValue(None, heard.said, line.message_id, _NOT_KNOWN)
            continue
        value = _value(question, heard, playbook, language)
        if value is not None:
            found[heard.field] = FieldValue(value, heard.said, line.message_id, _POINTED_AT)
    return found


def _value(question: Question, heard: Heard, playbook: Playbook, language: str) -> Any:
    if question.type == "choice":
        return heard.value if any(each.value == heard.value for each in question.choices) else None
    if question.type == "yes_no":
        return {"yes": True, "no": False}.get(heard.value.casefold())
    if question.type == "text":
        words = heard.value if _stands_in(heard.value, heard.said) else heard.said
        words = words.strip(" .,!")
        return words if len(words) <= _LONGEST and _REPEATABLE.fullmatch(words) else None
    read = answers_in(heard.said, playbook, language, question)
    return next((each.value for each in read if each.field == question.field), None)


def _line_with(said: str, turn: Turn) -> Line | None:
    return next((line for line in turn.messages if line.text and _stands_in(said, line.text)), None)


def _stands_in(words: str, text: str) -> bool:
    """Whether whole words stand in a text, whatever their case and spaces."""
    wanted = _folded(words)
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _folded(text)) is not None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
