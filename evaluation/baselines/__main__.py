"""`python -m evaluation.baselines`: compare on the same items; prints a table, writes results/baselines.json."""

from __future__ import annotations

import argparse

import msgspec

from evaluation.baselines.run import CONTENDERS, compare
from evaluation.report import RESULTS


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.baselines", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for each of the others; more items with more time")
    parser.add_argument("--only", choices=CONTENDERS, help="ask this one alone")
    chosen = parser.parse_args()
    facts = compare(chosen.minutes, [chosen.only] if chosen.only else CONTENDERS)
    (RESULTS / "baselines.json").write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
    for each in facts["results"]:
        print(each["contender"])
        for figure in each["figures"]:
            low, high = figure["interval"]
            print(f"  {figure['name']:36}{figure['right']:4} of {figure['n']:3}   {100 * low:.0f}-{100 * high:.0f} %")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
