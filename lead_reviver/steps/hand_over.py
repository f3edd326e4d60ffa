"""Hand over: a conversation that waits for a person is offered to one member after another until somebody takes it.

Safe to call twice, late, and by two at once: conversations are locked, then one engine at a time chooses in a
workspace, and what was chosen is committed before anybody hears of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from lead_reviver.decide.handover import (
    Answer,
    Colleague,
    Offer,
    Span,
    asked_anew_at,
    deadline,
    is_at_work,
    next_offer,
    notice_owed,
)
from lead_reviver.decide.slots import times_at_work
from lead_reviver.state import live, presence
from lead_reviver.state.live import LiveEvent
from lead_reviver.state.redis import Redis
from lead_reviver.storage import conversations, handover_facts, handovers, working_hours
from lead_reviver.storage.database import Connection, Pool, lent, transaction
from lead_reviver.storage.handovers import Claimed, Member, Offered

AHEAD = timedelta(days=14)
"""How far opening hours are looked at: longer than any holiday a lead should wait through unasked."""
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Passed:
    """The member who is asked said no."""

    user_id: str


Why = Literal["new", "due"] | Passed
"""new: offered to nobody yet; due: its time is over."""


@dataclass(frozen=True, slots=True)
class Team:
    """Who may answer leads of a workspace, and when they work."""

    members: list[Member]
    present: frozenset[str]
    at_work: dict[str, list[Span]]
    """By user id."""
    anybody: list[Span]
    allowed: timedelta

    def seen_for(self, owner_id: str | None, now: datetime) -> list[Colleague]:
        """Return the colleagues as a lead of this owner finds them."""
        return [
            Colleague(
                user_id=each.user_id,
                is_agent=each.is_agent,
                present=each.user_id in self.present,
                in_hours=is_at_work(self.at_work[each.user_id], now),
                owns_lead=each.user_id == owner_id,
                last_asked=each.last_asked,
            )
            for each in self.members
        ]


async def hand_over(pool: Pool, redis: Redis, now: datetime, limit: int) -> bool:
    """Offer what waits, and pass on what nobody took in time; say whether more waits."""
    async with lent(pool) as connection:
        new = await handovers.waiting(connection, limit)
        due = await handovers.due(connection, now, limit)
    for start in range(0, len(new), MOST_AT_ONCE):
        await offer(pool, redis, new[start : start + MOST_AT_ONCE], now, "new", leaves_busy=True)
    for start in range(0, len(due), MOST_AT_ONCE):
        await offer(pool, redis, due[start : start + MOST_AT_ONCE], now, "due", leaves_busy=True)
    return max(len(new), len(due)) >= limit


async def offer(
    pool: Pool, redis: Redis, conversation_ids: Sequence[str], now: datetime, why: Why, *, leaves_busy: bool = False
) -> list[Offered]:
    """Ask somebody about each of these conversations that `why` is still true of; return what was chosen.

    `leaves_busy`: conversations that somebody works on just now are left to a later call instead of waited for.
    """
    if not conversation_ids:
        return []
    async with transaction(pool) as connection:
        locked = list(conversation_ids)
        if leaves_busy:
            locked = await handovers.lock_free(connection, conversation_ids)
        else:
            await conversations.lock(connection, conversation_ids)
        chosen = await choose(connection, redis, locked, now, why)
    await live.tell(
        redis,
        [
            LiveEvent(each.claimed.workspace_id, "conversation", {"conversation_id": each.claimed.conversation_id})
            for each in chosen
        ],
    )
    return chosen


async def choose(connection: Connection, redis: Redis, locked: Sequence[str], now: datetime, why: Why) -> list[Offered]:
    """Do the same to conversations that are locked, and return what was chosen."""
    claimed = [each for each in await handovers.claim(connection, locked) if _is_meant(each, now, why)]
    if not claimed:
        return []
    ids = [each.conversation_id for each in claimed]
    teams = await _teams(connection, redis, sorted({each.workspace_id for each in claimed}), now)
    facts = await handover_facts.facts(connection, ids, now)
    questions = await handover_facts.questions(connection, ids)
    chosen = []
    for each in claimed:
        team = teams[each.workspace_id]
        known = facts[each.conversation_id].as_json()
        found = replace(_next(each, team, now, why), question=questions[each.conversation_id], summary=known)
        _remember(team, found.offered_to)
        chosen.append(found)
    await handovers.offer(connection, chosen, now)
    return chosen


def _is_meant(each: Claimed, now: datetime, why: Why) -> bool:
    """Whether it is still as it was when it was found: another engine may have been faster."""
    if why == "new":
        return each.handover_id is None
    if isinstance(why, Passed):
        return each.offered_to == why.user_id
    left = each.state == "offered" and each.offered_to is None
    return each.handover_id is not None and (left or (each.deadline_at is not None and each.deadline_at <= now))


def _next(each: Claimed, team: Team, now: datetime, why: Why) -> Offered:
    """Choose who is asked next, and what the lead has to hear of it."""
    begins_anew = each.state == "everybody"
    before: Answer | None = None
    if each.state == "offered":
        before = "passed" if isinstance(why, Passed) else "timed_out"
    found = next_offer(team.seen_for(each.owner_id, now), () if begins_anew else each.asked)
    offered = Offered(
        claimed=each,
        offered_to=None,
        round=each.round + begins_anew,
        deadline_at=asked_anew_at(team.anybody, now),
        somebody_at=None,
        lead_owed=notice_owed(found, before, each.lead_told),
        before=before,
    )
    if isinstance(found, Offer):
        return replace(offered, offered_to=found.user_id, deadline_at=deadline(team.anybody, now, team.allowed))
    # Where people are at work, all of them were asked in vain: the lead is told a time only when nobody is there.
    return offered if is_at_work(team.anybody, now) else replace(offered, somebody_at=offered.deadline_at)


def _remember(team: Team, user_id: str | None) -> None:
    """Whoever was asked just now is asked last within this transaction, too."""
    latest = max((each.last_asked for each in team.members), default=0)
    team.members[:] = [
        each._replace(last_asked=latest + 1) if each.user_id == user_id else each for each in team.members
    ]


async def _teams(connection: Connection, redis: Redis, workspace_ids: Sequence[str], now: datetime) -> dict[str, Team]:
    members = await handovers.team(connection, workspace_ids)
    hours = await working_hours.of_workspaces(connection, workspace_ids, now)
    here = await presence.who_is_here(redis, workspace_ids, now)
    teams = {}
    for workspace_id in workspace_ids:
        own = [each for each in members if each.workspace_id == workspace_id]
        known = hours.get(workspace_id, working_hours.WorkingHours(timedelta()))
        since = now - timedelta(days=1)
        teams[workspace_id] = Team(
            members=own,
            present=frozenset(user_id for place, user_id in here if place == workspace_id),
            at_work={
                each.user_id: times_at_work(
                    [hour for hour in known.hours if hour.agent_id == each.user_id],
                    known.days_off,
                    since,
                    now + AHEAD,
                )
                for each in own
            },
            anybody=times_at_work(known.hours, known.days_off, since, now + AHEAD),
            allowed=known.allowed,
        )
    return teams
