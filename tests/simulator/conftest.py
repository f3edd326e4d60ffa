"""A fresh simulator for each test, or one for all cases of a table."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.simulator.stand import Stand, running


@pytest_asyncio.fixture
async def stand() -> AsyncIterator[Stand]:
    async with running() as each:
        yield each


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_stand() -> AsyncIterator[Stand]:
    async with running() as each:
        yield each


@pytest_asyncio.fixture(loop_scope="module")
async def shared(one_stand: Stand) -> Stand:
    """The module's simulator, as if just started. Its tests run in the module's event loop."""
    await one_stand.start_over()
    return one_stand
