"""Tokens that language models used today (UTC), in one counter per conversation, workspace and everybody.

A cap against surprises, shared by all replicas. What is in flight is counted when it is back, so a budget may be
overrun by the turns under way; a Redis that was lost begins to count anew. The account of what was spent is in the
record, turn by turn.
"""

from __future__ import annotations

from dataclasses import dataclass

from lead_reviver.ports import Clock
from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens a day, in and out together; 0 means none may be used."""

    conversation: int
    workspace: int
    day: int
    """All workspaces together."""


class RedisBudget:
    """Counts in Redis. Implements the `Budget` port of the models."""

    def __init__(self, redis: Redis, limits: Limits, clock: Clock) -> None:
        self._redis, self._limits, self._clock = redis, limits, clock

    async def used_up(self, workspace_id: str, conversation_id: str) -> str | None:
        """Return whose budget is used up; None while there is some left. Raises `StateAway`."""
        async with answering():
            used = await self._redis.mget(self._keys(workspace_id, conversation_id))
        limits = (self._limits.conversation, self._limits.workspace, self._limits.day)
        for whose, tokens, limit in zip(("conversation", "workspace", "day"), used, limits, strict=True):
            if int(tokens or 0) >= limit:
                return whose
        return None

    async def spend(self, workspace_id: str, conversation_id: str, tokens: int) -> None:
        """Count tokens that were used. Raises `StateAway`."""
        async with answering():
            pipeline = self._redis.pipeline(transaction=False)
            for key in self._keys(workspace_id, conversation_id):
                pipeline.incrby(key, tokens)
                pipeline.expire(key, keys.MODEL_TOKENS_TTL)
            await pipeline.execute()

    def _keys(self, workspace_id: str, conversation_id: str) -> list[str]:
        day = self._clock().date()
        whose = (f"conversation:{conversation_id}", f"workspace:{workspace_id}", "all")
        return [keys.model_tokens(day, each) for each in whose]
