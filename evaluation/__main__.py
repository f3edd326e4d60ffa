"""`python -m evaluation`: run the sets, print a table, write results/latest.json and results/latest.html.

With `--classifier` the sets run without and with it; results/classifier.json and results/classifier.html.
With `--rehearsal 500` scripted leads talk to the real stack; results/rehearsal.json and results/rehearsal.html.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from evaluation.measure import Measured, measure
from evaluation.report import RESULTS, table, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument(
        "--misses", metavar="FIGURE", help="list what went wrong in the even half, e.g. intent or fields"
    )
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument(
        "--rehearsal", metavar="LEADS", type=int, help="let so many scripted leads talk to the real stack instead"
    )
    parser.add_argument("--seed", type=int, default=1, help="which leads; the same seed plays the same")
    parser.add_argument("--n8n", action="store_true", help="the rehearsal's turns go through a real n8n")
    parser.add_argument(
        "--classifier", action="store_true", help="run the sets without and with the classifier, side by side"
    )
    chosen = parser.parse_args(arguments)
    if chosen.rehearsal:
        return _rehearse(chosen.rehearsal, chosen.seed, chosen.n8n, chosen.output)
    if chosen.classifier:
        return _side_by_side(chosen.output)
    measured = measure()
    if chosen.misses:
        print("\n".join(misses(measured, chosen.misses)))
        return 0
    write(measured, chosen.output)
    print(table(measured))
    return 0


def _rehearse(leads: int, seed: int, n8n: bool, output: Path) -> int:
    from evaluation.rehearsal import report, run  # noqa: PLC0415 - the stack's packages are needed here alone

    played = run.rehearse(leads, seed, n8n=n8n)
    report.write(played, output)
    print(report.table(played))
    return 0


def _side_by_side(output: Path) -> int:
    from evaluation import beside  # noqa: PLC0415 - needs the extra 'classifier'

    facts = beside.measure_both()
    beside.write_both(facts, output)
    print(beside.table_of_both(facts))
    return 0


def misses(measured: Measured, figure: str) -> list[str]:
    """Return the mistakes of the even half alone; the odd half stays unseen by whoever writes the rules."""
    if figure == "fields":
        return [
            f"{each.item} {each.kind} {each.name}: {each.note}"
            for each in measured.field_counts
            if not each.right and int("".join(filter(str.isdecimal, each.item))) % 2 == 0
        ]
    return [
        f"{each.item}: {each.text!r} is {each.wanted}, got {each.got}"
        for each in measured.verdicts
        if each.figure == figure and each.half == "even" and not each.right
    ]


if __name__ == "__main__":
    raise SystemExit(main())
