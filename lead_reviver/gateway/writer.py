"""Grouped commits: many webhook requests share one transaction.

A request waits until its events are committed; while one commit is under way, the events of the requests that
come meanwhile gather for the next. Under load the commits grow, the waiting does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Sequence
from time import perf_counter

import asyncpg

from lead_reviver import metrics
from lead_reviver.storage import inbox
from lead_reviver.storage.database import AWAY, DatabaseAway, Pool
from lead_reviver.storage.inbox import InboxRow

log = logging.getLogger(__name__)

MOST_ROWS = 5_000
"""Rows in one commit; a body holds up to 1,000."""
BEAT_SECONDS = 1.0
WRITERS = 3
"""Commits under way at once: while some wait for the disk, the next is prepared."""
WORTH_A_COMMIT = 16
"""Requests that are not shared out among idle writers any further."""


class InboxWriter:
    """Keeps events of many requests with few commits."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[tuple[Sequence[InboxRow], asyncio.Future[None]]] = []
        self._idle = WRITERS
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to write."""
        self._tasks = [asyncio.create_task(self._write_for_ever()) for _ in range(WRITERS)]
        self._tasks.append(asyncio.create_task(self._beat_for_ever()))

    async def stop(self) -> None:
        """Stop; requests that still wait are told that the database is away, so that Meta repeats them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _, done in self._waiting:
            if not done.done():
                done.set_exception(DatabaseAway(ConnectionError()))

    async def keep(self, rows: Sequence[InboxRow]) -> None:
        """Return once these events are committed.

        Raises `DatabaseAway` when they could not be.
        """
        if not rows:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        self._something.set()
        await done

    def _take(self) -> list[tuple[Sequence[InboxRow], asyncio.Future[None]]]:
        """Return what one writer commits next.

        An idle writer leaves their share to the others: were all requests of the moment in one commit, the processor
        would have nothing to do until it is through.
        """
        share = max(WORTH_A_COMMIT, math.ceil(len(self._waiting) / self._idle))
        taken, rows = 0, 0
        while taken < min(len(self._waiting), share) and rows < MOST_ROWS:
            rows += len(self._waiting[taken][0])
            taken += 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        if not self._waiting:
            self._something.clear()
        return batch

    async def _write_for_ever(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(0)  # with what else has just come in
            batch = self._take()
            if batch:
                self._idle -= 1
                try:
                    await self._write(batch)
                finally:
                    self._idle += 1

    async def _write(self, batch: list[tuple[Sequence[InboxRow], asyncio.Future[None]]]) -> None:
        rows: dict[str, InboxRow] = {}
        for each, _ in batch:
            for row in each:
                rows.setdefault(row.key, row)
        began = perf_counter()
        try:
            new = await inbox.keep(self._pool, list(rows.values()))
        except AWAY as error:
            self._fail(batch, DatabaseAway(error))
        except asyncpg.PostgresError as error:
            await self._write_apart(batch, error)
        except BaseException:
            self._fail(batch, DatabaseAway(ConnectionError()))
            raise
        else:
            metrics.COMMIT_SECONDS.observe(perf_counter() - began)
            metrics.ACCEPTED.inc(len(batch))
            metrics.UPDATES.inc(sum(len(each) for each, _ in batch))
            metrics.DUPLICATES.inc(sum(len(each) for each, _ in batch) - new)
            for _, done in batch:
                with contextlib.suppress(asyncio.InvalidStateError):
                    done.set_result(None)

    async def _write_apart(
        self, batch: list[tuple[Sequence[InboxRow], asyncio.Future[None]]], error: asyncpg.PostgresError
    ) -> None:
        """A row that Postgres refuses must not harm the requests it shares a commit with."""
        if len(batch) == 1:
            self._fail(batch, DatabaseAway(error))
            return
        for each in batch:
            await self._write([each])

    async def _beat_for_ever(self) -> None:
        """Say every second that webhooks are taken; silent while the database is away, since then they are not."""
        while True:
            with contextlib.suppress(*AWAY, asyncpg.PostgresError):
                await inbox.beat(self._pool)
            await asyncio.sleep(BEAT_SECONDS)

    @staticmethod
    def _fail(batch: list[tuple[Sequence[InboxRow], asyncio.Future[None]]], error: DatabaseAway) -> None:
        log.warning("%d webhooks are not kept, Meta will repeat them: %s", len(batch), error)
        for _, done in batch:
            with contextlib.suppress(asyncio.InvalidStateError):
                done.set_exception(error)
