"""How leads move on by themselves: who is followed up and when, which stage has aged.

Pure: facts and `now` come in, times are aware, UTC. The rules' numbers are data of the playbook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lead_reviver.decide.contact_hours import ContactHours, in_contact_hours
from lead_reviver.decide.window import can_reply_freely


@dataclass(frozen=True, slots=True)
class Silence:
    """A lead who has not answered the bot's last question."""

    asked_at: datetime
    """When the question went out."""
    followed_up: int
    """How often that question was followed up already, whatever became of it."""
    followed_up_at: datetime | None
    """When it was last; None when it never was."""
    last_inbound_at: datetime | None
    window_closed_at: datetime | None
    """When Meta last refused free text (131047)."""
    hours: ContactHours


@dataclass(frozen=True, slots=True)
class LetBe:
    """Nothing to do now."""

    reason: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Write once more, in free words."""

    number: int
    """1 for the first about this question."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """Free words may not be sent any more: a template, or a person."""

    number: int


NextFollowUp = LetBe | FollowUp | TooLate


def next_follow_up(silence: Silence, waits: Sequence[timedelta], now: datetime) -> NextFollowUp:
    """Choose what to do about a silent lead.

    `waits` holds one time for each follow-up there may be: after the question, after the follow-up before, ...
    """
    if silence.followed_up >= len(waits):
        return LetBe("followed up often enough")
    since = silence.followed_up_at or silence.asked_at
    if now - since < waits[silence.followed_up]:
        return LetBe("not silent for long enough")
    if not in_contact_hours(silence.hours, now):
        return LetBe("outside the hours in which this lead may be written to unasked")
    if can_reply_freely(silence.last_inbound_at, silence.window_closed_at, now):
        return FollowUp(silence.followed_up + 1)
    if silence.followed_up > 0:
        return LetBe("followed up before the reply window closed")
    return TooLate(1)


@dataclass(frozen=True, slots=True)
class Ageing:
    """A stage that a lead leaves when nothing was said for long enough."""

    stage: str
    after: timedelta
    becomes: str


def aged_stage(stage: str, last_word_at: datetime, rules: Sequence[Ageing], now: datetime) -> str | None:
    """Return the stage a lead moves to, None while it stays. `last_word_at` is the newest message or change of it."""
    for rule in rules:
        if rule.stage == stage and now - last_word_at >= rule.after:
            return rule.becomes
    return None
