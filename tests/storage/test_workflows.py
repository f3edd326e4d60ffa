"""What is known about n8n's workflows and their failed runs; both belong to the installation, not to a workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from lead_reviver.storage.database import connect_pool, new_id, transaction
from lead_reviver.storage.workflows import (
    Failure,
    Workflow,
    all_workflows,
    recent_failures,
    record_failure,
    record_workflows,
)
from tests.real_stack import RealStack

pytestmark = pytest.mark.stack

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def pool(postgres_and_redis: RealStack) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect_pool(postgres_and_redis.env["DATABASE_URL"], size=2)
    yield pool
    await pool.execute("delete from engine.workflow_failures")
    await pool.execute("delete from engine.workflows")
    await pool.close()


def a_workflow(name: str, **changes: object) -> Workflow:
    workflow = Workflow(name.replace(" ", "-").lower(), name, "1.0.0", "ab" * 32, "current", True, NOW)
    return replace(workflow, **changes)  # type: ignore[arg-type]


def a_failure(**changes: object) -> Failure:
    failure = Failure(new_id(), "reply", "Process inbound messages", "417", "Reply", "It did not answer.", 3, NOW)
    return replace(failure, **changes)  # type: ignore[arg-type]


async def test_what_was_found_in_n8n_is_known_until_it_is_looked_at_again(pool: asyncpg.Pool):
    first, second = a_workflow("Report the day"), a_workflow("Clean up sessions")
    async with transaction(pool) as connection:
        await record_workflows(connection, [first, second])
        await record_workflows(connection, [first, second])
        assert await all_workflows(connection) == [second, first]

        changed = replace(first, version="1.1.0", state="changed", checked_at=NOW + timedelta(hours=1))
        await record_workflows(connection, [changed, second])
        assert await all_workflows(connection) == [changed, second], "what needs an eye comes first"


async def test_a_workflow_that_is_not_shipped_any_more_is_forgotten(pool: asyncpg.Pool):
    kept, gone = a_workflow("Report the day"), a_workflow("Report the week")
    async with transaction(pool) as connection:
        await record_workflows(connection, [kept, gone])
        await record_workflows(connection, [kept])
        assert await all_workflows(connection) == [kept]


async def test_a_failed_run_that_is_reported_twice_is_one_failure(pool: asyncpg.Pool):
    failure = a_failure()
    async with transaction(pool) as connection:
        assert await record_failure(connection, failure)
        assert not await record_failure(connection, replace(failure, turns=0))
        assert await recent_failures(connection) == [failure]


async def test_the_newest_failed_runs_come_first(pool: asyncpg.Pool):
    recent = [a_failure(failed_at=NOW - timedelta(minutes=minutes)) for minutes in (1, 2, 3)]
    async with transaction(pool) as connection:
        for each in reversed(recent):
            await record_failure(connection, replace(each, execution_id=None, node=None))
        assert [each.id for each in await recent_failures(connection, 2)] == [each.id for each in recent[:2]]
