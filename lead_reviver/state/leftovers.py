"""Keys of ours without an end: every key is given one when it is written, so there should be none."""

from __future__ import annotations

from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

A_LOOK = 1000
"""Keys a round trip, about: Redis answers in between."""
_NO_END = -1


async def end_leftovers(redis: Redis, looks: int = 20) -> tuple[int, bool]:
    """Give an end to keys that have none; return how many there were, and whether keys are left to be looked at.

    The next call goes on where this one stopped.
    """
    found = 0
    async with answering():
        place = int(await redis.get(keys.clean_up_place()) or 0)
        for _ in range(looks):
            place, some = await redis.scan(place, match=f"{keys.PREFIX}*", count=A_LOOK)
            found += await _end(redis, some)
            if place == 0:
                break
        await redis.set(keys.clean_up_place(), place, ex=keys.CLEAN_UP_TTL)
    return found, place != 0


async def _end(redis: Redis, some: list[bytes]) -> int:
    if not some:
        return 0
    pipeline = redis.pipeline(transaction=False)
    for key in some:
        pipeline.ttl(key)
    endless = [key for key, seconds in zip(some, await pipeline.execute(), strict=True) if seconds == _NO_END]
    for key in endless:
        pipeline.expire(key, keys.LEFTOVER_TTL)
    await pipeline.execute()
    return len(endless)
