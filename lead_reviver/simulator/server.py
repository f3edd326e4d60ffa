"""A stand-in for Meta: the Graph API we use, signed webhooks back, and a phone in the browser.

It keeps to Meta's documented contract and knows nothing of the engine.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette

from lead_reviver.simulator.connections import CuttableProtocol
from lead_reviver.simulator.control_api import control_routes
from lead_reviver.simulator.graph_api import graph_routes
from lead_reviver.simulator.leads_api import leads_routes
from lead_reviver.simulator.settings import SimulatorSettings
from lead_reviver.simulator.simulator import Simulator


def build_app(settings: SimulatorSettings) -> Starlette:
    """Build the server; `app.state.simulator` is the world behind it."""
    simulator = Simulator(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with simulator.running():
            yield

    app = Starlette(
        routes=[*graph_routes(simulator), *leads_routes(simulator), *control_routes(simulator)], lifespan=lifespan
    )
    app.state.simulator = simulator
    return app


def main() -> None:
    """Run the simulator until it is told to end."""
    settings = SimulatorSettings.from_environment()
    uvicorn.run(
        build_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        http=CuttableProtocol,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
