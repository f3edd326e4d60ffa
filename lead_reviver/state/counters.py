"""Counters of the day, counted once per turn or event and synced to `daily_metrics` exactly once.

Redis holds totals of a generation. A generation starts when the hash is first written, again after Redis lost it;
`apply_day_counters` in the record keeps the highest total of each generation and sums them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import uuid4

from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

GENERATION = b"generation"

Totals = tuple[str, date, str, dict[str, int]]
"""Workspace id, day, generation, {metric: total}."""

# KEYS: set of days to sync, list of the day, then of each count its mark and its day hash. ARGV: generation of hashes
# that are new, life of marks, life of the day, then of each count the number of its metrics, and each metric and
# amount. What was counted already counts nothing. One command for a batch, since the driver's cost is by the command.
COUNT = """
local at = 4
for i = 3, #KEYS, 2 do
  local day, metrics = KEYS[i + 1], tonumber(ARGV[at])
  if redis.call('SET', KEYS[i], '1', 'NX', 'EX', ARGV[2]) then
    redis.call('HSETNX', day, 'generation', ARGV[1])
    for j = at + 1, at + 2 * metrics, 2 do redis.call('HINCRBY', day, ARGV[j], ARGV[j + 1]) end
    redis.call('EXPIRE', day, ARGV[3])
    for set = 1, 2 do
      redis.call('SADD', KEYS[set], day)
      redis.call('EXPIRE', KEYS[set], ARGV[3])
    end
  end
  at = at + 1 + 2 * metrics
end
"""


async def count(redis: Redis, at: datetime, counts: Iterable[tuple[str, str, Mapping[str, int]]]) -> None:
    """Count (workspace id, once id, {metric: amount}) on the UTC day of `at`; a once id counts only once."""
    whats: list[str] = []
    amounts: list[str | int] = []
    for workspace_id, once, metrics in counts:
        whats += [keys.counted(once), keys.day(at.date(), workspace_id)]
        amounts += [len(metrics), *(each for pair in metrics.items() for each in pair)]
    if whats:
        lives = [int(each.total_seconds()) for each in (keys.COUNTED_TTL, keys.DAY_TTL)]
        async with answering():
            await redis.register_script(COUNT)(
                keys=[keys.days_to_sync(), keys.day_list(at.date()), *whats], args=[str(uuid4()), *lives, *amounts]
            )


async def totals(redis: Redis) -> list[Totals]:
    """Return the totals of every day that changed since the last sync; `synced` says when they are in the record.

    A day is moved off the list before it is read, so that what is counted meanwhile puts it back; and it stays where
    it was moved to until it was synced, so that whoever is cut off in between loses nothing.
    """
    found = []
    async with answering():
        pipeline = redis.pipeline(transaction=True)
        pipeline.sunionstore(keys.days_in_sync(), keys.days_in_sync(), keys.days_to_sync())
        pipeline.unlink(keys.days_to_sync())
        pipeline.expire(keys.days_in_sync(), keys.DAY_TTL)
        pipeline.smembers(keys.days_in_sync())
        *_, moved = await pipeline.execute()
        for key in moved:
            values = await redis.hgetall(key)
            generation = values.pop(GENERATION, None)
            if generation is None:  # Redis has forgotten the day
                await redis.srem(keys.days_in_sync(), key)
                continue
            day, workspace_id = key.decode().removeprefix(f"{keys.PREFIX}day:").split(":")
            amounts = {metric.decode(): int(total) for metric, total in values.items()}
            found.append((workspace_id, date.fromisoformat(day), generation.decode(), amounts))
    return found


async def synced(redis: Redis, done: Totals) -> None:
    """Say that these totals are in the record."""
    async with answering():
        await redis.srem(keys.days_in_sync(), keys.day(done[1], done[0]))
