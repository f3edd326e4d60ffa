"""What the engine and the workflows may not do to the record and the cache."""

from __future__ import annotations

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from tests.real_stack import RealStack, flush_redis

pytestmark = pytest.mark.stack


async def test_neither_the_engine_nor_the_owner_of_the_tables_is_a_superuser(postgres_and_redis: RealStack) -> None:
    connection = await asyncpg.connect(postgres_and_redis.env["DATABASE_URL"])
    rows = await connection.fetch("select rolname, rolsuper, rolcreaterole, rolbypassrls from pg_roles")
    await connection.close()
    roles = {row["rolname"]: row for row in rows}
    assert [name for name, role in roles.items() if role["rolsuper"]] == ["supabase_admin"]
    assert not roles["engine"]["rolcreaterole"]
    assert not roles["engine"]["rolbypassrls"]


async def test_the_database_asks_for_a_password(postgres_and_redis: RealStack) -> None:
    url = postgres_and_redis.env["DATABASE_URL"]
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url.replace(password, "wrong"))


@pytest.mark.parametrize("command", [["KEYS", "*"], ["FLUSHALL"], ["CONFIG", "GET", "*"], ["SET", "other:key", "1"]])
async def test_the_engine_may_do_nothing_dangerous_in_redis(postgres_and_redis: RealStack, command: list[str]) -> None:
    async with Redis.from_url(postgres_and_redis.env["REDIS_URL"]) as client:
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command)


async def test_the_engine_may_do_what_it_needs_in_redis(postgres_and_redis: RealStack) -> None:
    async with Redis.from_url(postgres_and_redis.env["REDIS_URL"]) as client:
        await client.set("lr:some:key", "1", ex=5)
        assert await client.eval("return redis.call('GET', KEYS[1])", 1, "lr:some:key") == b"1"
        await client.xadd("lr:some:stream", {"a": "1"})
        await client.publish("lr:some:channel", "1")
        assert (await client.info("server"))["redis_version"]


async def test_workflows_read_the_counters_of_the_day_and_write_only_their_own_keys(
    postgres_and_redis: RealStack,
) -> None:
    async with (
        Redis.from_url(postgres_and_redis.env["LEAD_REVIVER_N8N_REDIS_URL"]) as n8n,
        Redis.from_url(postgres_and_redis.env["REDIS_URL"]) as engine,
    ):
        await engine.hset("lr:day:2026-01-01", "replies", 3)
        await n8n.set("n8n:some:key", "1")
        assert await n8n.hget("lr:day:2026-01-01", "replies") == b"3"
        with pytest.raises(NoPermissionError):
            await n8n.hset("lr:day:2026-01-01", "replies", 4)
        with pytest.raises(NoPermissionError):
            await n8n.get("lr:conversation:1")


async def test_nobody_gets_into_redis_without_a_name(postgres_and_redis: RealStack) -> None:
    address = postgres_and_redis.env["REDIS_URL"].partition("@")[2]
    async with Redis.from_url(f"redis://{address}") as client:
        with pytest.raises((AuthenticationError, ResponseError)):
            await client.ping()


async def test_tests_may_empty_redis_as_its_admin(postgres_and_redis: RealStack) -> None:
    async with Redis.from_url(postgres_and_redis.env["REDIS_URL"]) as client:
        await client.set("lr:some:key", "1")
        await flush_redis(postgres_and_redis)
        assert await client.get("lr:some:key") is None
