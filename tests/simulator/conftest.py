"""A fresh simulator for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.simulator.stand import Stand, running


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with running() as each:
        yield each
