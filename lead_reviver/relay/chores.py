"""Work beside the turns, by the clock: sends of people once more, the day's counters, calendars, voice notes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import asyncpg

from lead_reviver import metrics
from lead_reviver.relay.loops import nap
from lead_reviver.relay.meeting_events import MeetingEvents
from lead_reviver.relay.runner import Runners
from lead_reviver.sending.again import call_again
from lead_reviver.state import counters
from lead_reviver.steps.clean_up_sessions import clean_up_sessions
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.progress_leads import progress_leads
from lead_reviver.storage import metrics as daily_metrics
from lead_reviver.storage import outbox, turns
from lead_reviver.storage.database import transaction

log = logging.getLogger(__name__)

SYNC_METRICS_SECONDS = 10.0
PROGRESS_SECONDS = 300.0
PURGE_SECONDS = 3600.0
CALENDARS_SECONDS = 15.0
MEETINGS_SECONDS = 3.0
LOOK_FOR_VOICE_SECONDS = 5.0
HEAR_SECONDS = 0.5
"""At least so long between two looks for voice notes, however much comes in."""


class Chores:
    """Each method is one round of a loop of its own."""

    def __init__(
        self,
        parts: Parts,
        runners: Runners,
        meetings: MeetingEvents | None,
        sync_calendars: Callable[[], Awaitable[int]] | None,
        wake_turns: Callable[[], None],
    ) -> None:
        self._parts = parts
        self._runners = runners
        self._meetings = meetings
        self._sync_calendars = sync_calendars
        self._wake_turns = wake_turns
        self._something_came = asyncio.Event()

    @property
    def loops(self) -> list[Callable[[], Awaitable[None]]]:
        """What there is to do for ever."""
        return [
            self._send_again,
            self._sync_metrics,
            self._progress,
            self._purge,
            *((self._calendars,) if self._sync_calendars is not None else ()),
            *((self._tell_of_meetings,) if self._meetings is not None else ()),
            *((self._hear,) if self._parts.listening is not None else ()),
        ]

    def wake(self) -> None:
        """Say that messages came in, perhaps with a voice."""
        self._something_came.set()

    async def _send_again(self) -> None:
        """Sends of people that have to be repeated: nobody waits for them in a turn."""
        parts = self._parts
        async with transaction(parts.pool) as connection:
            conversations = await outbox.conversations_due(connection, 20, parts.delivery.settle)
            if conversations:
                facts = await outbox.facts(connection, conversations)
                again = await call_again(
                    connection,
                    parts.redis,
                    await outbox.due_without_turn(connection, conversations, parts.delivery.settle),
                    facts,
                    now=parts.clock(),
                    settle=parts.delivery.settle,
                    hash_key=parts.hash_key,
                    reachable_numbers=parts.reachable_numbers,
                )
        if conversations:
            await parts.delivery.deliver(list(again.calls.values()))
        await asyncio.sleep(1.0)

    async def _sync_metrics(self) -> None:
        totals = await counters.totals(self._parts.redis)
        for each in totals:
            try:
                async with transaction(self._parts.pool) as connection:
                    await daily_metrics.apply(connection, [each])
            except asyncpg.ForeignKeyViolationError:
                log.info("counters of workspace %s are dropped: it is gone", each[0])
            await counters.synced(self._parts.redis, each)
        for state, (number, oldest) in (await turns.count_by_state(self._parts.pool)).items():
            metrics.TURNS.labels(state).set(number)
            metrics.QUEUE_AGE.labels(state).set(oldest)
        await asyncio.sleep(SYNC_METRICS_SECONDS)

    async def _progress(self) -> None:
        """Move leads on by the clock while n8n, whose schedule does it, is not at work."""
        more = self._runners.current is self._runners.inline and (await progress_leads(self._parts)).more
        await asyncio.sleep(0.1 if more else PROGRESS_SECONDS)

    async def _calendars(self) -> None:
        """Read and write the calendars that members keep elsewhere; nobody waits for it."""
        found = await self._sync_calendars() if self._sync_calendars is not None else 0
        await asyncio.sleep(0.1 if found else CALENDARS_SECONDS)

    async def _tell_of_meetings(self) -> None:
        """Tell n8n of changes of meetings; nobody waits for it."""
        told = await self._meetings.tell() if self._meetings is not None else 0
        await asyncio.sleep(0.1 if told else MEETINGS_SECONDS)

    async def _hear(self) -> None:
        """Have voice notes heard that no turn listens to, beside everything else: a person answers there."""
        listening = self._parts.listening
        self._something_came.clear()
        found = await listening.listen_aside(self._parts.pool, self._parts.redis) if listening is not None else 0
        if found:
            self._wake_turns()
        else:
            await nap(self._something_came, LOOK_FOR_VOICE_SECONDS)
            await asyncio.sleep(HEAR_SECONDS)

    async def _purge(self) -> None:
        cleaned = await clean_up_sessions(self._parts)
        await asyncio.sleep(0.1 if cleaned.more else PURGE_SECONDS)
