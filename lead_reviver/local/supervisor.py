"""Starts parts one after the other, restarts what dies, ends everything in reverse order."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import Process
from dataclasses import dataclass

from lead_reviver.local.environment import Say
from lead_reviver.local.folders import DataDir
from lead_reviver.local.parts import Part, PartFailed, until_ready
from lead_reviver.local.processes import Command, end_of, spawn, started_at, stop
from lead_reviver.local.state import PartState, RunState, write_state

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_STEADY_SECONDS = 30.0
_LARGEST_LOG = 20_000_000


@dataclass
class _Running:
    part: Part
    command: Command
    process: Process


class Supervisor:
    """Keeps the parts of one run alive and its state file true."""

    def __init__(self, data_dir: DataDir, run: RunState, say: Say) -> None:
        self._data_dir, self._run, self._say = data_dir, run, say
        self._running: dict[str, _Running] = {}
        self._watchers: list[asyncio.Task[None]] = []

    async def start(self, part: Part) -> None:
        """Start a part and wait until it answers. Raises `PartFailed` with the end of its log."""
        began = time.monotonic()
        self._note(part.name, "starting")
        self._start_log(part.name)
        await self._launch(part)
        self._note(part.name, "ready")
        self._say(f"{part.name:<10} ready in {time.monotonic() - began:4.1f} s   {part.url}")
        self._watchers.append(asyncio.create_task(self._watch(part)))

    def note(self, name: str, state: str) -> None:
        """Say how a part is that does not run yet."""
        self._run.parts.setdefault(name, PartState())
        self._note(name, state)

    async def stop(self) -> None:
        """End every part, the last started first."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        for name, running in reversed(self._running.items()):
            await stop(running.process, running.command)
            self._note(name, "stopped")

    async def _launch(self, part: Part) -> None:
        log = self._data_dir.log(part.name)
        try:
            await part.prepare()
            command = part.command()
            process = await spawn(command, log)
            self._running[part.name] = _Running(part, command, process)
            self._note(part.name, "starting", process.pid)
            await until_ready(part, has_ended=lambda: process.returncode is not None)
            await part.furnish()
        except PartFailed as failure:
            raise PartFailed(part.name, failure.why, failure.log_end or end_of(log)) from failure
        except Exception as error:
            why = f"could not be started ({type(error).__name__}: {error})"
            raise PartFailed(part.name, why, end_of(log)) from error

    async def _watch(self, part: Part) -> None:
        """Start the part again whenever its process ends, waiting longer each time it does not last."""
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = await self._running[part.name].process.wait()
            pause = _FIRST_PAUSE if time.monotonic() - began > _STEADY_SECONDS else min(pause * 2, _LONGEST_PAUSE)
            self._note(part.name, "restarting")
            self._say(f"{part.name:<10} ended ({_how(code)}); starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            try:
                await self._launch(part)
            except PartFailed as failure:
                self._say(f"{part.name:<10} {failure.why}")
                await stop(self._running[part.name].process, self._running[part.name].command)
            else:
                self._note(part.name, "ready", self._running[part.name].process.pid)
                self._say(f"{part.name:<10} ready again")

    def _start_log(self, name: str) -> None:
        """Begin a new log file once the old one is large; one old one is kept."""
        log = self._data_dir.log(name)
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))

    def _note(self, name: str, state: str, pid: int | None = None) -> None:
        noted = self._run.parts.setdefault(name, PartState())
        if state in ("stopped", "restarting"):
            noted.pid = noted.created = None
        elif pid is not None:
            noted.pid, noted.created = pid, started_at(pid)
        noted.state = state
        write_state(self._data_dir, self._run)


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
