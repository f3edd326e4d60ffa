"""Turn a model's proposal into a decision. Pure: the model proposes, this code disposes.

Approved wording is said word for word about everything delicate. A model's own words stand between what the law wants
said and the playbook's next question, and only while a conversation goes its usual way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lead_reviver.decide.conversation import Decision, FieldValue, SlotWish, Turn
from lead_reviver.reply.grounding import heard_fields
from lead_reviver.reply.instructions import instructs_machine
from lead_reviver.reply.meeting_turn import MeetingTurn, Wants
from lead_reviver.reply.meetings import offer_times, offer_when_qualified
from lead_reviver.reply.playbook import Playbook, Question
from lead_reviver.reply.proposal import Proposal
from lead_reviver.reply.responder import buttons_of, filled, last_asked, times_asked

OPEN_INTENTS: Final = frozenset({"answers", "greets", "question", "not_understood"})
"""What the rules leave open. Everything else they settle themselves, in approved words, and no model is asked."""
_ASLEEP: Final = ("new", "dormant")
_CERTAIN: Final = 1.0
_FOR_PEOPLE: Final = {
    "wants_person": ("asks_for_person", "The lead asked for a person."),
    "wrong_person": ("wrong_person", "This may be somebody else than the lead."),
    "complaint": ("complaint", "The lead complains."),
    "legal": ("legal", "The lead speaks of law or lawyers."),
    "abuse": ("abuse", "The lead is abusive."),
    "financing_advice": ("financing_advice", "The lead wants advice on money, which only a person may give."),
    "haggles": ("haggles", "The lead negotiates, which only a person may do."),
    "already_decided": ("already_decided", "The lead has decided already."),
    "hardship": ("hardship", "The lead writes about something that needs a person."),
}


@dataclass(frozen=True)
class Disposed:
    """A decision, and the model's own words in it."""

    decision: Decision
    words: str = ""
    """Empty when everything that is said is approved wording."""


def leaves_room(settled: Decision, turn: Turn) -> bool:
    """Whether a model may add anything to what the rules decided."""
    calendar = turn.calendar
    meets = settled.wants_slots or settled.book or settled.cancel or settled.choices
    only_taps = all(line.reply_id is not None for line in turn.messages)
    instructs = any(instructs_machine(line.text) for line in turn.messages)
    busy = bool(meets) or calendar.booked is not None or bool(calendar.offered and calendar.found is None)
    return (
        settled.intent in OPEN_INTENTS and settled.stage in (None, "engaged") and not (busy or only_taps or instructs)
    )


def dispose(proposal: Proposal, turn: Turn, playbook: Playbook, settled: Decision) -> Disposed | None:
    """Return what to do about a proposal; None leaves it at `settled`, what the rules decided without the model."""
    language = settled.language or playbook.languages[0]
    answering = _Proposed(turn, playbook, language, _learned(proposal, turn, playbook, settled, language))
    if proposal.intent == "wants_no_messages":
        reason = "This may be a wish not to be written to; a person should read it."
        return Disposed(Decision("hand_over", reason, language=language, intent="opt_out_suspected"))
    answering.greet()
    if proposal.intent in _FOR_PEOPLE or proposal.sentiment == "upset" or proposal.action == "hand_over":
        intent, reason = _FOR_PEOPLE.get(proposal.intent, ("for_a_person", "The model doubts; a person should answer."))
        answering.parts.append(answering.say("handover"))
        return Disposed(answering.hand_over(reason, intent))
    if proposal.intent == "question":
        answering.parts.append(answering.say("cannot_answer"))
        return Disposed(answering.hand_over("The lead asked something that is not in the playbook.", "question"))
    if proposal.intent == "wants_meeting" or proposal.action == "offer_times":
        return Disposed(answering.offer())
    if proposal.intent == "asks_if_bot":
        answering.parts.append(answering.say("honest_answer"))
        return Disposed(answering.ask_next("asks_if_bot"))
    return _go_on(proposal, answering, settled)


