"""The part of the playbook responder that makes dates: offers times, books the one that was chosen, moves and cancels.

Pure. "Booked" is said in a decision that books, and nowhere else: the steps store both together or neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lead_reviver.decide.conversation import Decision, SlotWish
from lead_reviver.reply.meeting_talk import LANGUAGES
from lead_reviver.reply.meeting_turn import MeetingTurn, Wants

if TYPE_CHECKING:
    from lead_reviver.reply.answering import Answering

MOST_OFFERS: Final = 3
"""So many offers in a row; then a person finds a time."""


def book_choice(answering: Answering, questions: list[str]) -> Decision | None:
    """Book the slot that the lead chose; None when none was chosen beyond doubt."""
    meeting, booked = answering.meeting, answering.turn.calendar.booked
    choice = meeting.choice
    if choice is None:
        return None
    moved = booked if booked is not None and booked.id != choice.id and booked.kind == choice.kind else None
    answering.parts.append(meeting.say("moved" if moved else "booked", choice))
    if questions:
        answering.parts.append(answering.say("cannot_answer"))
    return Decision(
        "hand_over" if questions else "answer",
        f"Books a {choice.kind}." if moved is None else f"Moves a {choice.kind}.",
        text=answering.text(),
        language=answering.language,
        intent=_intent(meeting),
        fields=answering.learned,
        stage="booked",
        book=choice.id,
        cancel=moved.id if moved else None,
    )


def answer_about_meetings(answering: Answering) -> Decision | None:
    """Offer times, call a meeting off or say when it is; None when the turn is not about any of that."""
    meeting, booked = answering.meeting, answering.turn.calendar.booked
    if (meeting.cancels or meeting.moves) and booked is None:
        answering.parts.append(answering.say("handover"))
        return answering.hand_over("The lead is on a meeting that is not in the calendar.", _intent(meeting))
    if meeting.cancels and not meeting.moves and booked is not None:
        answering.parts.append(meeting.say("cancelled", booked))
        reason = f"Cancels the {booked.kind}."
        return _decision(answering, reason, _intent(meeting), stage=_stage(answering), cancel=booked.id)
    wants = meeting.wants
    if wants is not None:
        return offer_times(answering, wants, lambda: _leave_to_person(answering))
    if meeting.asks_when and booked is not None:
        answering.parts.append(meeting.say("reminder", booked))
        return _decision(answering, f"Says when the {booked.kind} is.", "asks_question")
    if meeting.only_chatter and (meeting.offer_is_open or (booked is not None and answering.knows_everything())):
        return Decision("stay_quiet", "The lead only said thanks.", language=answering.language, intent="thanks")
    return None


def offer_again(answering: Answering) -> Decision | None:
    """Offer times once more to a lead whose answer to them was not understood; None where none were offered."""
    wants = answering.meeting.wants_again
    return None if wants is None else offer_times(answering, wants, lambda: _leave_to_person(answering))


def offer_when_wanted(answering: Answering) -> Decision | None:
    """Offer the playbook's first kind of meeting to a lead who wants to meet; None without any."""
    if not answering.playbook.meetings or answering.turn.calendar.booked is not None:
        return None
    wants = Wants(SlotWish(answering.playbook.meetings[0].kind), "offer")
    return offer_times(answering, wants, lambda: _leave_to_person(answering))


def offer_times(answering: Answering, wants: Wants, otherwise: Callable[[], Decision]) -> Decision:
    """Offer times to choose from: first asks for slots, then offers those that were found; `otherwise` without any."""
    meeting, found = answering.meeting, answering.turn.calendar.found
    if wants.unclear and meeting.offer_is_open:
        found = answering.turn.calendar.offered  # the same once more: they are still held
    if meeting.offers_in_a_row >= MOST_OFFERS:
        answering.parts.append(answering.say("handover"))
        return answering.hand_over("No time that was offered suited the lead.", _intent(meeting))
    if answering.language not in LANGUAGES:
        return otherwise()
    if found is None:
        reason = f"Looks for free times for a {wants.wish.kind}."
        return Decision("answer", reason, language=answering.language, wants_slots=wants.wish)
    if not found:
        return otherwise()
    if wants.unclear:
        answering.parts.append(answering.say("not_understood"))
    text, choices = meeting.offer(found, wants, again=meeting.offers_in_a_row > 0)
    answering.parts.append(text)
    reason = f"Offers {len(found)} times for a {wants.wish.kind}."
    return _decision(answering, reason, _intent(meeting), stage=_stage(answering), choices=choices)


def offer_when_qualified(answering: Answering, closing: Callable[[], Decision]) -> Decision:
    """Everything is known: offer a meeting, once; else say goodbye and leave the rest to a person."""
    meeting, booked = answering.meeting, answering.turn.calendar.booked
    if booked is not None:
        if not any(answering.parts):
            answering.parts.append(answering.say("thanks"))
        if answering.learned:
            return _decision(answering, "Notes what the lead added.", "answers")
        return answering.hand_over("The lead wrote about a meeting; a person should read it.", "other")
    if not answering.playbook.meetings or meeting.was_offered:
        return closing()
    return offer_times(answering, Wants(SlotWish(answering.playbook.meetings[0].kind), "offer"), closing)


def _intent(meeting: MeetingTurn) -> str:
    if meeting.cancels and not meeting.moves:
        return "cancels_meeting"
    return "moves_meeting" if meeting.moves or meeting.cannot_come else "wants_meeting"


def _leave_to_person(answering: Answering) -> Decision:
    answering.parts.append(answering.say("handover"))
    return answering.hand_over(
        "The lead wants a meeting, and no time is free in the calendar.", _intent(answering.meeting)
    )


def _stage(answering: Answering) -> str | None:
    """Return the stage of a lead without a meeting."""
    if answering.knows_everything():
        return "qualified"
    return "engaged" if answering.turn.conversation.lead.stage in ("new", "dormant", "booked") else None


def _decision(answering: Answering, reason: str, intent: str, **more: object) -> Decision:
    said = {"text": answering.text(), "language": answering.language, "fields": answering.learned}
    return Decision("answer", reason, intent=intent, **said, **more)  # type: ignore[arg-type]
