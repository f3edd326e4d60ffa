"""The one door to Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import redis.asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from lead_reviver.errors import TryAgainLater

if TYPE_CHECKING:
    # The driver's types say "bytes or str or None" of every answer; this client always gives bytes.
    Redis = Any
else:
    Redis = aioredis.Redis


class StateAway(TryAgainLater):
    """Redis does not answer."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"Redis does not answer ({type(error).__name__}); it is tried again.")


def connect(url: str) -> Redis:
    """Return a client with a pool of connections; nothing is contacted yet."""
    return aioredis.Redis.from_url(
        url,
        socket_timeout=5,
        socket_connect_timeout=2,
        max_connections=64,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Turn the driver's errors into `StateAway`."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StateAway(error) from error
