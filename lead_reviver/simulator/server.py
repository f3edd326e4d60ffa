"""A stand-in for Meta: the Graph API we use, signed webhooks back, and a phone in the browser.

It keeps to Meta's documented contract and knows nothing of the engine. Three faces on one port:

Graph API, Bearer token, with or without a version in front (`/v26.0/…`):
    POST   /{phone_number_id}/messages                 every kind we send; mark as read; typing
    POST   /{phone_number_id}/marketing_messages       marketing templates
    POST   /{phone_number_id}/media                    multipart upload
    POST, DELETE /{phone_number_id}/block_users
    GET, DELETE  /{media_id}                           link for five minutes; the link needs the token too
    GET    /{phone_number_id | waba_id | template_id}?fields=…,health_status
    GET, POST, DELETE /{waba_id}/message_templates     POST /{template_id}, /{template_id}/unpause
    GET    /{waba_id}/phone_numbers                    GET, POST, DELETE /{waba_id}/subscribed_apps

The phone, `/phone` (`/` leads there), and what it uses, without a token:
    GET, POST /simulator/leads                         {name, phone?, wa_id?, bsuid?, username?, language?,
                                                        hides_phone?, last_wrote_at?, history?: [{direction, text,
                                                        at, wamid?, status?}]}; a known number is found, not made again
    GET, PATCH /simulator/leads/{id}                   name, username, language, hides_phone, on_whatsapp, online,
                                                       read_receipts, blocked, last_wrote_at, phone_seen_at
    GET, POST /simulator/leads/{id}/messages           the chat; write as the lead, in Meta's own shape for the kind:
        text, image, video, audio, document, sticker (no id: a sample), location, contacts, order, interactive, button,
        unsupported; reaction {message_id, emoji}; edit {original_message_id, text}; revoke {original_message_id};
        {type: tap, message_id, id} a button, list row or quick reply; {type: number_change, phone};
        {type: marketing, value: stop | resume}; beside any message context {id}, referral, forwarded, timestamp
    POST   /simulator/leads/{id}/read                  the lead looks at the chat
    POST   /simulator/leads/{id}/messages/{wamid}/played
    POST   /simulator/leads/{id}/media?filename=       raw body; GET /simulator/media/{media_id}
    PUT    /simulator/media/{media_id}?filename=&days= raw body with its Content-Type, kept (7 days) under an id that
                                                       messages from before name already; digits only
    GET    /simulator/events                           server-sent: message, lead, typing, resync, reset
    GET    /simulator/business

Tests and benchmarks, without a token:
    GET, PATCH /simulator/control                      the fields of `behaviour.Behaviour`: faults, limits, delays
    GET    /simulator/sent?lead_id=&since=&limit=      everything accepted, as asked for, with its status
    GET    /simulator/counts                           sends by result, webhooks by result, what is pending
    POST   /simulator/inject                           {messages, leads, per_body, lanes, per_second, text, first_phone}
    POST   /simulator/templates/{name}/{language}      {status}: APPROVED, PAUSED, DISABLED, REJECTED, PENDING
    POST   /simulator/webhook                          {field, value}: any other webhook, signed and sent as it is
    POST   /simulator/verify-webhook                   the GET handshake
    POST   /simulator/reset                            as if just started; templates and files stay
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lead_reviver.simulator.connections import CuttableProtocol
from lead_reviver.simulator.control_api import control_routes
from lead_reviver.simulator.files_api import files_routes
from lead_reviver.simulator.graph_api import graph_routes
from lead_reviver.simulator.leads_api import leads_routes
from lead_reviver.simulator.settings import SimulatorSettings
from lead_reviver.simulator.simulator import Simulator

PHONE = Path(__file__).parent / "phone"
PHONE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)


class BrowserGuard:
    """Keeps other websites from driving the simulator through somebody's browser, and the phone page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse calls that another site's page makes; add the phone's content policy."""
        path = scope.get("path", "")
        if path.startswith("/simulator/") and (b"sec-fetch-site", b"cross-site") in scope["headers"]:
            await Response("Calls from other sites are refused.", 403)(scope, receive, send)
            return
        if not path.startswith("/phone"):
            await self._app(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = PHONE_POLICY
                headers["Cache-Control"] = "no-cache"
            await send(message)

        await self._app(scope, receive, send_with_policy)


def build_app(settings: SimulatorSettings) -> Starlette:
    """Build the server; `app.state.simulator` is the world behind it."""
    simulator = Simulator(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with simulator.running():
            yield

    async def to_phone(_: Request) -> Response:
        return RedirectResponse("/phone/")

    app = Starlette(
        routes=[
            *graph_routes(simulator),
            *leads_routes(simulator),
            *files_routes(simulator),
            *control_routes(simulator),
            Route("/", to_phone),
            Route("/phone", to_phone),
            Mount("/phone", StaticFiles(directory=PHONE, html=True)),
        ],
        lifespan=lifespan,
    )
    app.add_middleware(BrowserGuard)
    app.state.simulator = simulator
    return app


class SimulatorServer(uvicorn.Server):
    """uvicorn that ends the live streams first, so that it need not wait for open phones."""

    def __init__(self, settings: SimulatorSettings) -> None:
        app = build_app(settings)
        self._simulator: Simulator = app.state.simulator
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http=CuttableProtocol,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=2,
                timeout_keep_alive=75,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the streams, then everything else."""
        self._simulator.events.close()
        await super().shutdown(sockets)


def main() -> None:
    """Run the simulator until it is told to end; raises `SettingsError`."""
    SimulatorServer(SimulatorSettings.from_environment()).run()


if __name__ == "__main__":
    main()
