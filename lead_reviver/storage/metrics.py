"""Day counters in the record: the totals of every generation Redis ever counted, summed up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lead_reviver.storage.database import Connection

APPLY = "select public.apply_day_counters($1, $2, $3, $4)"


async def apply(connection: Connection, totals: Sequence[tuple[str, date, str, dict[str, int]]]) -> None:
    """Sync totals (workspace id, day, generation, {metric: total}). Safe twice, late, or in any order."""
    # In one order everywhere: each holds its workspace's day until the end, so two syncs must not wait crosswise.
    await connection.executemany(APPLY, sorted(totals, key=lambda each: (each[0], each[1])))
