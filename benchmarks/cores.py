"""Who used the processor while something was measured: everything shares the same few cores."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass

import psutil

from benchmarks.parts import Parts

PARTS = ("postgres", "redis", "supabase", "simulator", "n8n")
OTHERS = "other programs"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a measurement cost."""

    seconds: float
    spent: dict[str, float]
    """CPU seconds by part; `OTHERS` are programs that have nothing to do with the measurement."""

    @property
    def cores(self) -> dict[str, float]:
        """Return how many cores each part kept busy on average."""
        return {name: spent / self.seconds for name, spent in self.spent.items() if spent / self.seconds >= 0.005}

    def sentence(self, number: float | None = None, unit: str = "") -> str:
        """Say who was busy, and what one of `number` units cost each: that hardly depends on other programs."""
        shares = ", ".join(f"{name} {cores:.2f}" for name, cores in self.cores.items())
        if number is None:
            return f"cores busy: {shares}"
        costs = ", ".join(
            f"{name} {spent / number * 1000:.2g}" for name, spent in self.spent.items() if name != OTHERS and spent
        )
        return f"cores busy: {shares}; CPU milliseconds a {unit}: {costs}"


class Cores:
    """Counts CPU seconds of each part from the moment it is made."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._began = time.perf_counter()
        self._before = self._spent()
        self._busy_before = _busy()

    def usage(self) -> Usage:
        """Return what was spent since."""
        seconds = time.perf_counter() - self._began
        spent = {name: after - self._before.get(name, 0.0) for name, after in self._spent().items()}
        spent[OTHERS] = max(0.0, _busy() - self._busy_before - sum(spent.values()))
        return Usage(seconds, spent)

    def _spent(self) -> dict[str, float]:
        stack = self._parts.stack
        pids = {
            **self._parts.servers,
            **{name: pid for name in PARTS if (pid := stack.pid_of(name))},
            "load generator": os.getpid(),
        }
        return {name: _of_tree(pid, children=name in ("postgres", "n8n")) for name, pid in pids.items()}


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + getattr(times, "nice", 0.0) + getattr(times, "softirq", 0.0))


def _of_tree(pid: int, *, children: bool) -> float:
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in [process, *(process.children(recursive=True) if children else [])]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
    return total
