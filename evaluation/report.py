"""The figures as a table, a JSON file and one HTML page without anything from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import msgspec

from evaluation.figures import HALVES, Figure, Half, figures
from evaluation.measure import FieldCount, Measured

RESULTS: Final = Path(__file__).parent / "results"
PLAYBOOK_LANGUAGES: Final = ("en", "es", "pt")


@dataclass(frozen=True, slots=True)
class FieldFigure:
    """How well one kind of message's fields are understood."""

    name: str
    language: str
    half: Half
    right: int
    found: int
    said: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 when nothing was said and nothing found."""
        return 2 * self.right / (self.found + self.said) if self.found + self.said else 1.0


def field_figures(measured: Measured) -> list[FieldFigure]:
    """Return F1 on plain answers and on all, by language and half, then by field, then of each unseen round."""
    counts = measured.field_counts
    found = []
    names = list(dict.fromkeys(each.name for each in counts))
    languages = ["all", "en+es+pt", *dict.fromkeys(each.language for each in counts)]
    for kind in ("plain", "all"):
        for language in languages:
            for half in HALVES:
                found.append(_field_figure(f"fields, {kind}", counts, kind, language, half))
    for name in names:
        own = [each for each in counts if each.name == name]
        found += [_field_figure(f"field {name}", own, "all", "all", half) for half in HALVES]
    for unseen, own in measured.unseen_counts.items():
        for language in dict.fromkeys([*languages, *(each.language for each in own)]):
            found += [_field_figure(f"{unseen} unseen: fields", own, "all", language, half) for half in HALVES]
    return found


def _field_figure(name: str, counts: Iterable[FieldCount], kind: str, language: str, half: Half) -> FieldFigure:
    chosen = [
        each
        for each in counts
        if kind in ("all", each.kind)
        and (language in ("all", each.language) or (language == "en+es+pt" and each.language in PLAYBOOK_LANGUAGES))
        and half in ("all", "even" if int("".join(filter(str.isdecimal, each.item))) % 2 == 0 else "odd")
    ]
    return FieldFigure(
        name, language, half, sum(e.right for e in chosen), sum(e.found for e in chosen), sum(e.said for e in chosen)
    )


def summary(measured: Measured) -> dict[str, Any]:
    """Return every figure in plain types."""
    cut = quantiles(measured.times, n=100)
    every = [each for own in measured.lengths.values() for each in own]
    return {
        "figures": [
            {**asdict(each), "share": round(each.share, 4), "interval": [round(bound, 4) for bound in each.interval]}
            for each in figures(measured.verdicts)
        ],
        "fields": [{**asdict(each), "f1": round(each.f1, 4)} for each in field_figures(measured)],
        "reply_length": {
            language: {"median": median(own), "longest": max(own), "n": len(own)}
            for language, own in {"all": every, **measured.lengths}.items()
        },
        "memory_mb": measured.memory_mb,
        "decide_ms": {"p50": round(median(measured.times), 3), "p99": round(cut[98], 3), "n": len(measured.times)},
    }


def write(measured: Measured, folder: Path = RESULTS) -> None:
    """Write `latest.json` and `latest.html`."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = summary(measured)
    (folder / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
    (folder / "latest.html").write_text(page(measured), "utf-8")


def table(measured: Measured) -> str:
    """Return the figures for a terminal: all languages together, each half, then each language."""
    counted = figures(measured.verdicts)
    fields = field_figures(measured)
    lines = [f"{'':32}{'all':>22}{'even half':>22}{'odd half':>22}"]
    for name in dict.fromkeys(each.name for each in counted):
        own = {each.half: each for each in counted if each.name == name and each.language == "all"}
        lines.append(f"{name:32}" + "".join(f"{_short(own[half]):>22}" for half in HALVES))
    for key in dict.fromkeys((each.name, each.language) for each in fields if each.language in ("all", "en+es+pt")):
        both = {each.half: each for each in fields if (each.name, each.language) == key}
        label = f"{key[0]}, {key[1]}"
        lines.append(f"{label:32}" + "".join(f"{f'F1 {both[half].f1:.3f} ({both[half].said})':>22}" for half in HALVES))
    languages = list(dict.fromkeys(each.language for each in counted if each.language != "all"))
    lines.append(f"\n{'by language':32}" + "".join(f"{each:>9}" for each in languages))
    for name in dict.fromkeys(each.name for each in counted):
        own_by = {each.language: each for each in counted if each.name == name and each.half == "all"}
        cells = [f"{100 * own_by[each].share:8.1f}%" if each in own_by else f"{'':9}" for each in languages]
        lines.append(f"{name:32}" + "".join(cells))
    for kind in ("fields, plain", "fields, all"):
        f1 = {each.language: each for each in fields if each.name == kind and each.half == "all"}
        cells = [f"{f1[each].f1:9.3f}" if each in f1 else f"{'':9}" for each in languages]
        lines.append(f"{f'F1 {kind}':32}" + "".join(cells))
    facts = summary(measured)
    for what in ("median", "longest"):
        of = facts["reply_length"]
        cells = [f"{of[each][what]:9.0f}" if each in of else f"{'':9}" for each in languages]
        lines.append(f"{f'reply length, {what}':32}" + "".join(cells))
    return "\n".join([*lines, "", *_said(facts)])


def _said(facts: dict[str, Any]) -> list[str]:
    length, time, memory = facts["reply_length"]["all"], facts["decide_ms"], facts["memory_mb"]
    return [
        f"Replies: median {length['median']:.0f} characters, longest {length['longest']}.",
        f"A decision takes the processor {time['p50']} ms (p50), {time['p99']} ms (p99), of {time['n']} decisions.",
        f"Memory: {memory['after']} MB, {memory['before']} MB before rules and playbooks were read.",
    ]


def _short(figure: Figure) -> str:
    low, high = figure.interval
    return f"{100 * figure.share:.1f}% [{100 * low:.0f}-{100 * high:.0f}] n={figure.n}"


def page(measured: Measured) -> str:
    """Return the report as one HTML page; bars with their 95 % intervals."""
    counted = [each for each in figures(measured.verdicts) if each.n]
    parts = []
    for name in dict.fromkeys(each.name for each in counted):
        own = [each for each in counted if each.name == name]
        rows = [each for each in own if each.language == "all"] + [
            each for each in own if each.language != "all" and each.half == "all"
        ]
        bars: list[tuple[str, float, tuple[float, float] | None, str]] = [
            (_label(each.language, each.half), each.share, each.interval, f"{each.hits}/{each.n}") for each in rows
        ]
        parts.append(f"<section><h2>{escape(name)}</h2>{chart(bars)}</section>")
    fields = field_figures(measured)
    for name in dict.fromkeys(each.name for each in fields):
        scores: list[tuple[str, float, tuple[float, float] | None, str]] = [
            (_label(each.language, each.half), each.f1, None, f"{each.said} said, {each.found} found")
            for each in fields
            if each.name == name and (each.half == "all" or each.language == "all")
        ]
        parts.append(f"<section><h2>F1 of {escape(name)}</h2>{chart(scores)}</section>")
    facts = summary(measured)
    lengths = ", ".join(
        f"{language} {own['median']:.0f} and {own['longest']}" for language, own in facts["reply_length"].items()
    )
    line = " ".join([*_said(facts), f"Characters by language, median and longest: {lengths}."])
    return HEAD + _PAGE.replace("{line}", escape(line)).replace("{parts}", "\n".join(parts))


def _label(language: str, half: str) -> str:
    return language if half == "all" else f"{language}, {half} half"


def chart(bars: Sequence[tuple[str, float, tuple[float, float] | None, str]]) -> str:
    """Draw horizontal bars from 0 to 100 %."""
    height, left, width = 22, 130, 360
    drawn = []
    for place, (label, share, interval, note) in enumerate(bars):
        top = place * height
        drawn.append(f'<text x="{left - 8}" y="{top + 15}" text-anchor="end">{escape(label)}</text>')
        drawn.append(f'<rect class="track" x="{left}" y="{top + 4}" width="{width}" height="14"/>')
        drawn.append(f'<rect class="bar" x="{left}" y="{top + 4}" width="{width * share:.1f}" height="14"/>')
        if interval is not None:
            low, high = (left + width * bound for bound in interval)
            drawn.append(f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{top + 11}" y2="{top + 11}"/>')
        drawn.append(f'<text x="{left + width + 8}" y="{top + 15}">{100 * share:.1f} % ({escape(note)})</text>')
    size = f'viewBox="0 0 720 {len(bars) * height}" width="720" height="{len(bars) * height}"'
    return f'<svg role="img" {size}>{"".join(drawn)}</svg>'


HEAD: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lead-Reviver: evaluation</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --ground: #fff; --track: #e7eaef; --bar: #2f7d5b; --line: #10261c }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --ground: #14181f; --track: #2a313c; --bar: #4ca97f; --line: #f2f5f3 }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto;
  max-width: 46rem; padding: 0 1rem }
h2 { font-size: 1rem; margin: 1.6rem 0 .4rem } svg { max-width: 100%; height: auto }
text { fill: var(--ink); font: 12px system-ui, sans-serif } .track { fill: var(--track) } .bar { fill: var(--bar) }
line { stroke: var(--line); stroke-width: 2 }
</style>
"""
_PAGE: Final = """<h1>What leads say, and what is made of it</h1>
<p>The rules and the playbook responder, without a model, on the sets of <code>tests/conversation</code>. Lines on the
bars are 95 % Wilson intervals. Rules were improved with the even half in view; the odd half was not looked at.</p>
<p>{line}</p>
{parts}
</html>
"""
