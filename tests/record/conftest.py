"""One Supabase Lite and one database in the shape of hosted Supabase for all tests of the record."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from . import world
from .api import Api, sign_up_everybody
from .servers import BINARIES, Lite, Postgres, running_hosted, running_lite, running_postgres
from .world import World


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def lite_postgres() -> AsyncIterator[Postgres]:
    """PostgreSQL 18 behind Supabase Lite."""
    async with running_postgres("18") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def lite(lite_postgres: Postgres) -> AsyncIterator[Lite]:
    """Supabase Lite, migrated by its own command."""
    async with running_lite(lite_postgres) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def admin(lite_postgres: Postgres) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's view of what is really in the database behind Supabase Lite."""
    connection = await lite_postgres.connect()
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def _people(lite: Lite, admin: asyncpg.Connection) -> AsyncIterator[tuple[Api, World]]:
    async with aiohttp.ClientSession() as http:
        users, tokens = await sign_up_everybody(http, lite)
        seeded = await world.seed(admin, users)
        yield Api(http, lite, tokens), seeded


@pytest.fixture
def api(_people: tuple[Api, World]) -> Api:
    """The HTTP API with everybody signed in."""
    return _people[0]


@pytest.fixture
def seeded(_people: tuple[Api, World]) -> World:
    """What is in the database behind the API."""
    return _people[1]


@pytest_asyncio.fixture(loop_scope="session", scope="session", params=["18", "15"])
async def hosted(request: pytest.FixtureRequest) -> AsyncIterator[Postgres]:
    """A database in the shape of hosted Supabase, migrated file by file as `supabase db push` does."""
    if not (BINARIES[request.param] / "postgres").exists():
        pytest.skip(f"PostgreSQL {request.param} is not on this machine (Debian 12 has it as postgresql-15)")
    async with running_hosted(request.param) as server:
        yield server
