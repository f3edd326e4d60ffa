"""A turn that is being answered: what was understood so far, what the reply will say, and the playbook's own ways on.

Pure. Whoever understands a turn, rules alone or a model whose proposal rules dispose of, answers it with this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from lead_reviver.decide.conversation import Button, Conversation, Decision, FieldValue, Line, Turn
from lead_reviver.reply.meeting_turn import MeetingTurn
from lead_reviver.reply.meetings import offer_when_qualified
from lead_reviver.reply.playbook import Playbook, Question
from lead_reviver.reply.talk import talk

_ASLEEP: Final = ("new", "dormant")
"""The stages of a lead who becomes engaged by talking with us."""


@dataclass
class Answering:
    """One turn being answered."""

    turn: Turn
    playbook: Playbook
    language: str
    parts: list[str] = field(default_factory=list)
    """What will be said, in this order."""
    learned: dict[str, FieldValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.meeting = MeetingTurn(self.turn, self.playbook, self.language)

    @cached_property
    def asked(self) -> Question | None:
        """The question that our last message ended with."""
        return last_asked(self.turn.conversation, self.playbook)

    @property
    def known(self) -> dict[str, FieldValue]:
        """What the lead has told us, with this turn."""
        return {**self.turn.conversation.lead.fields, **self.learned}

    def knows_everything(self) -> bool:
        """Whether every question of the playbook is answered."""
        return self.open_question() is None

    def open_question(self) -> Question | None:
        """Return the first question that is neither answered nor made needless by another answer."""
        known = self.known
        return next(
            (each for each in self.playbook.questions if each.field not in known and not _is_enough(each, known)), None
        )

    def greet(self) -> None:
        """Say in the first message who writes."""
        if not self.has_written():
            self.parts += [self.say("greeting"), self.say("disclosure")]

    def has_written(self) -> bool:
        """Whether the bot has written to this lead before."""
        return any(line.author == "bot" for line in self.turn.conversation.history)

    def ask_next(self, intent: str) -> Decision:
        """Ask the first open question; offer a meeting or close when there is none."""
        question = self.open_question()
        if question is not None:
            again = self.asked is not None and self.asked.field == question.field
            return self.ask(question, question.ask[self.language][1 if again else 0], intent)
        return offer_when_qualified(self, lambda: self._close(intent))

    def ask(self, question: Question, wording: str, intent: str) -> Decision:
        """Ask a question in one of its wordings, after what is said so far."""
        self.parts.append(wording)
        return Decision(
            "answer",
            f"Asks for {question.field}.",
            text=self.text(),
            buttons=buttons_of(question, self.language),
            language=self.language,
            intent=intent,
            fields=self.learned,
            asked=question.field,
            stage=self.awake(),
        )

    def hand_over(self, reason: str, intent: str, stage: str | None = None) -> Decision:
        """Leave the lead to a person, with what is said so far."""
        return Decision(
            "hand_over",
            reason,
            text=self.text() or None,
            language=self.language,
            intent=intent,
            fields=self.learned,
            stage=stage,
        )

    def awake(self) -> str | None:
        """Return the stage of a lead who talks with us; None leaves it."""
        return "engaged" if self.turn.conversation.lead.stage in _ASLEEP else None

    def text(self) -> str:
        """Return everything that is said so far."""
        return " ".join(part for part in self.parts if part)

    def say(self, name: str) -> str:
        """Return a text of the playbook."""
        return self.fill(getattr(self.playbook, name)[self.language])

    def fill(self, text: str) -> str:
        """Return a text with its placeholders filled."""
        return filled(text, self.turn.conversation, self.playbook)

    def _close(self, intent: str) -> Decision:
        self.parts.append(self.say("closing"))
        known = self.known
        told = ", ".join(question.field for question in self.playbook.questions if question.field in known)
        return self.hand_over(f"Everything the playbook asks is answered: {told}.", intent, "qualified")


def _is_enough(question: Question, known: dict[str, FieldValue]) -> bool:
    """Whether something else that the lead told makes a question needless."""
    said = {name: known[name].value for name in question.enough_when if name in known}
    spoken = {name: {True: "yes", False: "no"}.get(value, str(value)) for name, value in said.items()}
    return any(value in question.enough_when[name] for name, value in spoken.items())


def last_asked(conversation: Conversation, playbook: Playbook) -> Question | None:
    """Return the question that our last message ended with; None when it asked nothing."""
    for line in reversed(conversation.history):
        if line.direction == "out":
            return next((each for each in playbook.questions if _asks(line, each)), None)
    return None


def times_asked(conversation: Conversation, question: Question) -> int:
    """Return how often the conversation's recent history asks this question."""
    return sum(_asks(line, question) for line in conversation.history)


def first_name(name: str | None) -> str:
    """Return the first name to greet with; empty when the profile name is none (emoji, digits, a shop)."""
    words = (name or "").split()
    if not words or not words[0].replace("-", "").replace("'", "").isalpha() or not 2 <= len(words[0]) <= 20:
        return ""
    return words[0] if words[0] not in (words[0].lower(), words[0].upper()) else words[0].capitalize()


def _asks(line: Line, question: Question) -> bool:
    if line.direction != "out" or line.author != "bot" or line.text is None:
        return False
    return any(line.text.endswith(wording) for wordings in question.ask.values() for wording in wordings)


def buttons_of(question: Question, language: str) -> list[Button]:
    """Return the buttons that a question is asked with, if it has answers to choose from."""
    if question.type == "choice":
        return [Button(f"{question.field}:{each.value}", each.title[language]) for each in question.choices]
    if question.type == "yes_no":
        words = talk(language)
        return [Button(f"{question.field}:yes", words.yes_title), Button(f"{question.field}:no", words.no_title)]
    return []


def filled(text: str, conversation: Conversation, playbook: Playbook) -> str:
    """Return a text of the playbook with its placeholders filled."""
    first = first_name(conversation.lead.name)
    return (
        text.replace("{name}", f" {first}" if first else "")
        .replace("{persona}", playbook.persona)
        .replace("{business}", conversation.workspace_name)
    )
