"""Apply what the gateway kept: one transaction for a batch of events, in order of arrival.

Messages become rows of their conversation and join the turn that gathers there; an opt-out takes effect in the same
transaction, before anything else can be sent. An event that cannot be applied is parked with its reason and harms
no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter

import asyncpg
import orjson

from lead_reviver import metrics
from lead_reviver.errors import TryAgainLater
from lead_reviver.relay import intake_messages, intake_statuses
from lead_reviver.relay.intake_batch import Batch, Known
from lead_reviver.state import counters, live
from lead_reviver.state.redis import Redis, StateAway
from lead_reviver.storage import conversations, inbox
from lead_reviver.storage.database import Connection, Pool, transaction
from lead_reviver.storage.inbox import Fate, StoredEvent
from lead_reviver.whatsapp.incoming import AccountUpdate, Incoming, IncomingMessage, StatusUpdate, Unknown
from lead_reviver.whatsapp.parse import parse

log = logging.getLogger(__name__)

BATCH = 500


class Busy(TryAgainLater):
    """Another transaction was in the way."""

    def __init__(self) -> None:
        super().__init__("Another transaction was in the way; the events are applied again.")


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the intake."""

    quiet: timedelta
    quiet_limit: timedelta
    hash_key: bytes
    show_typing: Callable[[str, str, bool], Awaitable[None]] | None = None
    """Show typing dots (phone number id, wamid, True) while a turn gathers: the lead sees that an answer comes."""


@dataclass(slots=True)
class _Sorted:
    """Events of a batch, parsed and sorted by what has to be done."""

    messages: list[Known] = field(default_factory=list)
    others: list[Known] = field(default_factory=list)
    statuses: list[tuple[StoredEvent, StatusUpdate]] = field(default_factory=list)


async def take_in(
    pool: Pool,
    redis: Redis,
    rules: Rules,
    clock: Callable[[], datetime],
    *,
    statuses: bool,
    wait: bool = False,
    seen: Callable[[Batch], None] | None = None,
) -> int:
    """Apply the oldest events; return how many were taken. 0 means that none wait or another relay is at it.

    Statuses and everything else are applied apart, since they lock the record in different orders. With `wait` another
    relay's batch is waited for instead. `seen` is shown what was committed. Raises
    `TryAgainLater` when the database is away or busy; nothing is lost then, the events stay new.
    """
    began = perf_counter()
    batch = Batch(rules.hash_key, rules.quiet, rules.quiet_limit, clock())
    try:
        async with transaction(pool) as connection:
            if not await inbox.only_me(connection, wait=wait):
                return 0
            events = await inbox.next_events(connection, BATCH, statuses=statuses)
            if not events:
                return 0
            await _apply(connection, events, batch)
    except asyncpg.DeadlockDetectedError as error:
        raise Busy from error
    except (TryAgainLater, asyncio.CancelledError):
        raise
    except Exception:
        log.exception("a batch of events could not be applied at once; trying them one by one")
        return await _take_in_one_by_one(pool, redis, rules, clock, [each.id for each in events])
    if seen is not None:
        seen(batch)
    await tell(redis, rules, batch)
    metrics.INTAKE_SECONDS.observe(perf_counter() - began)
    return len(events)


async def _take_in_one_by_one(
    pool: Pool, redis: Redis, rules: Rules, clock: Callable[[], datetime], event_ids: Sequence[int]
) -> int:
    """Each event in a transaction of its own: the one that breaks is parked, the others are applied."""
    for event_id in event_ids:
        batch = Batch(rules.hash_key, rules.quiet, rules.quiet_limit, clock())
        try:
            async with transaction(pool) as connection:
                if not await inbox.only_me(connection):
                    return 0
                for event in await inbox.this_event(connection, event_id):
                    await _apply(connection, [event], batch)
        except asyncpg.DeadlockDetectedError as error:
            raise Busy from error
        except (TryAgainLater, asyncio.CancelledError):
            raise
        except Exception as error:
            log.error("event %s parked: %s", event_id, type(error).__name__)  # noqa: TRY400 - ids only
            reason = f"could not be applied ({type(error).__name__}); a person has to look"
            async with transaction(pool) as connection:
                await inbox.settle(connection, [Fate(event_id, "parked", reason)])
        else:
            await tell(redis, rules, batch)
    return len(event_ids)


async def _apply(connection: Connection, events: Sequence[StoredEvent], batch: Batch) -> None:
    ours = await conversations.channels(connection, {_number_of(each) for each in events})
    todo = _Sorted()
    for number, event in enumerate(events):
        if number % 50 == 49:
            await asyncio.sleep(0)  # let webhooks be acknowledged in between
        for incoming in parse(event.kind, event.payload):
            _sort(event, incoming, ours, todo, batch)
    await intake_messages.apply(connection, todo.messages, batch)
    for known in todo.others:
        await intake_messages.apply_other(connection, known, batch)
    await intake_statuses.apply(connection, todo.statuses, batch)
    await inbox.settle(connection, batch.fates.values())


def _sort(
    event: StoredEvent, incoming: Incoming, ours: dict[str, tuple[str, str]], todo: _Sorted, batch: Batch
) -> None:
    batch.fates.setdefault(event.id, Fate(event.id, "done"))
    if isinstance(incoming, Unknown):
        batch.fates[event.id] = Fate(event.id, "kept", incoming.what)
    elif isinstance(incoming, StatusUpdate):
        todo.statuses.append((event, incoming))
    elif isinstance(incoming, AccountUpdate):
        todo.others.append(Known(event, incoming, ours.get(_number_of(event), ("", ""))))
    elif (channel := ours.get(_number_of(event))) is None:
        log.warning("event %s is for a number that is not ours; it is kept", event.id)
        batch.fates[event.id] = Fate(event.id, "kept", "for a business number that is not set up here")
    elif isinstance(incoming, IncomingMessage):
        todo.messages.append(Known(event, incoming, channel))
    else:
        todo.others.append(Known(event, incoming, channel))


def _number_of(event: StoredEvent) -> str:
    """Return the number an event came in on, or the account it is about where Meta names no number."""
    if event.phone_number_id is not None:
        return event.phone_number_id
    return str(orjson.loads(event.payload).get("business_account_id"))


async def tell(redis: Redis, rules: Rules, batch: Batch) -> None:
    """Tell leads, dashboards and counters. All may be lost without harm, so Redis being away stops nothing."""
    if rules.show_typing is not None:
        for phone_number_id, wamid in batch.to_answer:
            await rules.show_typing(phone_number_id, wamid, True)
    try:
        if batch.live:
            await live.publish(redis, batch.live)
        if batch.counts:
            await counters.count(redis, batch.now, batch.counts)
    except StateAway as error:
        log.warning("live events and counters of a batch are lost: %s", error)
