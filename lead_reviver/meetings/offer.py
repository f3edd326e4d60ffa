"""Find free slots for a lead and hold them while the lead decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lead_reviver.decide.conversation import Appointment, SlotWish, Turn
from lead_reviver.decide.slots import MeetingType, Preference, Slot, choose, free_slots
from lead_reviver.storage import conversations, meetings, turns
from lead_reviver.storage.database import Connection, Pool, transaction

LOOKED_AT = 3
"""So many slots are tried for each one that is offered, in case another workspace takes the agent's time meanwhile."""


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom slots are looked for."""

    workspace_id: str
    lead_id: str
    conversation_id: str
    time_zone: str


async def hold_slots(pool: Pool, lease: str, turn: Turn, wish: SlotWish, now: datetime) -> list[Appointment] | None:
    """Hold free slots for the lead of a turn, instead of those held before; none where nothing is free.

    Returns None when the lease no longer holds the turn. Safe to run twice: the second run gives back what the first
    one held.
    """
    conversation = turn.conversation
    async with transaction(pool) as connection:
        await conversations.lock(connection, [conversation.conversation_id])
        if not await turns.fenced_and_locked(connection, {turn.turn_id: lease}):
            return None
        kind = await meetings.meeting_type(connection, conversation.workspace_id, wish.kind)
        if kind is None:
            return []
        asker = Asker(
            conversation.workspace_id,
            conversation.lead.lead_id,
            conversation.conversation_id,
            turn.calendar.time_zone,
        )
        return await find_and_hold(connection, asker, kind, wish, now)


async def find_and_hold(
    connection: Connection, asker: Asker, kind: MeetingType, wish: SlotWish, now: datetime
) -> list[Appointment]:
    """Hold free slots for a lead instead of those held before. The conversation is locked by whoever calls."""
    await meetings.take_turns(connection, asker.workspace_id)
    given_back = await meetings.release(connection, asker.lead_id)
    slots = await _suitable(connection, asker, kind, wish, given_back, now)
    return await _held(connection, asker, kind, slots, now)


async def _suitable(
    connection: Connection, asker: Asker, kind: MeetingType, wish: SlotWish, given_back: list[datetime], now: datetime
) -> list[Slot]:
    zone = asker.time_zone
    agenda = await meetings.agenda(connection, asker.workspace_id, now)
    free = free_slots(kind, agenda.hours, agenda.days_off, agenda.busy, now)
    favourite = await meetings.owner_of(connection, asker.lead_id)
    latest = max(given_back, default=None) if wish.instead else None
    preferences = [Preference(frozenset(wish.weekdays), wish.part)]
    if wish.instead and not wish.weekdays and wish.part is None:
        preferences = [Preference(after=latest)]
    if wish.weekdays and wish.part:
        preferences.append(Preference(frozenset(wish.weekdays)))
    preferences.append(Preference())
    refused = set(given_back) if wish.instead else set()
    left = [each for each in free if each.starts_at not in refused]
    exact: list[Slot] = []
    if wish.times:
        wanted = Preference(frozenset(wish.weekdays), wish.part, times=frozenset(wish.times))
        exact = choose(left, kind.at_once, zone, wanted, favourite)
    for preference in preferences:
        found = choose(left, kind.at_once * LOOKED_AT, zone, preference, favourite)
        if found:
            few = choose(left, kind.at_once, zone, preference, favourite)
            by_time: dict[datetime, Slot] = {}
            for each in (*exact, *few, *found):
                by_time.setdefault(each.starts_at, each)
            return list(by_time.values())
    return exact


def _in_order(slots: list[Slot], count: int) -> list[Slot]:
    """Return the first `count` by time, then what may take their place."""
    return [*sorted(slots[:count], key=lambda each: each.starts_at), *slots[count:]]


async def _held(
    connection: Connection, asker: Asker, kind: MeetingType, slots: list[Slot], now: datetime
) -> list[Appointment]:
    held: list[Appointment] = []
    for slot in _in_order(slots, kind.at_once):
        if len(held) == kind.at_once:
            break
        appointment = await meetings.hold(
            connection,
            kind,
            slot,
            workspace_id=asker.workspace_id,
            lead_id=asker.lead_id,
            conversation_id=asker.conversation_id,
            time_zone=asker.time_zone,
            place=len(held) + 1,
            now=now,
        )
        if appointment is not None:
            held.append(appointment)
    return held
