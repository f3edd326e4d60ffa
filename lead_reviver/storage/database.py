"""The one door to Postgres: a pool whose connections speak our types.

`uuid` travels as `str`, `json` and `jsonb` as Python values, times as aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import orjson
from uuid_utils.compat import uuid7

from lead_reviver.errors import TryAgainLater

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError, TimeoutError)
"""What a database that is away, restarting or full looks like."""


class DatabaseAway(TryAgainLater):
    """Postgres does not answer."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"The database does not answer ({type(error).__name__}); it is tried again.")


def new_id() -> str:
    """Return a new UUIDv7: sortable by time, made by the program since Postgres before 18 cannot."""
    return str(uuid7())


async def _speak_our_types(connection: Connection) -> None:
    await connection.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog", format="text")
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
            format="text",
        )


async def _leave_as_it_is(_: Connection) -> None:
    """Save a round trip when a connection goes back to the pool: nothing here ever sets state of a session.

    A transaction left open is rolled back by the pool all the same.
    """


async def connect_pool(url: str, *, size: int = 12, name: str = "lead-reviver") -> Pool:
    """Open a pool of up to `size` connections; the first few are made at once, so that a wrong address shows.

    They are kept: a new one costs tens of milliseconds, which the first message of the morning would pay.

    Raises `DatabaseAway` when nothing answers there.
    """
    try:
        return await asyncpg.create_pool(
            url,
            min_size=min(4, size),
            max_size=size,
            max_inactive_connection_lifetime=0,
            init=_speak_our_types,
            reset=_leave_as_it_is,
            command_timeout=30,
            server_settings={"application_name": name, "jit": "off"},
        )
    except AWAY as error:
        raise DatabaseAway(error) from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection inside a transaction; commit at the end, roll back on any error.

    Raises `DatabaseAway` instead of the driver's many errors when the database cannot be reached.
    """
    try:
        async with pool.acquire(timeout=10) as connection, connection.transaction():
            yield cast("Connection", connection)
    except AWAY as error:
        raise DatabaseAway(error) from error


@asynccontextmanager
async def lent(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection without a transaction: for reads, and for a single statement that is one by itself.

    Raises `DatabaseAway` like `transaction`.
    """
    try:
        async with pool.acquire(timeout=10) as connection:
            yield cast("Connection", connection)
    except AWAY as error:
        raise DatabaseAway(error) from error


@asynccontextmanager
async def as_member(pool: Pool, claims: dict[str, Any]) -> AsyncIterator[Connection]:
    """Lend a connection that sees exactly what the signed-in member sees: row-level security decides.

    `claims` are those of a verified Supabase access token.
    """
    async with transaction(pool) as connection:
        await connection.execute(
            "select set_config('request.jwt.claims', $1, true), set_config('request.jwt.claim.sub', $2, true),"
            " set_config('role', 'authenticated', true)",
            orjson.dumps(claims).decode(),
            str(claims["sub"]),
        )
        yield connection
