"""Start a program so that it never outlives us, watch it, and end it.

Every child leads its own process group, so that Ctrl-C reaches only `up`, which then ends the parts in order. On Linux
the kernel also signals each child when `up` dies by whatever means (prctl PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psutil

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class UnixUser:
    """Whom a program runs as, when not as ourselves."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Command:
    """How to run one program."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment, not an addition to ours."""
    cwd: Path | None = None
    user: UnixUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    """Asks the program to end; also what it gets when `up` itself is killed."""
    stop_seconds: float = 5.0
    """How long it may take to end before it is killed."""
    keep_stdout: bool = True
    """Whether what it prints belongs in its log; errors always do."""


async def spawn(command: Command, log: Path, stdin: int = asyncio.subprocess.DEVNULL) -> asyncio.subprocess.Process:
    """Start a program with its output appended to `log`. Raises `OSError` when it cannot be run."""
    log.parent.mkdir(parents=True, exist_ok=True)
    user = command.user
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command.argv,
            env=dict(command.env),
            cwd=command.cwd,
            stdin=stdin,
            stdout=output if command.keep_stdout else asyncio.subprocess.DEVNULL,
            stderr=output,
            start_new_session=True,
            # Called after the user is changed, which would make the kernel forget what it asks for.
            preexec_fn=die_with_parent(command.stop_signal),
            # uvloop knows no such names, and is asked for them only where they are needed.
            **cast("Any", {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}),
        )


async def run(command: Command, log: Path, within: float, given: str | None = None) -> int:
    """Run a program to its end and return its exit code; `given` goes to its standard input.

    Raises `OSError` when it cannot be run, `TimeoutError` (after killing it) when it takes over `within` seconds.
    """
    stdin = asyncio.subprocess.DEVNULL if given is None else await asyncio.to_thread(_filled_pipe, given)
    try:
        process = await spawn(command, log, stdin)
    finally:
        if stdin >= 0:
            os.close(stdin)
    try:
        return await asyncio.wait_for(process.wait(), within)
    finally:
        if process.returncode is None:
            await kill(process)


def _filled_pipe(text: str) -> int:
    """Return the reading end of a pipe that holds `text`, which is as little as a pipe takes (64 KB) or less.

    A pipe of our own, since a program may open `/dev/stdin` by name, and some event loops pass a socket instead.
    """
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as file:
        file.write(text.encode())
    return reading


async def stop(process: asyncio.subprocess.Process, command: Command) -> None:
    """End a program politely, then firmly."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(command.stop_signal)
    try:
        await asyncio.wait_for(process.wait(), command.stop_seconds)
    except TimeoutError:
        await kill(process)


async def kill(process: asyncio.subprocess.Process) -> None:
    """End a program and its process group at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Return what the child calls before exec, so that the kernel signals it when we die. None where unsupported."""
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


def started_at(pid: int) -> float | None:
    """Return when a process was started (Unix time), None when there is none. With the pid it names it for good."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def is_running(pid: int, created: float) -> bool:
    """Whether this very process, not a later one with its number, still runs."""
    now = started_at(pid)
    if now is None or abs(now - created) > 1.0:
        return False
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def end_of(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log, for a person to read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
