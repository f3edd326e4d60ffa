"""Everybody signed in at Supabase Lite, and one database in the shape of hosted Supabase."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from tests.real_stack import RealStack

from . import plenty, world
from .api import Api, everybody
from .hosted import Record
from .servers import BINARIES, Postgres, running_hosted
from .world import SIGNED_UP, World, new_id


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def admin(supabase: RealStack) -> AsyncIterator[asyncpg.Connection]:
    """The owner's view of what is really in the database behind Supabase Lite."""
    connection = await asyncpg.connect(supabase.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def _people(supabase: RealStack, admin: asyncpg.Connection) -> AsyncIterator[tuple[Api, World]]:
    async with aiohttp.ClientSession() as http:
        users, tokens = await everybody(supabase)
        seeded = await world.seed(admin, users)
        yield Api(http, supabase, tokens), seeded


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


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def record(hosted: Postgres) -> AsyncIterator[Record]:
    """The database in the shape of hosted Supabase, seeded."""
    admin = await hosted.connect()
    users = {person: new_id() for person in SIGNED_UP}
    await admin.executemany("insert into auth.users (id) values ($1)", [(user,) for user in users.values()])
    seeded = await world.seed(admin, users)
    authenticator = await hosted.connect("authenticator")
    yield Record(seeded, users, authenticator)
    await authenticator.close()
    await admin.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def full(hosted: Postgres, record: Record) -> AsyncIterator[str]:
    """A workspace with a lot in it; gives its id."""
    admin = await hosted.connect()
    yield await plenty.fill(admin, record.users)
    await admin.close()
