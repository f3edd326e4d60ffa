"""Keys of ours without an end: every key is given one when it is written, so there should be none."""

from __future__ import annotations

from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

A_LOOK = 1000
"""Keys a round trip, about: Redis answers in between."""
# KEYS: keys to look at. ARGV: the life of one that has no end. Returns how many had none.
END = """
local found = 0
for _, key in ipairs(KEYS) do
  if redis.call('TTL', key) == -1 then found = found + redis.call('EXPIRE', key, ARGV[1]) end
end
return found
"""


async def end_leftovers(redis: Redis, looks: int = 20) -> tuple[int, bool]:
    """Give an end to keys that have none; return how many there were, and whether keys are left to be looked at.

    The next call goes on where this one stopped.
    """
    found = 0
    end = redis.register_script(END)
    async with answering():
        place = int(await redis.get(keys.clean_up_place()) or 0)
        for _ in range(looks):
            place, some = await redis.scan(place, match=f"{keys.PREFIX}*", count=A_LOOK)
            if some:
                found += await end(keys=some, args=[int(keys.LEFTOVER_TTL.total_seconds())])
            if place == 0:
                break
        await redis.set(keys.clean_up_place(), place, ex=keys.CLEAN_UP_TTL)
    return found, place != 0
