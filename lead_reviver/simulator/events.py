"""Live events for the phone page: server-sent events, small queues, `resync` when one overflows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson

from lead_reviver.simulator.world import Json

QUEUE = 256
HEARTBEAT_SECONDS = 15.0


class Events:
    """Everybody who watches gets every event."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[bytes | None]] = set()

    @property
    def watched(self) -> bool:
        """Whether anybody would get an event."""
        return bool(self._watchers)

    def publish(self, name: str, data: Json) -> None:
        """Send an event to everybody who watches."""
        if not self._watchers:
            return
        line = b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
        for queue in self._watchers:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(b"event: resync\ndata: {}\n\n")
            else:
                queue.put_nowait(line)

    async def watch(self) -> AsyncIterator[bytes]:
        """Yield events until the watcher goes away or the simulator ends."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self._watchers.add(queue)
        try:
            yield b"retry: 1000\n: hello\n\n"
            while True:
                try:
                    line = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if line is None:
                    return
                yield line
        finally:
            self._watchers.discard(queue)

    def close(self) -> None:
        """End every stream."""
        for queue in self._watchers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)
