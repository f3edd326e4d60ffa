"""Whether what the process depends on answers."""

from __future__ import annotations

import asyncio

import aiohttp

from lead_reviver.settings import Settings
from lead_reviver.state.redis import Redis
from lead_reviver.storage.database import Pool

LONGEST_WAIT_SECONDS = 2.0


async def dependencies(pool: Pool, redis: Redis, settings: Settings) -> dict[str, str]:
    """Return "up", or what is wrong, by the name of each dependency."""
    names = ("postgres", "redis", "supabase")
    answers = await asyncio.gather(
        asyncio.wait_for(pool.fetchval("select 1"), LONGEST_WAIT_SECONDS),
        asyncio.wait_for(_ping(redis), LONGEST_WAIT_SECONDS),
        asyncio.wait_for(_supabase(settings.supabase_url), LONGEST_WAIT_SECONDS),
        return_exceptions=True,
    )
    return {
        name: f"down ({type(answer).__name__})" if isinstance(answer, BaseException) else "up"
        for name, answer in zip(names, answers, strict=True)
    }


async def _ping(redis: Redis) -> None:
    await redis.ping()


async def _supabase(url: str) -> None:
    """Any answer below 500 will do: without a key Supabase says 401."""
    async with aiohttp.ClientSession() as session, session.get(f"{url.rstrip('/')}/auth/v1/health") as response:
        if response.status >= 500:
            raise ConnectionError(f"HTTP {response.status}")
