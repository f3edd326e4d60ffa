"""Whom a conversation that waits for a person is offered to, for how long, and what its lead is told.

Pure: the team, its hours and `now` come in; times are aware, UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from lead_reviver.decide.contact_hours import ContactHours, in_contact_hours
from lead_reviver.decide.wishes import wish_of

Notice = Literal["passed_on", "later"]
"""What a lead is told. passed_on: somebody else is asked; later: when somebody will be there."""
Answer = Literal["passed", "timed_out"]
"""How an offer ended that nobody took: "not me", or nothing said in time."""
Span = tuple[datetime, datetime]
STILL_AWAKE: Final = timedelta(hours=1)
"""For so long after its last word a lead may hear news at any hour."""


NEVER_STOPS: Final = timedelta(days=1)
"""After so long everybody is asked anew where no working day begins, since none ends."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member who may answer leads, as the hand-over sees them now."""

    user_id: str
    is_agent: bool
    """Owners and managers are asked when no agent is left."""
    present: bool
    """Has the dashboard open."""
    in_hours: bool
    owns_lead: bool = False
    last_asked: int = 0
    """Grows with every offer in the workspace; 0 for somebody who was never asked."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Ask one member."""

    user_id: str
    last_resort: bool = False
    """Every agent who could be asked was."""


@dataclass(frozen=True, slots=True)
class Everybody:
    """Nobody is left to ask, or nobody is there: it is up to whoever comes first."""


def next_offer(team: Sequence[Colleague], asked: Collection[str]) -> Offer | Everybody:
    """Choose whom to ask next; `asked` were asked already and did not take it.

    First the lead's owner when present, then agents who are present, then the lead's owner and agents who are within
    their hours; among equals whoever was asked longest ago. Owners and managers come last: in a team without agents
    they come first, too. Nobody is asked outside their hours, whatever page they have open.
    """
    there = [each for each in team if each.in_hours and each.user_id not in asked]
    agents = [each for each in there if each.is_agent or each.owns_lead]
    if agents:
        return Offer(min(agents, key=_rank).user_id)
    if there:
        return Offer(min(there, key=_rank).user_id, last_resort=any(each.is_agent for each in team))
    return Everybody()


def _rank(each: Colleague) -> tuple[bool, bool, int, str]:
    return (not each.present, not each.owns_lead, each.last_asked, each.user_id)


def notice_owed(found: Offer | Everybody, before: Answer | None, told: Collection[str]) -> Notice | None:
    """Return what the lead is to be told after this choice; None when there is nothing new to say.

    `before` says how the offer before ended, None for the first choice. That somebody passed at once and another is
    asked makes no difference to a lead; that time went by does.
    """
    if isinstance(found, Everybody) or (found.last_resort and before is not None):
        return None if "later" in told else "later"
    if before == "timed_out" and not told:
        return "passed_on"
    return None


def waits_for_answer(said: Sequence[str], language: str) -> bool:
    """Whether a lead who wrote this last waits for anything: not after a mere thank you, or an emoji."""
    words = [each for each in said if any(letter.isalnum() for letter in each)]
    return any("?" in each or "\u061f" in each or wish_of(each, language) != "thanks" for each in words)


def may_be_told_now(last_inbound_at: datetime | None, hours: ContactHours, now: datetime) -> bool:
    """Whether a waiting lead is told something at `now`: while it is awake, or by day on its own clock."""
    awake = last_inbound_at is not None and now - last_inbound_at < STILL_AWAKE
    return awake or in_contact_hours(hours, now)


def deadline(at_work: Sequence[Span], since: datetime, allowed: timedelta) -> datetime | None:
    """Return when `allowed` of working time has gone by since `since`; None when that is not in sight.

    `at_work` are the times at which anybody of the team works, in order and apart.
    """
    left = allowed
    for starts_at, ends_at in at_work:
        begins = max(starts_at, since)
        if ends_at <= begins:
            continue
        if ends_at - begins >= left:
            return begins + left
        left -= ends_at - begins
    return None


def next_opening(at_work: Sequence[Span], now: datetime) -> datetime | None:
    """Return when somebody begins to work after `now`; None when that is not in sight."""
    return next((starts_at for starts_at, _ in at_work if starts_at > now), None)


def asked_anew_at(at_work: Sequence[Span], now: datetime) -> datetime | None:
    """Return when the asking begins anew: with the next day's work, or a day later in a team that never stops."""
    opens = next_opening(at_work, now)
    return now + NEVER_STOPS if opens is None and is_at_work(at_work, now) else opens


def is_at_work(at_work: Sequence[Span], now: datetime) -> bool:
    """Whether somebody works now."""
    return any(starts_at <= now < ends_at for starts_at, ends_at in at_work)
