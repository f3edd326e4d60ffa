"""The table a person reads and the file a program reads."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.cores import OTHERS
from benchmarks.figures import Figure
from benchmarks.parts import Parts

SHARED = "\nLoad generator, server, Postgres, Redis and simulator share the machine's cores."
MANY = 0.2
"""Cores used by other programs that make a figure doubtful."""
RESULTS = Path(__file__).parent / "results" / "latest.json"


async def machine_facts(parts: Parts) -> dict[str, Any]:
    """Return what the figures depend on; nothing that names the machine or its owner."""
    busy = psutil.cpu_percent(interval=1.0) / 100 * (os.cpu_count() or 1)
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgres": (await parts.admin.fetchval("show server_version")).split()[0],
        "cores_used_by_others_before": round(busy, 2),
    }


def write_results(facts: dict[str, Any], figures: Sequence[Figure], command: str, to: Path = RESULTS) -> None:
    """Write the results file, all or nothing."""
    to.parent.mkdir(parents=True, exist_ok=True)
    results = {"command": command, "machine": facts, "figures": [each.as_json() for each in figures]}
    new = to.with_suffix(".new")
    new.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(to)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table in Markdown, so that it can be pasted anywhere."""
    rows = [("figure", "value", "yardstick", "ratio", "target", "reached")]
    for each in figures:
        yardstick = f"{_number(each.yardstick.value)} ({each.yardstick.what})" if each.yardstick else ""
        reached = {True: "yes", False: "NO", None: ""}[each.reached]
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        rows.append((each.name, f"{_number(each.value)} {each.unit}", yardstick, ratio, each.target or "", reached))
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def warning(figures: Sequence[Figure]) -> str:
    """Return a warning where other programs were busy while something was measured, else nothing."""
    disturbed = max((each.cores.get(OTHERS, 0.0) for each in figures), default=0.0)
    if disturbed < MANY:
        return ""
    return f"Other programs used up to {disturbed:.1f} cores meanwhile: the machine is faster than these figures say.\n"


def notes(figures: Sequence[Figure]) -> str:
    """Return what has to be known to read the figures, a line each."""
    return "\n".join(f"  {each.name}: {each.note}" for each in figures if each.note)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


class Clock:
    """Says what is being measured, and how long it took."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def say(self, what: str) -> None:
        """Print a line with the time since the start."""
        print(f"  {time.perf_counter() - self._began:6.1f} s  {what}", flush=True)
