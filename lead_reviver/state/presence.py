"""Who has the dashboard open, and which conversations are on somebody's screen.

A live connection says so again and again while it stands. With Redis away or empty nobody counts as present, which
costs a lead nothing but the order in which people are asked.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from lead_reviver.errors import TryAgainLater
from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

log = logging.getLogger(__name__)

PRESENT_SECONDS: Final = 120.0
"""For so long somebody whose connection broke still counts as present: a page that is reloaded comes back."""
SAY_EVERY_SECONDS: Final = 30.0


async def is_here(redis: Redis, workspace_id: str, user_id: str, now: datetime) -> None:
    """Note that a member has the dashboard open. Best effort."""
    try:
        async with answering():
            pipeline = redis.pipeline(transaction=False)
            pipeline.zadd(keys.present(workspace_id), {user_id: now.timestamp()})
            pipeline.zremrangebyscore(keys.present(workspace_id), "-inf", now.timestamp() - PRESENT_SECONDS)
            pipeline.expire(keys.present(workspace_id), keys.PRESENT_TTL)
            await pipeline.execute()
    except TryAgainLater as error:
        log.warning("presence is not noted: %s", error)


async def who_is_here(redis: Redis, workspace_ids: Sequence[str], now: datetime) -> set[tuple[str, str]]:
    """Return (workspace id, user id) of the members who have the dashboard open."""
    try:
        async with answering():
            pipeline = redis.pipeline(transaction=False)
            for each in workspace_ids:
                pipeline.zrangebyscore(keys.present(each), now.timestamp() - PRESENT_SECONDS, "+inf")
            answers = await pipeline.execute()
    except TryAgainLater as error:
        log.warning("nobody counts as present: %s", error)
        return set()
    return {
        (workspace_id, user_id.decode())
        for workspace_id, found in zip(workspace_ids, answers, strict=True)
        for user_id in found
    }


async def looks_at(redis: Redis, conversation_id: str) -> None:
    """Note that somebody has a conversation on the screen. Raises `TryAgainLater`."""
    async with answering():
        await redis.set(keys.looking(conversation_id), b"1", ex=keys.LOOKING_TTL)


async def looked_at(redis: Redis, conversation_ids: Sequence[str]) -> set[str]:
    """Return those of these conversations that are on somebody's screen. Raises `TryAgainLater`."""
    if not conversation_ids:
        return set()
    async with answering():
        pipeline = redis.pipeline(transaction=False)
        for each in conversation_ids:
            pipeline.exists(keys.looking(each))
        answers = await pipeline.execute()
    return {each for each, found in zip(conversation_ids, answers, strict=True) if found}
