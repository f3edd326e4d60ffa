"""Fixtures that any test may ask for. What they give is described in tests/real_stack.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real_stack import RealStack, running_stack


@pytest.fixture(scope="session")
def postgres_and_redis() -> Iterator[RealStack]:
    """PostgreSQL with the migrations, and Redis."""
    with running_stack("postgres", "redis") as stack:
        yield stack


@pytest.fixture(scope="session")
def supabase() -> Iterator[RealStack]:
    """PostgreSQL, Redis and Supabase Lite."""
    with running_stack("postgres", "redis", "supabase") as stack:
        yield stack


@pytest.fixture(scope="session")
def stack() -> Iterator[RealStack]:
    """Everything that `make up` starts, with quick turns: no quiet time before an answer."""
    with running_stack(env={"LEAD_REVIVER_QUIET_SECONDS": "0.2"}) as running:
        yield running
