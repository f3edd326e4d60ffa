"""A lead who has no time now: until which day it is left alone, and which of its messages says so. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from lead_reviver.decide.conversation import Decision, Line, Turn
from lead_reviver.decide.snooze import Heard, hear_snooze, written_day
from lead_reviver.decide.wishes import wish_of
from lead_reviver.reply.endings import ending_text
from lead_reviver.reply.playbook import Playbook


def later_text(turn: Turn, language: str, playbook: Playbook) -> str:
    """Return the approved words that name the day."""
    text = ending_text("not_now", language, playbook.endings) or ""
    return text.replace("{day}", written_day(_asked_for(turn).until, language))


def left_alone(decision: Decision, turn: Turn, language: str) -> Decision:
    """Add until when the lead is left alone, and which message says so."""
    heard = _asked_for(turn)
    return replace(
        decision,
        snooze_until=heard.until,
        snooze_said_in=_said_in(turn, heard, language).message_id,
        snooze_occasion=heard.occasion,
    )


def _said_in(turn: Turn, heard: Heard, language: str) -> Line:
    """Return the message that names the time, else the one that says "not now", else the last."""
    named = [
        each for each in turn.messages if heard.occasion and _hear(turn, each.text or "").occasion == heard.occasion
    ]
    not_now = [each for each in turn.messages if each.text and wish_of(each.text, language) == "not_now"]
    return next(iter([*named, *not_now, turn.messages[-1]]))


def _asked_for(turn: Turn) -> Heard:
    return _hear(turn, " ".join(line.text or "" for line in turn.messages))


def _hear(turn: Turn, text: str) -> Heard:
    return hear_snooze(text, turn.messages[-1].sent_at.date())
