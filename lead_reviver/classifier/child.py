"""Has texts read by a process of its own, and goes on without it when that is late, dead or talks nonsense.

What leads write meets C there (`reader.py`); a process with no secret in it is where that may go wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from lead_reviver import metrics
from lead_reviver.decide.conversation import Impression
from lead_reviver.errors import SettingsError

log = logging.getLogger(__name__)

WORKER: Final = (sys.executable, "-m", "lead_reviver.classifier.worker")
PASSED_ON: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
"""Of the environment; the rest holds secrets."""
START_SECONDS: Final = 30.0
PATIENCE: Final = 1.0
"""Seconds after which nothing more of a batch is asked; n8n takes three seconds of silence for a failure."""
HANGS: Final = 1.0
"""Seconds more, and a process that still owes an answer is taken for dead rather than busy."""
AT_ONCE: Final = 8
"""Texts of one request, so that what is asked for too late is not much."""
REST_SECONDS: Final = 5.0
"""From one death to the next start."""
_LONGEST_LINE: Final = 1 << 20
_impressions = msgspec.json.Decoder(list[Impression])


class Child:
    """A process that reads, one request at a time. Implements the `Classifier` port."""

    def __init__(self, name: str, command: Sequence[str] = WORKER, patience: float = PATIENCE) -> None:
        self.name = name
        self._command = command
        self._patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._rests_until = 0.0

    @property
    def pid(self) -> int | None:
        """The process that reads; None while none runs."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it and let it read once. Raises `SettingsError` where it cannot be used."""
        async with self._turn:
            try:
                async with asyncio.timeout(START_SECONDS):
                    await self._ask(["hello"])
            except (OSError, ValueError, TimeoutError) as error:
                await self._end()
                raise SettingsError(
                    f"LEAD_REVIVER_CLASSIFIER is {self.name!r}, which does not work on this machine "
                    f"({type(error).__name__}); its message stands above. Set it to 'off' to go on without."
                ) from None

    async def read(self, texts: Sequence[str]) -> list[Impression | None]:
        """Return what each text sounds like; None for those that were not read in time. Never raises."""
        until = asyncio.get_running_loop().time() + self._patience
        found: list[Impression | None] = []
        try:
            async with asyncio.timeout_at(until):
                await self._turn.acquire()
        except TimeoutError:
            pass
        else:
            try:
                found += await self._read_until(until, texts)
            finally:
                self._turn.release()
        metrics.CLASSIFIED.labels("read").inc(len(found))
        metrics.CLASSIFIED.labels("missed").inc(len(texts) - len(found))
        return found + [None] * (len(texts) - len(found))

    async def close(self) -> None:
        """End the process."""
        await self._end()

    async def _read_until(self, until: float, texts: Sequence[str]) -> list[Impression]:
        """Return what was read until it was late or broke; the caller has the lock."""
        found: list[Impression] = []
        if time.monotonic() < self._rests_until:
            return found
        now = asyncio.get_running_loop().time
        for first in range(0, len(texts), AT_ONCE):
            if now() >= until:
                break
            try:
                async with asyncio.timeout_at(until + HANGS):
                    found += await self._ask(texts[first : first + AT_ONCE])
            except (OSError, ValueError, TimeoutError) as error:
                log.warning("the classifier is ended, and started anew later: %s", type(error).__name__)
                self._rests_until = time.monotonic() + REST_SECONDS
                await self._end()
                break
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for that to the next request
                raise
        return found

    async def _ask(self, texts: Sequence[str]) -> list[Impression]:
        """Raises `OSError` when the process is gone, `ValueError` for an answer that is none."""
        if self._process is None:
            self._process = await self._begin()
        to_it, from_it = self._process.stdin, self._process.stdout
        assert to_it is not None
        assert from_it is not None
        # Half a surrogate pair is no text; it may be asked about but not encoded.
        clean = [each.encode("utf-8", "replace").decode() for each in texts]
        to_it.write(msgspec.json.encode(clean) + b"\n")
        await to_it.drain()
        line = await from_it.readline()
        if not line:
            raise BrokenPipeError
        found = _impressions.decode(line)
        if len(found) != len(texts):
            raise ValueError("not one answer a text")
        return found

    async def _begin(self) -> asyncio.subprocess.Process:
        own = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**own, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            limit=_LONGEST_LINE,
        )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
