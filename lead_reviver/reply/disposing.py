"""Turn a model's proposal into a decision. Pure: the model proposes, this code disposes.

Approved wording is said word for word about everything delicate. A model's own words stand between what the law wants
said and the playbook's next question, and only while a conversation goes its usual way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lead_reviver.decide.conversation import Decision, FieldValue, SlotWish, Turn
from lead_reviver.reply.answering import Answering, filled, times_asked
from lead_reviver.reply.grounding import heard_fields
from lead_reviver.reply.instructions import instructs_machine
from lead_reviver.reply.later import later_text, left_alone
from lead_reviver.reply.meeting_turn import Wants
from lead_reviver.reply.meetings import offer_times
from lead_reviver.reply.playbook import Playbook
from lead_reviver.reply.proposal import Proposal

OPEN_INTENTS: Final = frozenset({"answers", "greets", "other", "question", "not_understood"})
"""What the rules leave open. Everything else they settle themselves, in approved words, and no model is asked."""
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
    # Beside a question and what nobody understood, rules hand over what they are sure of, e.g. an unspoken language.
    settles = settled.move != "answer" and settled.intent not in ("question", "not_understood")
    open_still = settled.intent in OPEN_INTENTS and settled.stage in (None, "engaged")
    return open_still and not (settles or busy or only_taps or instructs)


def dispose(proposal: Proposal, turn: Turn, playbook: Playbook, settled: Decision) -> Disposed | None:
    """Return what to do about a proposal; None leaves it at `settled`, what the rules decided without the model."""
    language = settled.language or playbook.languages[0]
    answering = _Proposed(turn, playbook, language, learned=_learned(proposal, turn, playbook, settled, language))
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
    asks = {question.field for question in answering.playbook.questions}
    understood = any(value.value is not None for name, value in answering.learned.items() if name in asks)
    if proposal.intent == "not_now" and not understood:
        answering.parts.append(later_text(answering.turn, answering.language, answering.playbook))
        later = answering.said("The lead wants to be left alone for a while.", "not_now")
        return Disposed(left_alone(later, answering.turn, answering.language))
    if proposal.action == "wait" and not understood:
        answering.parts.append(answering.say("no_problem"))
        return Disposed(answering.said("The lead has no time now.", "not_now"))
    asked = answering.asked
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


class _Proposed(Answering):
    """A turn being answered along a proposal."""

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
            stage=self.awake(),
        )

    def _leave_meeting(self) -> Decision:
        self.parts.append(self.say("handover"))
        return self.hand_over("The lead wants a meeting, and no time is free in the calendar.", "wants_meeting")
