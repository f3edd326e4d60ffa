"""The relay: applies what the gateway kept, and hands turns that are ready to a runner.

Any number of relays may run side by side: one at a time takes in, and each turn is leased to one of them. It wakes
on a notification of the database, on a due time, and every few seconds in case a notification got lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from lead_reviver import metrics
from lead_reviver.errors import LeadReviverError, TryAgainLater
from lead_reviver.n8n.calls import N8nAway, N8nCalls, WorkflowFailed
from lead_reviver.relay.intake import BATCH, Rules, take_in
from lead_reviver.relay.meeting_events import MeetingEvents
from lead_reviver.relay.runner import Runner, Runners, is_away
from lead_reviver.relay.statuses import Statuses
from lead_reviver.sending.again import call_again
from lead_reviver.state import counters, live
from lead_reviver.state.redis import StateAway, answering
from lead_reviver.steps.clean_up_sessions import clean_up_sessions
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.progress_leads import progress_leads
from lead_reviver.steps.sync import give_back
from lead_reviver.steps.turn_ref import TurnRef
from lead_reviver.storage import inbox, outbox, turns
from lead_reviver.storage import metrics as daily_metrics
from lead_reviver.storage.database import AWAY, Pool, lent, new_id, transaction

log = logging.getLogger(__name__)

LONGEST_NAP_SECONDS = 5.0
BUSY_SECONDS = 0.1
"""Somebody else applies events now, and may not look again when that is done."""
WAIT_FOR_N8N_SECONDS = 1.0
SYNC_METRICS_SECONDS = 10.0
PROGRESS_SECONDS = 300.0
PURGE_SECONDS = 3600.0
CALENDARS_SECONDS = 15.0
MEETINGS_SECONDS = 3.0
HEAR_SECONDS = 0.5
"""At least so long between two looks for voice notes, however much comes in."""


@dataclass(frozen=True, slots=True)
class Batches:
    """What a runner gets."""

    turns: int
    """At most, in one batch."""
    at_once: int = 4


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How turns are handed out."""

    inline: Batches
    n8n: Batches
    lease: timedelta
    intake: Rules


