"""Shares of a count, with how sure one may be of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal

Half = Literal["all", "even", "odd"]
HALVES: Final[tuple[Half, ...]] = ("all", "even", "odd")
"""By the number of an item's id. Rules are improved with the even half in view; the odd one shows what is general."""

_95_PERCENT: Final = 1.959964


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927); (0, 1) when nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, _95_PERCENT**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    spread = _95_PERCENT / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - spread), min(1.0, middle + spread)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was looked at, right or wrong."""

    figure: str
    """Name of the figure that it counts for, e.g. "intent"."""
    item: str
    """Id of the item in the sets."""
    language: str
    right: bool
    wanted: str = ""
    got: str = ""
    text: str = ""

    @property
    def half(self) -> Half:
        """The half that the item belongs to."""
        digits = "".join(letter for letter in self.item if letter.isdecimal())
        return "even" if int(digits) % 2 == 0 else "odd"


@dataclass(frozen=True, slots=True)
class Figure:
    """How many were right, of one language and half."""

    name: str
    language: str
    """"all" or one of the sets' languages."""
    half: Half
    hits: int
    n: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 when there was nothing to get wrong."""
        return self.hits / self.n if self.n else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson(self.hits, self.n)


def figures(verdicts: Iterable[Verdict]) -> list[Figure]:
    """Return every figure by language and half, "all" first, in the order in which they come up."""
    counts: dict[tuple[str, str, Half], list[int]] = {}
    listed = list(verdicts)
    for name in dict.fromkeys(each.figure for each in listed):
        own = [each for each in listed if each.figure == name]
        for language in ("all", *dict.fromkeys(each.language for each in own)):
            for half in HALVES:
                chosen = [each for each in own if language in ("all", each.language) and half in ("all", each.half)]
                counts[name, language, half] = [sum(each.right for each in chosen), len(chosen)]
    return [Figure(*key, hits, n) for key, (hits, n) in counts.items()]
