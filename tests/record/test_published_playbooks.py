"""A published version of a playbook stays as it was; drafts change, and everything goes with its workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from .servers import Postgres
from .world import new_id

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

SAVE = "insert into playbooks (id, workspace_id, name, version, body) values ($1, $2, 'Buyers', $3, '{}')"
PUBLISH = "update playbooks set published_at = now(), evaluation = '{}' where id = $1"


@pytest_asyncio.fixture(loop_scope="session")
async def engine(hosted: Postgres) -> AsyncIterator[asyncpg.Connection]:
    admin = await hosted.connect()
    await admin.execute("alter role engine login")
    await admin.close()
    connection = await hosted.connect("engine")
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace_id(engine: asyncpg.Connection) -> str:
    workspace_id = new_id()
    await engine.execute("insert into workspaces (id, name) values ($1, 'Costa Homes')", workspace_id)
    return workspace_id


async def a_version(engine: asyncpg.Connection, workspace_id: str, number: int, *, published: bool) -> str:
    playbook_id = new_id()
    await engine.execute(SAVE, playbook_id, workspace_id, number)
    if published:
        await engine.execute(PUBLISH, playbook_id)
    return playbook_id


@pytest.mark.parametrize(
    "change",
    ["body = '{\"name\": 1}'", "name = 'Other'", "version = 9", "published_at = null", "evaluation = null"],
)
async def test_a_published_version_never_changes(engine: asyncpg.Connection, workspace_id: str, change: str):
    published = await a_version(engine, workspace_id, 1, published=True)
    with pytest.raises(asyncpg.RestrictViolationError, match="does not change any more"):
        await engine.execute(f"update playbooks set {change} where id = $1", published)


async def test_a_published_version_is_not_deleted(engine: asyncpg.Connection, workspace_id: str):
    published = await a_version(engine, workspace_id, 1, published=True)
    with pytest.raises(asyncpg.RestrictViolationError):
        await engine.execute("delete from playbooks where id = $1", published)


async def test_a_draft_changes_and_is_deleted(engine: asyncpg.Connection, workspace_id: str):
    draft = await a_version(engine, workspace_id, 1, published=False)
    assert await engine.execute("update playbooks set body = '{\"a\": 1}' where id = $1", draft) == "UPDATE 1"
    assert await engine.execute("delete from playbooks where id = $1", draft) == "DELETE 1"


async def test_a_workspace_takes_its_playbooks_with_it(engine: asyncpg.Connection, workspace_id: str):
    await a_version(engine, workspace_id, 1, published=True)
    assert await engine.execute("delete from workspaces where id = $1", workspace_id) == "DELETE 1"
    assert await engine.fetchval("select count(*) from playbooks where workspace_id = $1", workspace_id) == 0
