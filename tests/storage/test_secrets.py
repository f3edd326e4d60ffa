"""Secrets are unreadable without the key, and for any other workspace or name."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from lead_reviver.errors import SettingsError
from lead_reviver.storage.database import connect_pool, transaction
from lead_reviver.storage.secrets import SecretUnreadable, Vault, get_secret, put_secret, rotate
from tests.real_stack import RealStack, Workspace, make_workspace

TOKEN = "EAAG-a-token-of-meta"
NAME = "whatsapp_access_token"
OLD_KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture
async def pool(postgres_and_redis: RealStack) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect_pool(postgres_and_redis.env["DATABASE_URL"], size=2)
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def workspace(postgres_and_redis: RealStack) -> Workspace:
    return await make_workspace(postgres_and_redis)


async def test_a_secret_comes_back_and_the_newest_value_counts(pool: asyncpg.Pool, workspace: Workspace):
    vault = Vault(OLD_KEY)
    async with transaction(pool) as connection:
        await put_secret(connection, vault, workspace.workspace_id, NAME, "an older one")
        await put_secret(connection, vault, workspace.workspace_id, NAME, TOKEN)

        assert await get_secret(connection, vault, workspace.workspace_id, NAME) == TOKEN
        assert await get_secret(connection, vault, workspace.workspace_id, "another") is None


async def test_the_database_alone_tells_nothing(pool: asyncpg.Pool, workspace: Workspace):
    async with transaction(pool) as connection:
        await put_secret(connection, Vault(OLD_KEY), workspace.workspace_id, NAME, TOKEN)
        stored = await connection.fetchval(
            "select ciphertext from engine.secrets where workspace_id = $1", workspace.workspace_id
        )
        assert TOKEN.encode() not in stored

        with pytest.raises(SecretUnreadable) as refused:
            await get_secret(connection, Vault(NEW_KEY), workspace.workspace_id, NAME)
        assert TOKEN not in str(refused.value)
        assert refused.value.__cause__ is None


@pytest.mark.parametrize("thief", ["another workspace", "another name"])
async def test_a_ciphertext_copied_to_another_row_is_refused(
    pool: asyncpg.Pool, postgres_and_redis: RealStack, workspace: Workspace, thief: str
):
    vault, other = Vault(OLD_KEY), await make_workspace(postgres_and_redis)
    reader = (other.workspace_id, NAME) if thief == "another workspace" else (workspace.workspace_id, "webhook_secret")
    async with transaction(pool) as connection:
        await put_secret(connection, vault, workspace.workspace_id, NAME, TOKEN)
        await connection.execute(
            "insert into engine.secrets (workspace_id, name, ciphertext) "
            "select $2, $3, ciphertext from engine.secrets where workspace_id = $1",
            workspace.workspace_id,
            *reader,
        )
        with pytest.raises(SecretUnreadable) as refused:
            await get_secret(connection, vault, *reader)
        assert TOKEN not in str(refused.value)


async def test_after_a_rotation_the_old_key_can_go(pool: asyncpg.Pool, workspace: Workspace):
    async with transaction(pool) as connection:
        await connection.execute("delete from engine.secrets")
        for name in ("first", "second"):
            await put_secret(connection, Vault(OLD_KEY), workspace.workspace_id, name, f"value of {name}")

    async with transaction(pool) as connection:
        assert await rotate(connection, Vault(f"{NEW_KEY},{OLD_KEY}")) == 2

    async with transaction(pool) as connection:
        for name in ("first", "second"):
            secret = await get_secret(connection, Vault(NEW_KEY), workspace.workspace_id, name)
            assert secret == f"value of {name}"
            with pytest.raises(SecretUnreadable):
                await get_secret(connection, Vault(OLD_KEY), workspace.workspace_id, name)


async def test_a_rotation_that_cannot_read_everything_changes_nothing(pool: asyncpg.Pool, workspace: Workspace):
    async with transaction(pool) as connection:
        await connection.execute("delete from engine.secrets")
        await put_secret(connection, Vault(OLD_KEY), workspace.workspace_id, "first", TOKEN)
        await put_secret(connection, Vault(Fernet.generate_key().decode()), workspace.workspace_id, "second", TOKEN)

    with pytest.raises(SecretUnreadable):
        async with transaction(pool) as connection:
            await rotate(connection, Vault(f"{NEW_KEY},{OLD_KEY}"))

    async with transaction(pool) as connection:
        assert await get_secret(connection, Vault(OLD_KEY), workspace.workspace_id, "first") == TOKEN
        await connection.execute("delete from engine.secrets")


@pytest.mark.parametrize("keys", ["", "short", "not base64 at all!", f"{OLD_KEY},", f"{OLD_KEY},short"])
def test_a_key_that_is_none_is_said_at_start_without_its_value(keys: str):
    with pytest.raises(SettingsError) as refused:
        Vault(keys)
    assert "LEAD_REVIVER_ENCRYPTION_KEYS" in str(refused.value)
    assert "short" not in str(refused.value)
    assert OLD_KEY not in str(refused.value)


def test_spaces_after_a_comma_do_no_harm():
    sealed = Vault(OLD_KEY).seal("w", "n", TOKEN)
    assert Vault(f"{NEW_KEY}, {OLD_KEY}").open("w", "n", sealed) == TOKEN
