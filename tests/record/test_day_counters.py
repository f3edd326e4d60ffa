"""The day's numbers are the sum of what every generation of counters has shown, however the totals arrive."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest
import pytest_asyncio

from .servers import Postgres
from .world import new_id

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

DAY = date(2026, 11, 20)
FIRST, SECOND = new_id(), new_id()
APPLY = "select public.apply_day_counters($1, $2, $3, $4)"


@pytest_asyncio.fixture(loop_scope="session")
async def engine(hosted: Postgres) -> AsyncIterator[asyncpg.Connection]:
    connection = await _as_engine(hosted)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace_id(engine: asyncpg.Connection) -> str:
    workspace_id = new_id()
    await engine.execute("insert into workspaces (id, name) values ($1, 'Costa Homes')", workspace_id)
    return workspace_id


async def _as_engine(hosted: Postgres) -> asyncpg.Connection:
    admin = await hosted.connect()
    await admin.execute("alter role engine login")
    await admin.close()
    return await hosted.connect("engine")


async def apply(connection: asyncpg.Connection, workspace_id: str, generation: str, **counters: int) -> None:
    await connection.execute(APPLY, workspace_id, DAY, generation, json.dumps(counters))


async def numbers(connection: asyncpg.Connection, workspace_id: str) -> dict[str, int]:
    rows = await connection.fetch("select metric, value from daily_metrics where workspace_id = $1", workspace_id)
    return {row["metric"]: row["value"] for row in rows}


async def test_totals_that_arrive_twice_count_once(engine: asyncpg.Connection, workspace_id: str):
    for _ in range(3):
        await apply(engine, workspace_id, FIRST, replies=5, meetings=1)
    assert await numbers(engine, workspace_id) == {"replies": 5, "meetings": 1}


@pytest.mark.parametrize("order", itertools.permutations([(FIRST, 3), (FIRST, 5), (SECOND, 2), (SECOND, 4)]))
async def test_totals_in_any_order_end_in_the_same_sum(
    engine: asyncpg.Connection, workspace_id: str, order: tuple[tuple[str, int], ...]
):
    for generation, total in order:
        await apply(engine, workspace_id, generation, replies=total)
    assert await numbers(engine, workspace_id) == {"replies": 5 + 4}


async def test_a_metric_that_a_generation_does_not_name_stays(engine: asyncpg.Connection, workspace_id: str):
    await apply(engine, workspace_id, FIRST, replies=5, meetings=1)
    await apply(engine, workspace_id, SECOND, replies=2)
    await apply(engine, workspace_id, SECOND)
    assert await numbers(engine, workspace_id) == {"replies": 7, "meetings": 1}


async def test_two_generations_at_the_same_moment_are_both_counted(
    hosted: Postgres, engine: asyncpg.Connection, workspace_id: str
):
    other = await _as_engine(hosted)
    slow = engine.transaction()
    await slow.start()
    await apply(engine, workspace_id, FIRST, replies=5)
    waiting = asyncio.create_task(apply(other, workspace_id, SECOND, replies=2))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await slow.commit()
    await waiting
    await other.close()
    assert await numbers(engine, workspace_id) == {"replies": 7}


@pytest.mark.parametrize("counters", [{"Not a metric": 1}, {"replies": -1}])
async def test_what_is_no_counter_is_refused_whole(
    engine: asyncpg.Connection, workspace_id: str, counters: dict[str, int]
):
    with pytest.raises(asyncpg.CheckViolationError):
        await apply(engine, workspace_id, FIRST, meetings=1, **counters)
    assert await numbers(engine, workspace_id) == {}


async def test_another_workspace_and_another_day_are_left_alone(engine: asyncpg.Connection, workspace_id: str):
    rivals = new_id()
    await engine.execute("insert into workspaces (id, name) values ($1, 'Rivals')", rivals)
    await apply(engine, rivals, FIRST, replies=9)
    await apply(engine, workspace_id, FIRST, replies=1)
    await engine.execute(APPLY, workspace_id, date(2026, 11, 21), FIRST, json.dumps({"replies": 4}))
    assert await numbers(engine, rivals) == {"replies": 9}
    days = await engine.fetch("select value from daily_metrics where workspace_id = $1 order by day", workspace_id)
    assert [row["value"] for row in days] == [1, 4]
