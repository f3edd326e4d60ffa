"""How fast a number may send: altogether (130429) and to one person (131056). Facts 5.4."""

from __future__ import annotations

from lead_reviver.simulator.behaviour import Behaviour
from lead_reviver.simulator.graph_errors import GraphError

FORGET_PAIRS_AT = 50_000


class Rates:
    """Two token buckets: one for the number, one for each person."""

    def __init__(self) -> None:
        self._number: tuple[float, float] | None = None
        self._pairs: dict[str, tuple[float, float]] = {}

    def take(self, behaviour: Behaviour, person: str, now: float) -> None:
        """Count one send; raises `GraphError` 130429 or 131056 when it is one too many."""
        if behaviour.rate_per_second is not None:
            limit = float(behaviour.rate_per_second)
            left = _refill(self._number, limit, limit, now)
            if left < 1:
                self._number = (left, now)
                raise GraphError(130429)
            self._number = (left - 1, now)
        if behaviour.pair_burst is not None:
            burst = float(behaviour.pair_burst)
            per_second = 1 / behaviour.pair_seconds if behaviour.pair_seconds else burst
            left = _refill(self._pairs.get(person), burst, per_second, now)
            if left < 1:
                self._pairs[person] = (left, now)
                raise GraphError(131056)
            if len(self._pairs) >= FORGET_PAIRS_AT:
                self._pairs.clear()
            self._pairs[person] = (left - 1, now)

    def clear(self) -> None:
        """Start with full buckets."""
        self._number = None
        self._pairs.clear()


def _refill(bucket: tuple[float, float] | None, size: float, per_second: float, now: float) -> float:
    if bucket is None:
        return size
    left, since = bucket
    return min(size, left + (now - since) * per_second)
