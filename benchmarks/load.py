"""A load generator that costs little: prepared bytes over keep-alive connections, answers barely read.

It shares the machine's cores with what it measures, so whatever can be done before is done before.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Answers:
    """What came back."""

    seconds: float = 0.0
    """From the first request to the last answer."""
    latencies: list[float] = field(default_factory=list)
    """Seconds, of the requests that were answered 200."""
    refused: int = 0
    """Requests answered otherwise, or not at all."""

    @property
    def per_second(self) -> float:
        """Requests answered 200 in a second."""
        return len(self.latencies) / self.seconds


class _Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, on_answer: Callable[[_Connection, bool], None]) -> None:
        self._on_answer = on_answer
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self.began = 0.0
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def send(self, request: bytes, began: float) -> None:
        assert self._transport is not None
        self.began, self.busy = began, True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head)
        if length and len(self._received) < head + 4 + int(length[1]):
            return
        kept = self._received.startswith(b"HTTP/1.1 200 ")
        self._received, self.busy = b"", False
        self._on_answer(self, kept)

    def connection_lost(self, _: Exception | None) -> None:
        if self.busy:
            self.busy = False
            self._on_answer(self, False)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def closed_loop(port: int, requests: Sequence[bytes], connections: int) -> Answers:
    """Send requests as fast as they are answered: each connection sends the next one once it got an answer."""
    answers, waiting, done = Answers(), iter(requests), asyncio.get_running_loop().create_future()
    left = len(requests)

    def on_answer(connection: _Connection, kept: bool) -> None:
        nonlocal left
        now = perf_counter()
        if kept:
            answers.latencies.append(now - connection.began)
        else:
            answers.refused += 1
        left -= 1
        if left == 0 and not done.done():
            done.set_result(None)
        following = next(waiting, None)
        if following is not None:
            connection.send(following, now)

    opened = await _open(port, min(connections, len(requests)), on_answer)
    began = perf_counter()
    for connection in opened:
        connection.send(next(waiting), perf_counter())
    try:
        await done
    finally:
        answers.seconds = perf_counter() - began
        _close(opened)
    return answers


async def open_loop(port: int, arrivals: Iterable[tuple[float, bytes]], connections: int) -> Answers:
    """Send each request at its time (seconds from now), answered or not; time counts from when it was due.

    A request that finds every connection busy waits, and its waiting counts.
    """
    answers, free = Answers(), deque[_Connection]()
    late: deque[tuple[float, bytes]] = deque()
    under_way, all_answered = 0, asyncio.Event()

    def on_answer(connection: _Connection, kept: bool) -> None:
        nonlocal under_way
        if kept:
            answers.latencies.append(perf_counter() - connection.began)
        else:
            answers.refused += 1
        under_way -= 1
        if late:
            due, request = late.popleft()
            connection.send(request, due)
        else:
            free.append(connection)
        if under_way == 0:
            all_answered.set()

    opened = await _open(port, connections, on_answer)
    free.extend(opened)
    began = perf_counter()
    try:
        for offset, request in arrivals:
            due = began + offset
            if (wait := due - perf_counter()) > 0:
                await asyncio.sleep(wait)
            under_way += 1
            all_answered.clear()
            if free:
                free.popleft().send(request, due)
            else:
                late.append((due, request))
        await all_answered.wait()
    finally:
        answers.seconds = perf_counter() - began
        _close(opened)
    return answers


async def _open(port: int, number: int, on_answer: Callable[[_Connection, bool], None]) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(lambda: _Connection(on_answer), "127.0.0.1", port))[1] for _ in range(number)]


def _close(connections: Iterable[_Connection]) -> None:
    for each in connections:
        each.close()


def repeated(requests: Sequence[bytes], number: int) -> list[bytes]:
    """Return `number` requests, the same ones again and again."""

    def endless() -> Iterator[bytes]:
        while True:
            yield from requests

    return [request for request, _ in zip(endless(), range(number), strict=False)]
