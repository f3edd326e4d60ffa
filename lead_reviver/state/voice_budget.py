"""Seconds of voice notes that were transcribed today (UTC), per workspace: a cap against surprises.

Shared by all replicas; a Redis that was lost begins to count anew.
"""

from __future__ import annotations

import math

from lead_reviver.ports import Clock
from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering


class VoiceBudget:
    """Counts in Redis."""

    def __init__(self, redis: Redis, seconds_a_day: float, clock: Clock) -> None:
        self._redis, self._most, self._clock = redis, seconds_a_day, clock

    async def take(self, workspace_id: str, seconds: float) -> bool:
        """Take so much of today's budget; False, and nothing taken, where it is not there. Raises `StateAway`."""
        key, wanted = keys.voice_seconds(self._clock().date(), workspace_id), math.ceil(seconds)
        async with answering():
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.incrby(key, wanted)
            pipeline.expire(key, keys.VOICE_SECONDS_TTL)
            used, _ = await pipeline.execute()
            if used <= self._most:
                return True
            await self._redis.decrby(key, wanted)
        return False
