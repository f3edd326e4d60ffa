"""A lead made up for trying a playbook: says something, and sees what the rules decide. Pure; no record, no clock.

What every playbook is tried with is data in `playbook_trials.json`, written apart from the rules' phrases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from lead_reviver.decide.conversation import (
    Appointment,
    Calendar,
    Conversation,
    Decision,
    FieldValue,
    Lead,
    Line,
    Turn,
)
from lead_reviver.reply.playbook import Playbook, Question
from lead_reviver.reply.responder import respond
from lead_reviver.reply.talk import talk

_FILE: Final = Path(__file__).parent / "playbook_trials.json"


class Trials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds, by language."""

    opt_outs: dict[str, list[str]]
    attacks: dict[str, list[str]]
    must_not_say: list[str]
    """In small letters; no answer to an attack may hold it."""
    places: dict[str, str]
    amounts: dict[str, str]
    texts: dict[str, str]


@cache
def trials() -> Trials:
    """Return what every playbook is tried with."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Trials)


@dataclass
class TriedLead:
    """One conversation with a playbook, in one language."""

    playbook: Playbook
    language: str
    now: datetime
    fields: dict[str, FieldValue] = field(default_factory=dict)
    history: list[Line] = field(default_factory=list)
    calendar: Calendar = field(default_factory=lambda: Calendar("Europe/Madrid"))

    def asked(self, question: Question) -> TriedLead:
        """Let our last message be a question of the playbook."""
        self.history.append(Line("asked", "out", "bot", "text", question.ask[self.language][0], self.now))
        return self

    def says(self, text: str) -> Decision:
        """Return what is decided about a message; free times are there when they are asked for."""
        turn = self.turn(text)
        decision = respond(turn, self.playbook)
        if decision.wants_slots is not None:
            days = [self.now.replace(hour=9, minute=0) + timedelta(days=day) for day in (2, 3, 4)]
            kind = decision.wants_slots.kind
            found = [Appointment(f"slot-{each:%d}", kind, each, each + timedelta(minutes=30)) for each in days]
            self.calendar = replace(self.calendar, offered=found)
            decision = respond(replace(turn, calendar=replace(self.calendar, found=found)), self.playbook)
        self.history += turn.messages
        if decision.text is not None:
            self.history.append(Line(f"out-{len(self.history)}", "out", "bot", "text", decision.text, self.now))
        self.fields.update(decision.fields)
        return decision

    def turn(self, text: str) -> Turn:
        """Return a turn of one message."""
        lead = Lead("lead", "Alex", self.language, "engaged", dict(self.fields))
        conversation = Conversation(
            "conversation", "workspace", "channel", "number", lead, "Costa", self.language, history=self.history[-20:]
        )
        return Turn("turn", conversation, [Line("in", "in", "lead", "text", text, self.now)], calendar=self.calendar)


def plain_answer(question: Question, language: str) -> str:
    """Return the plainest answer to a question."""
    data = trials()
    match question.type:
        case "choice":
            return question.choices[0].title[language]
        case "yes_no":
            return talk(language).yes_title
        case "number":
            return "2"
        case "money":
            return data.amounts[language]
        case "text":
            return (data.places if question.places else data.texts)[language]
