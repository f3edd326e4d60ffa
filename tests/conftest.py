"""Fixtures that any test may ask for. What they give is described in tests/real_stack.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from tests.fakes import GraphStandIn
from tests.integration.engine_process import PREVIOUS_SECRET, EngineProcess, Link, an_engine
from tests.integration.workbench import Workbench, a_workbench
from tests.real_stack import RealStack, running_stack

# The same examples in every run, and no test depends on how fast the machine is.
settings.register_profile("lead-reviver", derandomize=True, deadline=None)
settings.load_profile("lead-reviver")


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


@pytest.fixture(scope="session")
def n8n_stack() -> Iterator[RealStack]:
    """The same with a real n8n, provisioned from this repository; the relay hands it the turns."""
    env = {"LEAD_REVIVER_QUIET_SECONDS": "0.2", "LEAD_REVIVER_N8N_PATIENCE_SECONDS": "3"}
    with running_stack(n8n=True, env=env) as running:
        yield running


@pytest.fixture(scope="session")
def graph() -> Iterator[GraphStandIn]:
    """A Graph API that accepts what is sent, unless a test says otherwise."""
    graph = GraphStandIn()
    graph.start()
    yield graph
    graph.stop()


@pytest.fixture
async def bench(postgres_and_redis: RealStack, graph: GraphStandIn) -> AsyncIterator[Workbench]:
    """The engine's parts in the test's own process, with a workspace."""
    async with a_workbench(postgres_and_redis, graph) as workbench:
        yield workbench


@pytest.fixture(scope="session")
def engine_parts() -> Iterator[RealStack]:
    """PostgreSQL, Redis and Supabase Lite for the engine process alone: its relay takes every turn it finds."""
    with running_stack("postgres", "redis", "supabase") as stack:
        yield stack


@pytest.fixture(scope="session")
def database_link(engine_parts: RealStack) -> Iterator[Link]:
    """The engine process's way to its database, which a test may cut."""
    link = Link(engine_parts.env["DATABASE_URL"])
    yield link
    link.close()


@pytest.fixture(scope="session")
def engine(engine_parts: RealStack, graph: GraphStandIn, database_link: Link) -> Iterator[EngineProcess]:
    """Gateway, relay, steps and API in a process of their own."""
    over_link = database_link.over(engine_parts.env["DATABASE_URL"])
    with an_engine(
        engine_parts, graph, DATABASE_URL=over_link, WHATSAPP_APP_SECRET_PREVIOUS=PREVIOUS_SECRET
    ) as running:
        yield running
