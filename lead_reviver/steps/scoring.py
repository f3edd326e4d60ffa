"""How far a lead has come with a turn, and after a person corrected what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from lead_reviver.decide.conversation import FieldValue, Turn
from lead_reviver.decide.fields import with_heard
from lead_reviver.decide.score import Score, Standing, score, weights_of
from lead_reviver.reply.playbook import Playbook
from lead_reviver.state.conversations import TurnState
from lead_reviver.storage.lead_fields import LockedLead

REFUSES: Final = frozenset(
    {"not_interested", "other_agent", "already_bought", "already_decided", "wrong_person", "legal_threat", "minor"}
)
"""Intents after which nobody should hope for a sale."""
QUICK: Final = timedelta(hours=1)


def score_after(state: TurnState, *, booked: bool, playbook: Playbook) -> Score | None:
    """Return the lead's score after a turn; None where the turn says nothing about it: a thank-you, a picture."""
    decision, turn = state.decision, state.turn
    if decision is None:
        return None
    refused = decision.intent in REFUSES
    not_now = decision.snooze_until is not None or decision.intent == "not_now"
    opted_out = turn.conversation.lead.opted_out_at is not None or decision.move == "stop_writing"
    if not (decision.fields or booked or decision.cancel or refused or not_now or opted_out):
        return None
    standing = Standing(
        fields=with_heard(turn.conversation.lead.fields, decision.fields),
        questions=_asked(playbook),
        replies=sum(each.author == "lead" for each in (*turn.conversation.history, *turn.messages)),
        quick=_is_quick(turn),
        meeting=booked or (turn.calendar.booked is not None and decision.cancel is None),
        not_now=not_now,
        refused=refused,
        opted_out=opted_out,
    )
    return _weighed(standing, playbook)


def score_corrected(lead: LockedLead, fields: Mapping[str, FieldValue], playbook: Playbook) -> Score:
    """Return the lead's score once its fields are these; what the last score knew of the talk still holds."""
    before = {str(each.get("about")) for each in lead.score_reasons}
    standing = Standing(
        fields=fields,
        questions=_asked(playbook),
        replies=lead.replies,
        quick="quick" in before,
        meeting=lead.meeting,
        not_now=lead.not_now,
        refused="refused" in before,
        opted_out=lead.opted_out,
    )
    return _weighed(standing, playbook)


def _weighed(standing: Standing, playbook: Playbook) -> Score:
    return score(standing, weights_of(playbook.score, standing.questions))


def _asked(playbook: Playbook) -> list[str]:
    return [question.field for question in playbook.questions]


def _is_quick(turn: Turn) -> bool:
    ours = next((each for each in reversed(turn.conversation.history) if each.direction == "out"), None)
    return ours is not None and turn.messages[0].sent_at - ours.sent_at <= QUICK