class Relay:
    """Runs the loops; `start` and `stop` it with the process."""

    def __init__(
        self,
        parts: Parts,
        runners: Runners,
        settings: RelaySettings,
        database_url: str,
        n8n: N8nCalls | None = None,
        sync_calendars: Callable[[], Awaitable[int]] | None = None,
    ) -> None:
        self._sync_calendars = sync_calendars
        self._parts = parts
        self._runners = runners
        self._settings = settings
        self._database_url = database_url
        self._statuses = Statuses(n8n, self._applied) if n8n is not None else None
        self._meetings = MeetingEvents(parts.pool, n8n.call, parts.link) if n8n is not None else None
        self._inbox_changed = asyncio.Event()
        self._turns_changed = asyncio.Event()
        self._something_came = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []

    @property
    def _pool(self) -> Pool:
        return self._parts.pool

    def wake(self) -> None:
        """Say that events were kept, without waiting for the database to tell."""
        self._inbox_changed.set()

    def wake_turns(self) -> None:
        """Say that a turn may be due."""
        self._turns_changed.set()

    def start(self) -> None:
        """Start the loops."""
        loops = (
            self._listen,
            self._take_in,
            self._hand_out,
            self._send_again,
            self._sync_metrics,
            self._progress,
            self._purge,
            *((self._calendars,) if self._sync_calendars is not None else ()),
            *((self._tell_of_meetings,) if self._meetings is not None else ()),
            *((self._hear,) if self._parts.listening is not None else ()),
        )
        self._loops = [asyncio.create_task(_for_ever(each), name=each.__name__) for each in loops]

    async def stop(self) -> None:
        """Stop taking new work; turns under way are finished as far as they come in a few seconds."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._statuses is not None:
            await self._statuses.stop()
        if self._meetings is not None:
            await self._meetings.stop()
        if self._running:
            await asyncio.wait(self._running, timeout=5)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _listen(self) -> None:
        """Wake on the database's notifications, until the connection breaks."""
        connection = await asyncpg.connect(self._database_url, timeout=5)
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        try:
            await connection.add_listener(inbox.NOTIFY_INBOX, lambda *_: self._inbox_changed.set())
            self._inbox_changed.set()
            await gone.wait()
        finally:
            with contextlib.suppress(*AWAY):
                await connection.close(timeout=1)

    async def _take_in(self) -> None:
        self._inbox_changed.clear()  # before looking: what comes meanwhile buys another round
        waiting = await inbox.waiting(self._pool)
        if waiting[1] and self._statuses is not None and self._runners.current is not self._runners.inline:
            waiting = (waiting[0], not self._statuses.ask())
        taken, nap = 0, LONGEST_NAP_SECONDS
        for statuses, wait in zip((False, True), waiting, strict=True):
            if wait:
                found = await take_in(
                    self._pool, self._parts.redis, self._settings.intake, self._parts.clock, statuses=statuses
                )
                taken += found
                if not found:
                    nap = BUSY_SECONDS
                self._turns_changed.set()
                self._something_came.set()
        if taken < BATCH:
            await _nap(self._inbox_changed, nap)

    def _applied(self) -> None:
        """Statuses were applied by way of n8n, or could not be: look again at both queues."""
        self._inbox_changed.set()
        self._turns_changed.set()

    async def _hand_out(self) -> None:
        """Lease due turns and start their batches; there is room for a few at once."""
        if self._runners.is_waiting:
            await asyncio.sleep(WAIT_FOR_N8N_SECONDS)
            return
        lease, runner = new_id(), self._runners.current
        batches = self._settings.inline if runner is self._runners.inline else self._settings.n8n
        if len(self._running) >= batches.at_once:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return
        self._turns_changed.clear()
        claimed = await turns.claim(self._pool, lease, self._settings.lease, batches.turns, runner.name)
        if not claimed:
            due = await turns.seconds_until_next(self._pool)
            nap = LONGEST_NAP_SECONDS if due is None else min(max(due, 0.005), LONGEST_NAP_SECONDS)
            if not self._turns_changed.is_set():
                await _nap(self._turns_changed, nap)
            return
        batch = [TurnRef(turn_id, lease) for turn_id, _ in claimed]
        if any(attempts > self._parts.max_attempts for _, attempts in claimed):
            batch = await self._park_deadly(batch, dict(claimed))
        task = asyncio.create_task(self._run(batch, lease, runner))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def _park_deadly(self, batch: list[TurnRef], attempts: dict[str, int]) -> list[TurnRef]:
        """Give up turns during which the process died again and again; return the others."""
        deadly = [each for each in batch if attempts[each.turn_id] > self._parts.max_attempts]
        await self._give_back(deadly, "the process died every time it worked on this")
        return [each for each in batch if each not in deadly]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._turns_changed.set()

    async def _run(self, batch: list[TurnRef], lease: str, runner: Runner) -> None:
        heartbeat = asyncio.create_task(self._hold(lease))
        try:
            ended = await runner.run(batch)
            if runner is not self._runners.inline:
                await self._check_finished(lease)
            for each in ended:
                metrics.TURNS_ENDED.labels(each.outcome or "none", runner.name).inc()
        except (N8nAway, WorkflowFailed) as error:
            heartbeat.cancel()
            await self._stand_in(batch, lease, error)
        except TryAgainLater as error:
            log.warning("a batch of %d turns is tried again later: %s", len(batch), error)
            await self._give_back(batch, str(error), counts=False)
        except Exception as error:
            log.exception("a batch of %d turns failed", len(batch))
            await self._run_apart(batch, error, runner)
        finally:
            heartbeat.cancel()

    async def _check_finished(self, lease: str) -> None:
        """See whether n8n has ended the turns that it says it has. Raises `WorkflowFailed`."""
        async with lent(self._pool) as connection:
            if await turns.held(connection, lease):
                raise WorkflowFailed("n8n answered, but has left turns unfinished.")

    async def _stand_in(self, batch: list[TurnRef], lease: str, error: N8nAway | WorkflowFailed) -> None:
        """n8n failed: what it has not finished is run here, or tried again later where n8n is insisted on."""
        self._runners.failed(error)
        metrics.N8N_FAILED.labels(type(error).__name__).inc()
        instead = self._runners.stand_in
        if instead is None:
            log.warning("batch %s: %d turns are tried again later: %s", lease, len(batch), error)
            # What is away is no fault of the turns; a workflow that breaks on them parks them in the end.
            await self._give_back(batch, str(error), counts=not is_away(error) and await self._has_redis())
            return
        new_lease = new_id()
        try:
            left = await turns.take_over(self._pool, lease, new_lease, self._settings.lease, instead.name)
        except (*AWAY, asyncpg.PostgresError, LeadReviverError) as away:
            log.warning("batch %s: stays leased until that expires: %s", lease, type(away).__name__)
            return
        if left:
            log.warning("batch %s: %d of %d turns are taken over from n8n: %s", lease, len(left), len(batch), error)
            await self._run([TurnRef(turn_id, new_lease) for turn_id in left], new_lease, instead)

    async def _has_redis(self) -> bool:
        """Whether Redis answers. Without it the steps fail whoever runs them."""
        try:
            async with answering():
                await self._parts.redis.ping()
        except StateAway:
            return False
        return True

    async def _run_apart(self, batch: list[TurnRef], error: Exception, runner: Runner) -> None:
        """One turn that breaks its batch must not take its neighbours along."""
        if len(batch) == 1:
            await self._give_back(batch, f"the steps failed ({type(error).__name__})")
            return
        for each in batch:
            try:
                await runner.run([each])
            except Exception as apart:
                log.exception("turn %s failed", each.turn_id)
                await self._give_back([each], f"the steps failed ({type(apart).__name__})")

    async def _give_back(self, batch: list[TurnRef], reason: str, *, counts: bool = True) -> None:
        for each in batch:
            try:
                await give_back(self._parts, replace_reason(each, reason), counts=counts)
            except (TryAgainLater, asyncpg.PostgresError) as error:
                log.warning("turn %s stays leased until it expires: %s", each.turn_id, type(error).__name__)

    async def _hold(self, lease: str) -> None:
        """Keep the lease while the batch runs: a slow model must not look like a lost relay."""
        while True:
            await asyncio.sleep(self._settings.lease.total_seconds() / 3)
            with contextlib.suppress(*AWAY, asyncpg.PostgresError):
                await turns.extend(self._pool, lease, self._settings.lease)

    async def _send_again(self) -> None:
        """Sends of people that have to be repeated: nobody waits for them in a turn."""
        parts = self._parts
        async with transaction(self._pool) as connection:
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
                async with transaction(self._pool) as connection:
                    await daily_metrics.apply(connection, [each])
            except asyncpg.ForeignKeyViolationError:
                log.info("counters of workspace %s are dropped: it is gone", each[0])
            await counters.synced(self._parts.redis, each)
        for state, (number, oldest) in (await turns.count_by_state(self._pool)).items():
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
        found = await listening.listen_aside(self._pool, self._parts.redis) if listening is not None else 0
        if found:
            self._turns_changed.set()
        else:
            await _nap(self._something_came, LONGEST_NAP_SECONDS)
            await asyncio.sleep(HEAR_SECONDS)

    async def _purge(self) -> None:
        cleaned = await clean_up_sessions(self._parts)
        await asyncio.sleep(0.1 if cleaned.more else PURGE_SECONDS)


def replace_reason(ref: TurnRef, reason: str) -> TurnRef:
    """Return the turn as one to be tried again for this reason."""
    return TurnRef(ref.turn_id, ref.lease, "retry", reason)


async def _nap(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Repeat a loop's round; what is away is waited for, a bug is logged and does not end the loop."""
    wait = 0.1
    # Asked each time round, since the driver of Redis may swallow a cancellation while it waits for an answer.
    while not live.was_cancelled():
        try:
            await work()
            wait = 0.1
        except (LeadReviverError, *AWAY) as error:
            log.warning("%s waits: %s", work.__name__, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("%s failed", work.__name__)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)
