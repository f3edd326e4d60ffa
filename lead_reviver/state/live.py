"""Live events for the dashboard: ids only, so that what a member may see is decided when it is read.

One Redis stream a workspace. A dashboard that was away resumes after the last id it saw; when the stream no longer
reaches back that far, it is told to read everything again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final

import orjson

from lead_reviver.errors import TryAgainLater
from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

log = logging.getLogger(__name__)

KEEP_EVENTS: Final = 2000
RESYNC: Final = "resync"
HEARTBEAT_SECONDS: Final = 15.0
# KEYS: streams. ARGV: how many events a stream keeps, its life, then of each event which stream it goes to, its name
# and its data. One command for a batch, since the driver's cost is by the command.
PUBLISH: Final = """
for i = 3, #ARGV, 3 do
  redis.call('XADD', KEYS[tonumber(ARGV[i])], 'MAXLEN', '~', ARGV[1], '*', 'n', ARGV[i + 1], 'd', ARGV[i + 2])
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[2]) end
"""
WAITING_EVENTS: Final = 500
"""What one slow dashboard may have waiting before it is told to read everything again."""


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something changed. `name` is message, conversation, turn or resync; `data` holds ids."""

    workspace_id: str
    name: str
    data: dict[str, str]
    id: str | None = None


async def publish(redis: Redis, events: Iterable[LiveEvent]) -> None:
    """Append events to the streams of their workspaces."""
    streams: dict[str, int] = {}
    said: list[int | str | bytes] = []
    for event in events:
        stream = streams.setdefault(keys.live(event.workspace_id), len(streams) + 1)
        said += [stream, event.name, orjson.dumps(event.data)]
    if said:
        async with answering():
            publish_all = redis.register_script(PUBLISH)
            await publish_all(keys=list(streams), args=[KEEP_EVENTS, int(keys.LIVE_TTL.total_seconds()), *said])


async def tell(redis: Redis, events: Iterable[LiveEvent]) -> None:
    """Publish events of something that is done already: with Redis away they are lost, and the deed stands."""
    try:
        await publish(redis, events)
    except TryAgainLater as error:
        log.warning("live events are lost: %s", error)


class LiveEvents:
    """Hands the events of all workspaces to the dashboards that are connected here, over one Redis connection."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: dict[str, set[asyncio.Queue[LiveEvent]]] = {}
        self._last: dict[str, str] = {}
        self._someone = asyncio.Event()

    async def run(self) -> None:
        """Read streams until cancelled; to be run as a task."""
        # Asked each time round, since the driver may swallow a cancellation while it waits for an answer.
        while not was_cancelled():
            await self._someone.wait()
            try:
                await self._read_once()
            except TryAgainLater:
                log.warning("live events: Redis is away, dashboards will be told to resync")
                await asyncio.sleep(1)
                for workspace_id in self._listeners:
                    self._last[workspace_id] = "$"
                    self._hand_out(LiveEvent(workspace_id, RESYNC, {}))

    async def _read_once(self) -> None:
        streams = {keys.live(each): self._last.get(each, "$") for each in self._listeners}
        async with answering():
            # Short blocks, so that a workspace somebody just opened is listened to at once.
            answers = await self._redis.xread(streams, count=500, block=250)
        for key, entries in answers or []:
            workspace_id = key.decode().removeprefix(keys.live(""))
            for raw_id, fields in entries:
                self._last[workspace_id] = raw_id.decode()
                self._hand_out(_event(workspace_id, raw_id, fields))

    def _hand_out(self, event: LiveEvent) -> None:
        for queue in self._listeners.get(event.workspace_id, ()):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(LiveEvent(event.workspace_id, RESYNC, {}, event.id))

    async def listen(self, workspace_id: str, after: str | None) -> AsyncIterator[LiveEvent | None]:
        """Yield events of a workspace as they come, beginning after the id the dashboard saw last.

        None says that nothing happened for `HEARTBEAT_SECONDS`.
        """
        queue: asyncio.Queue[LiveEvent] = asyncio.Queue(WAITING_EVENTS)
        newest = await self._newest(workspace_id)
        self._last.setdefault(workspace_id, newest)
        self._listeners.setdefault(workspace_id, set()).add(queue)
        self._someone.set()
        try:
            async for event in self._missed(workspace_id, after, newest):
                yield event
            while True:
                news = await _next(queue)
                if news is None or news.id is None or _number(news.id) > _number(newest):
                    yield news
        finally:
            listeners = self._listeners[workspace_id]
            listeners.discard(queue)
            if not listeners:
                del self._listeners[workspace_id]
                self._last.pop(workspace_id, None)
            if not self._listeners:
                self._someone.clear()

    async def _newest(self, workspace_id: str) -> str:
        async with answering():
            entries = await self._redis.xrevrange(keys.live(workspace_id), count=1)
        return entries[0][0].decode() if entries else "0-0"

    async def _missed(self, workspace_id: str, after: str | None, newest: str) -> AsyncIterator[LiveEvent]:
        if after is None:
            return
        key = keys.live(workspace_id)
        async with answering():
            oldest = await self._redis.xrange(key, count=1)
        reaches_back = bool(oldest) and _number(oldest[0][0].decode()) <= _number(after) <= _number(newest)
        if not reaches_back:
            yield LiveEvent(workspace_id, RESYNC, {}, newest)
            return
        async with answering():
            entries = await self._redis.xrange(key, min=f"({after}", max=newest)
        for raw_id, fields in entries:
            yield _event(workspace_id, raw_id, fields)


def was_cancelled() -> bool:
    """Whether the task that runs now was told to end, also when that got lost on the way."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _next(queue: asyncio.Queue[LiveEvent]) -> LiveEvent | None:
    try:
        return await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return None


def is_event_id(text: str) -> bool:
    """Whether this could be the id of an event: milliseconds, a dash, a number."""
    with contextlib.suppress(ValueError):
        _number(text)
        return True
    return False


def _number(event_id: str) -> tuple[int, int]:
    milliseconds, number = event_id.split("-")
    return int(milliseconds), int(number)


def _event(workspace_id: str, raw_id: bytes, fields: dict[bytes, bytes]) -> LiveEvent:
    return LiveEvent(workspace_id, fields[b"n"].decode(), orjson.loads(fields[b"d"]), raw_id.decode())
