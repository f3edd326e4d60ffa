"""A rehearsal as a table, a JSON file and one HTML page: the figures, and each lead with whom something went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from html import escape
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec

from evaluation.figures import Figure, figures
from evaluation.rehearsal.grading import Fault
from evaluation.rehearsal.run import Rehearsal
from evaluation.report import HEAD, RESULTS, chart

MOST_TRANSCRIPTS: Final = 60
"""So many go into the files; every lead is named all the same."""


def summary(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return everything in plain types."""
    graded = rehearsal.graded
    return {
        "leads": rehearsal.leads,
        "seed": rehearsal.seed,
        "runner": rehearsal.runner,
        "seconds": round(rehearsal.seconds, 1),
        "turns_parked": graded.parked,
        "double_bookings": graded.overlaps,
        "reply_length": {"median": median(graded.lengths), "longest": max(graded.lengths)},
        "figures": [
            {
                "name": each.name,
                "language": each.language,
                "right": each.hits,
                "n": each.n,
                "share": round(each.share, 4),
                "interval": [round(bound, 4) for bound in each.interval],
            }
            for each in _figures(rehearsal)
        ],
        "not_right": [_fault(each, place < MOST_TRANSCRIPTS) for place, each in enumerate(graded.faults)],
    }


def table(rehearsal: Rehearsal) -> str:
    """Return the figures for a terminal: all leads, then each language."""
    counted = _figures(rehearsal)
    languages = list(dict.fromkeys(each.language for each in counted if each.language != "all"))
    lines = [f"{_headline(rehearsal)}\n", f"{'':26}{'all':>24}" + "".join(f"{each:>9}" for each in languages)]
    for name in dict.fromkeys(each.name for each in counted):
        by_language = {each.language: each for each in counted if each.name == name}
        whole = by_language["all"]
        low, high = whole.interval
        cells = "".join(
            f"{100 * by_language[each].share:8.1f}%" if each in by_language else f"{'':9}" for each in languages
        )
        share = f"{100 * whole.share:.1f}% [{100 * low:.0f}-{100 * high:.0f}] n={whole.n}"
        lines.append(f"{name:26}{share:>24}{cells}")
    return "\n".join(lines)


def write(rehearsal: Rehearsal, folder: Path = RESULTS) -> None:
    """Write `rehearsal.json` and `rehearsal.html`."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = msgspec.json.format(msgspec.json.encode(summary(rehearsal)), indent=1)
    (folder / "rehearsal.json").write_bytes(facts + b"\n")
    (folder / "rehearsal.html").write_text(page(rehearsal), "utf-8")


def page(rehearsal: Rehearsal) -> str:
    """Return the report as one HTML page without anything from outside."""
    counted = _figures(rehearsal)
    parts = [
        "<h1>The rehearsal</h1>",
        "<p>Scripted leads talked to the real stack through the simulator; what the database held in the end was "
        "graded. Lines on the bars are 95 % Wilson intervals.</p>",
        f"<p>{escape(_headline(rehearsal))}</p>",
    ]
    for name in dict.fromkeys(each.name for each in counted):
        bars = [
            (each.language, each.share, each.interval, f"{each.hits}/{each.n}") for each in counted if each.name == name
        ]
        parts.append(f"<section><h2>{escape(name)}</h2>{chart(bars)}</section>")
    parts.append(f"<h2>Leads with whom something went wrong: {len(rehearsal.graded.faults)}</h2>")
    parts += [_section(each, place < MOST_TRANSCRIPTS) for place, each in enumerate(rehearsal.graded.faults)]
    return HEAD + "\n".join(parts) + "\n</html>\n"


def _headline(rehearsal: Rehearsal) -> str:
    graded = rehearsal.graded
    return (
        f"{rehearsal.leads} leads of seed {rehearsal.seed}, runner {rehearsal.runner}, {rehearsal.seconds:.0f} s. "
        f"Turns parked: {graded.parked}. Double bookings: {graded.overlaps}. Replies: median "
        f"{median(graded.lengths):.0f} characters, longest {max(graded.lengths)}."
    )


def _figures(rehearsal: Rehearsal) -> list[Figure]:
    return [each for each in figures(rehearsal.graded.verdicts) if each.half == "all" and each.n]


def _fault(fault: Fault, with_transcript: bool) -> dict[str, Any]:
    found = {"id": fault.script.id, **_who(fault), "problems": fault.problems, "ended": fault.ended}
    if with_transcript:
        found |= {"state": fault.state, "transcript": list(_transcript(fault))}
    return found


def _who(fault: Fault) -> dict[str, Any]:
    shown = ("language", "wish", "surprise", "manner", "taps", "patience")
    return {name: value for name, value in asdict(fault.script).items() if name in shown}


def _transcript(fault: Fault) -> Iterator[str]:
    for said in fault.transcript:
        rows = f" [{' | '.join(said.rows)}]" if said.rows and said.ours else ""
        yield f"{said.author}: {said.text}{rows}"


def _section(fault: Fault, with_transcript: bool) -> str:
    who = ", ".join(f"{name} {value}" for name, value in _who(fault).items())
    problems = "".join(f"<li>{escape(each)}</li>" for each in fault.problems)
    head = f"<summary>{escape(fault.script.id)}: {escape(who)}</summary><ul>{problems}</ul>"
    if not with_transcript:
        return f"<details>{head}</details>"
    spoken = "<br>".join(escape(each).replace("\n", "<br>&nbsp;&nbsp;") for each in _transcript(fault))
    return f"<details>{head}<p>{spoken}</p><p><em>{escape(fault.state)}; {escape(fault.ended)}</em></p></details>"
