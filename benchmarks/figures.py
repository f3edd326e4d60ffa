"""What a benchmark says: a value, what it is compared with, and whether it is good enough."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What the same machine does at best, or what a rule allows, in the figure's unit."""

    what: str
    value: float
    rounds: Sequence[float] = ()
    """The single measurements, each right beside that of the figure; `value` is their median."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure. Without a target it is there to explain the others."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    yardstick: Yardstick | None = None
    ratio_at_least: float | None = None
    rounds: Sequence[float] = field(default_factory=tuple)
    """The single measurements; `value` is their median."""
    note: str = ""
    cores: Mapping[str, float] = field(default_factory=dict)
    """Cores that each part kept busy meanwhile, in the last round."""

    @property
    def ratio(self) -> float | None:
        """Return value divided by yardstick.

        Where both were measured in rounds it is the median of the rounds' own ratios: the machine's speed moves in
        between, and only neighbours saw the same machine.
        """
        if self.yardstick is None:
            return None
        if not self.yardstick.rounds:
            return self.value / self.yardstick.value
        return median([ours / bare for ours, bare in zip(self.rounds, self.yardstick.rounds, strict=True)])

    @property
    def target(self) -> str | None:
        """Say what is to be reached."""
        wanted = []
        if self.ratio_at_least is not None:
            wanted.append(f"ratio >= {self.ratio_at_least:g}")
        if self.at_least is not None:
            wanted.append(f">= {self.at_least:,g} {self.unit}")
        if self.at_most is not None:
            wanted.append(f"<= {self.at_most:,g} {self.unit}")
        return ", ".join(wanted) or None

    @property
    def reached(self) -> bool | None:
        """Tell whether every target is reached; None where there is none."""
        if self.target is None:
            return None
        return not (
            (self.at_least is not None and self.value < self.at_least)
            or (self.at_most is not None and self.value > self.at_most)
            or (self.ratio_at_least is not None and self.ratio is not None and self.ratio < self.ratio_at_least)
        )

    def as_json(self) -> dict[str, Any]:
        """Return the figure as it is written to the results file."""
        return {
            "figure": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "yardstick": {
                "what": self.yardstick.what,
                "value": round(self.yardstick.value, 3),
                "rounds": [round(each, 3) for each in self.yardstick.rounds],
            }
            if self.yardstick
            else None,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "target": self.target,
            "reached": self.reached,
            "rounds": [round(each, 3) for each in self.rounds],
            "note": self.note or None,
            "cores": {name: round(cores, 2) for name, cores in self.cores.items()},
        }


def median(rounds: Sequence[float]) -> float:
    """Return the median of the rounds."""
    return statistics.median(rounds)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[max(rank, 1) - 1]
