"""Answers a turn from what the playbook knows, in approved words; then the conversation goes on where it was. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lead_reviver.decide.conversation import Decision, SlotWish
from lead_reviver.reply.knowledge import (
    asks_what_there_is,
    fact_for,
    is_offered,
    matching,
    named_listings,
    objection_in,
    today_of,
    written_listing,
)
from lead_reviver.reply.meeting_turn import Wants
from lead_reviver.reply.meetings import offer_times
from lead_reviver.reply.playbook import Listing, Objection, Texts
from lead_reviver.reply.understand import is_question, sentences

if TYPE_CHECKING:
    from lead_reviver.reply.answering import Answering

MOST_FACTS: Final = 2
"""In one message; more is a lecture."""
BEFORE_OBJECTIONS: Final = ("already_bought", "other_agent", "not_interested", "asks_where_number_from")
"""Wishes that end a conversation even where the lead gives a doubt as the reason: nobody is talked round."""
ABOUT_KNOWLEDGE: Final = "asks_question"
OBJECTS: Final = "objects"


def tell_what_is_gone(answering: Answering) -> Decision | None:
    """Tell a lead who names a listing that cannot be had so, with what fits instead; None when no such one is named."""
    today = today_of(answering.turn)
    named = _named(answering)
    gone = [each for each in named if not is_offered(each, today)]
    answers = answering.playbook.knowledge.listing_answers
    if not gone or answers is None or answering.meeting.cancels or answering.meeting.moves:
        return None
    if any(each.status == "available" for each in gone):
        answering.parts.append(answering.say("cannot_answer"))
        return answering.hand_over("The lead asks for a listing whose details are out of date.", "question")
    answering.parts.append(_said(answering, answers.not_available))
    still_there = [each for each in named if is_offered(each, today)]
    _name(answering, still_there or matching(answering.playbook, answering.known, today))
    return _go_on(answering, ABOUT_KNOWLEDGE)


def meet_objection(answering: Answering, noted: str) -> Decision | None:
    """Answer a doubt; None when none is voiced. `noted` repeats what was understood."""
    for text in _texts(answering):
        objection = objection_in(text, answering.playbook, answering.language)
        if objection is not None:
            return _meet(answering, objection, noted)
    return None


def facts_asked_for(answering: Answering) -> list[str]:
    """Return the answers to what was asked about the business, to be said beside something else."""
    return _facts(answering, _texts(answering), [], listed=False)[0]


def answer_from_knowledge(answering: Answering, questions: list[str], noted: str) -> Decision | None:
    """Answer what was asked about listings and the business; None when the playbook knows nothing of it.

    `questions` are the sentences that ask something and answer nothing, `noted` repeats what was understood.
    """
    texts = _texts(answering)
    listed = _list(answering, texts, questions)
    found, left = _facts(answering, texts, questions, listed is not None)
    if listed is None and not found:
        return None
    if not _named(answering):  # "Studio Marina" is no wish for a studio
        answering.parts.append(noted)
    if listed is not None:
        _name(answering, listed)
        if not listed and answering.playbook.knowledge.listing_answers is not None:
            answering.parts.append(_said(answering, answering.playbook.knowledge.listing_answers.nothing))
    answering.parts += found
    if left:
        answering.parts.append(answering.say("cannot_answer"))
        return answering.hand_over("The lead also asked something that is not in the playbook.", "question")
    return _go_on(answering, ABOUT_KNOWLEDGE)


def _meet(answering: Answering, objection: Objection, noted: str) -> Decision:
    before = [line.text for line in answering.turn.conversation.history if line.direction == "out" and line.text]
    if any(answer in text for answer in objection.answer.values() for text in before):
        answering.parts.append(answering.say("handover"))
        return answering.hand_over(f"The lead doubts again ({objection.topic}).", OBJECTS)
    answering.parts += [noted, _said(answering, objection.answer)]
    return _go_on(answering, OBJECTS)


def _list(answering: Answering, texts: list[str], questions: list[str]) -> list[Listing] | None:
    """Return the listings to name, perhaps none; None when the turn asks for no listings."""
    playbook, language = answering.playbook, answering.language
    if playbook.knowledge.listing_answers is None:
        return None
    named = _named(answering)
    if named and (questions or any(is_question(text, language) for text in texts)):
        return named
    if any(asks_what_there_is(text, playbook, language) for text in texts):
        return matching(playbook, answering.known, today_of(answering.turn))
    return None


def _facts(answering: Answering, texts: list[str], questions: list[str], listed: bool) -> tuple[list[str], list[str]]:
    """Return the answers that are known, and the questions to which none is."""
    playbook, language, today = answering.playbook, answering.language, today_of(answering.turn)
    found: list[str] = []
    left = []
    for sentence in (each for text in texts for each in sentences(text)):
        asks = is_question(sentence, language)
        fact = fact_for(sentence, playbook, language, today) if asks or not answering.learned else None
        if fact is not None:
            found.append(_said(answering, fact.answer))
        elif sentence in questions and not (
            listed and (named_listings(sentence, playbook) or asks_what_there_is(sentence, playbook, language))
        ):
            left.append(sentence)
    found = list(dict.fromkeys(found))
    return found[:MOST_FACTS], left


def _named(answering: Answering) -> list[Listing]:
    return [each for text in _texts(answering) for each in named_listings(text, answering.playbook)]


def _texts(answering: Answering) -> list[str]:
    return [line.text for line in answering.turn.messages if line.text and line.reply_id is None]


def _name(answering: Answering, listings: list[Listing]) -> None:
    answers = answering.playbook.knowledge.listing_answers
    if not listings or answers is None:
        return
    different = {each.id: each for each in listings}.values()
    written = [written_listing(each, answering.playbook, answering.language) for each in different]
    answering.parts.append(f"{_said(answering, answers.available)} {'; '.join(written)}.")


def _said(answering: Answering, texts: Texts) -> str:
    return answering.fill(texts[answering.language])


def _go_on(answering: Answering, intent: str) -> Decision:
    """Go on with the open question, the open offer, or with nothing when everything was asked."""
    meeting, calendar = answering.meeting, answering.turn.calendar
    if meeting.offer_is_open:
        wants = Wants(SlotWish(calendar.offered[0].kind), "offer")
        return offer_times(answering, wants, lambda: _only(answering, intent))
    if answering.knows_everything() and (calendar.booked is not None or meeting.was_offered):
        return _only(answering, intent)
    return answering.ask_next(intent)


def _only(answering: Answering, intent: str) -> Decision:
    return Decision(
        "answer",
        "Answers from the playbook's knowledge.",
        text=answering.text(),
        language=answering.language,
        intent=intent,
        fields=answering.learned,
        stage=answering.awake(),
    )
