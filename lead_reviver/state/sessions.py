"""Sessions that were signed out: their access tokens would be valid until they expire."""

from __future__ import annotations

from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering


async def sign_out(redis: Redis, session_id: str) -> None:
    """Let a session's tokens no longer count."""
    async with answering():
        await redis.set(keys.signed_out(session_id), b"1", ex=keys.SIGNED_OUT_TTL)


async def is_signed_out(redis: Redis, session_id: str) -> bool:
    """Whether a session was signed out."""
    async with answering():
        return bool(await redis.exists(keys.signed_out(session_id)))
