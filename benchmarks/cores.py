"""Who used the processor while something was measured: everything shares the same few cores."""

from __future__ import annotations

import contextlib
import os
import time

import psutil

from benchmarks.parts import Parts


class Cores:
    """CPU seconds of each part since the object was made."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._began = time.perf_counter()
        self._before = self._spent()
        self._machine = self._busy()

    def shares(self) -> str:
        """Return the cores each part used on average, e.g. "engine 0.98, postgres 0.42, others 0.10"."""
        seconds = time.perf_counter() - self._began
        used = {name: (spent - self._before.get(name, 0.0)) / seconds for name, spent in self._spent().items()}
        used["everything else"] = max(0.0, (self._busy() - self._machine) / seconds - sum(used.values()))
        return ", ".join(f"{name} {cores:.2f}" for name, cores in used.items() if cores >= 0.005)

    def _spent(self) -> dict[str, float]:
        stack = self._parts.stack
        pids = {
            **self._parts.servers,
            **{name: pid for name in ("postgres", "redis", "simulator") if (pid := stack.pid_of(name))},
            "load generator": os.getpid(),
        }
        return {name: _of_tree(pid, children=name == "postgres") for name, pid in pids.items()}

    @staticmethod
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