def _go_on(proposal: Proposal, answering: _Proposed, settled: Decision) -> Disposed | None:
    """React, and ask what comes next; a model's own words are said where an answer was understood, nowhere else."""
    if settled.intent == "question":
        return None
    conversation = answering.turn.conversation
    understood = any(value.value is not None for value in answering.learned.values())
    if (proposal.intent == "not_now" or proposal.action == "wait") and not understood:
        answering.parts.append(answering.say("no_problem"))
        return Disposed(answering.said("The lead has no time now.", "not_now"))
    asked = last_asked(conversation, answering.playbook)
    open_still = asked is not None and asked.field not in answering.learned
    if not answering.learned or (open_still and asked is not None and times_asked(conversation, asked) > 1):
        return None  # the rules know how to ask again, and when enough was asked
    words = filled(proposal.reply.strip(), conversation, answering.playbook) if understood else ""
    if not words and _values(answering.learned) == _values(settled.fields):
        return None  # the rules say back what they understood
    answering.parts.append(words or answering.say("thanks" if understood else "no_problem"))
    decision = answering.ask_next("answers")
    return Disposed(decision, words if words and words in (decision.text or "") else "")


def _values(fields: dict[str, FieldValue]) -> dict[str, object]:
    return {name: value.value for name, value in fields.items()}


def _learned(
    proposal: Proposal, turn: Turn, playbook: Playbook, settled: Decision, language: str
) -> dict[str, FieldValue]:
    """Return both readings together: rules are surer of numbers and choices, a model of where a name begins."""
    heard = heard_fields(proposal, turn, playbook, language)
    free_text = {each.field for each in playbook.questions if each.type == "text"}
    by_rules = {
        name: value
        for name, value in settled.fields.items()
        if name not in heard or (value.confidence >= _CERTAIN and name not in free_text)
    }
    return {**heard, **by_rules}


@dataclass
class _Proposed:
    """A turn being answered along a proposal. An `Answering` of the meetings' part."""

    turn: Turn
    playbook: Playbook
    language: str
    learned: dict[str, FieldValue]
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meeting = MeetingTurn(self.turn, self.playbook, self.language)

    def greet(self) -> None:
        """Say in the first message who writes."""
        if not any(line.author == "bot" for line in self.turn.conversation.history):
            self.parts += [self.say("greeting"), self.say("disclosure")]

    def ask_next(self, intent: str) -> Decision:
        """Ask the first open question; offer a meeting or close when there is none."""
        known = {**self.turn.conversation.lead.fields, **self.learned}
        for question in self.playbook.questions:
            if question.field not in known:
                return self._ask(question, intent)
        return offer_when_qualified(self, lambda: self._close(intent))

    def offer(self) -> Decision:
        """Offer times of the playbook's first kind of meeting; a person finds one where there are none."""
        if not self.playbook.meetings:
            return self._leave_meeting()
        return offer_times(self, Wants(SlotWish(self.playbook.meetings[0].kind), "offer"), self._leave_meeting)

    def said(self, reason: str, intent: str) -> Decision:
        """Say what is there and ask nothing."""
        return Decision(
            "answer",
            reason,
            text=self.text(),
            language=self.language,
            intent=intent,
            fields=self.learned,
            stage=self._awake(),
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

    def knows_everything(self) -> bool:
        """Whether every question of the playbook is answered."""
        known = {**self.turn.conversation.lead.fields, **self.learned}
        return all(question.field in known for question in self.playbook.questions)

    def text(self) -> str:
        """Return everything that is said so far."""
        return " ".join(part for part in self.parts if part)

    def say(self, name: str) -> str:
        """Return a text of the playbook."""
        return filled(getattr(self.playbook, name)[self.language], self.turn.conversation, self.playbook)

    def _ask(self, question: Question, intent: str) -> Decision:
        asked = last_asked(self.turn.conversation, self.playbook)
        again = asked is not None and asked.field == question.field
        self.parts.append(question.ask[self.language][1 if again else 0])
        return Decision(
            "answer",
            f"Asks for {question.field}.",
            text=self.text(),
            buttons=buttons_of(question, self.language),
            language=self.language,
            intent=intent,
            fields=self.learned,
            asked=question.field,
            stage=self._awake(),
        )

    def _close(self, intent: str) -> Decision:
        self.parts.append(self.say("closing"))
        return self.hand_over("Everything the playbook asks is answered.", intent, "qualified")

    def _leave_meeting(self) -> Decision:
        self.parts.append(self.say("handover"))
        return self.hand_over("The lead wants a meeting, and no time is free in the calendar.", "wants_meeting")

    def _awake(self) -> str | None:
        return "engaged" if self.turn.conversation.lead.stage in _ASLEEP else None
