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

# KEYS: mark of the turn, day hash, set of days to sync, list of the day. ARGV: generation if new, life of the mark,
# life of the day, then metric, amount, ... A turn that was counted already counts nothing.
COUNT = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('HSETNX', KEYS[2], 'generation', ARGV[1])
for i = 4, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SADD', KEYS[3], KEYS[2])
redis.call('EXPIRE', KEYS[3], ARGV[3])
redis.call('SADD', KEYS[4], KEYS[2])
redis.call('EXPIRE', KEYS[4], ARGV[3])
return 1
"""


async def count(redis: Redis, at: datetime, counts: Iterable[tuple[str, str, Mapping[str, int]]]) -> None:
    """Count (workspace id, once id, {metric: amount}) on the UTC day of `at`; a once id counts only once."""
    script = redis.register_script(COUNT)
    mark_life, day_life = (int(each.total_seconds()) for each in (keys.COUNTED_TTL, keys.DAY_TTL))
    async with answering():
        pipeline = redis.pipeline(transaction=False)
        for workspace_id, once, amounts in counts:
            pairs = [each for metric, amount in amounts.items() for each in (metric, amount)]
            await script(
                keys=[
                    keys.counted(once),
                    keys.day(at.date(), workspace_id),
                    keys.days_to_sync(),
                    keys.day_list(at.date()),
                ],
                args=[str(uuid4()), mark_life, day_life, *pairs],
                client=pipeline,
            )
        await pipeline.execute()


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
