"""A stand-in for n8n: it takes the webhook's calls as n8n does, calls the steps of a real engine, and can go wrong.

async with steps_over_http(bench) as steps_url, an_n8n(steps_url) as n8n, a_relay(bench, n8n) as relay:
    n8n.will(breaks_off(after="reply"))
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import jwt
import uvicorn
from aiohttp import web
from fastapi import FastAPI

from lead_reviver.api.problems import explain_problems
from lead_reviver.api.steps import steps_router
from lead_reviver.api.workflows import workflows_router
from lead_reviver.n8n.calls import N8nCalls
from lead_reviver.relay.relay import Batches, Relay, RelaySettings
from lead_reviver.relay.runner import Health, InlineRunner, N8nRunner, Runners, Setting
from lead_reviver.relay.statuses import apply_statuses
from lead_reviver.steps.order import STEPS
from tests.integration.engine_process import free_port
from tests.integration.workbench import Workbench
from tests.real_stack import eventually

STEPS_KEY = "a key of the tests for the steps"
PATIENCE = 1.0
"""Seconds; shorter than the product's own, so that tests are short."""

Body = dict[str, Any]
"""A batch as it travels: lease, turns, ended."""
Behaviour = Callable[["N8nStandIn", web.Request, Body], Awaitable[web.StreamResponse]]


@dataclass
class N8nStandIn:
    """Carries batches through the steps, unless it is told to do something else with one."""

    steps_url: str
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=free_port)
    always: Behaviour | None = None
    """What becomes of every call that nothing else was lined up for, also of the relay's probes."""
    statuses: Behaviour | None = None
    """What becomes of the calls for statuses; None: they are applied."""
    batches: list[Body] = field(default_factory=list)
    """Every batch it was given, without the relay's probes."""
    calendar: Callable[[dict[str, Any]], Awaitable[web.StreamResponse]] | None = None
    """What answers a change of a meeting; None: no such workflow is active."""
    probes: int = 0
    answered: list[Body] = field(default_factory=list)
    """What the last step answered for each batch that it carried to the end."""
    _lined_up: deque[Behaviour] = field(default_factory=deque)
    _server: web.AppRunner | None = None
    _session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def will(self, *behaviours: Behaviour) -> None:
        """Line up what becomes of the next batches."""
        self._lined_up.extend(behaviours)

    async def start(self) -> None:
        """Be there."""
        app = web.Application()
        app.router.add_get("/healthz/readiness", self._readiness)
        app.router.add_post("/webhook/inbound-messages", self._inbound)
        app.router.add_post("/webhook/delivery-statuses", self._statuses)
        app.router.add_post("/webhook/meeting-events", self._meeting)
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {STEPS_KEY}"})
        self._server = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._server.setup()
        await web.TCPSite(self._server, "127.0.0.1", self.port).start()

    async def die(self) -> None:
        """Be gone, with everything that was under way."""
        if self._server is not None:
            await self._server.cleanup()
            self._server = None
        if self._session is not None:
            await self._session.close()

    async def step(self, name: str, batch: Body) -> Body:
        """Call one step of the engine."""
        return dict(await self._post(f"steps/{name}", batch))

    async def steps(self, batch: Body, *, until: str | None = "sync", times: int = 1, pause: float = 0.0) -> Body:
        """Call the steps in order, up to and with `until`; none when that is None."""
        for name in STEPS if until is not None else ():
            await asyncio.sleep(pause)
            for _ in range(times):
                answered = await self.step(name, batch)
            batch = answered
            if name == until:
                break
        return batch

    async def carry(self, batch: Body, **how: Any) -> web.Response:
        """Call all steps and answer as the workflow does."""
        ended = await self.steps(batch, **how)
        if batch["turns"]:
            self.answered.append(ended)
        return web.json_response(ended)

    async def report(self, node: str, turns: list[str] | None) -> None:
        """Report a failed step to the engine as the workflow does."""
        failed = {"workflow_id": "inbound", "workflow_name": "Process inbound messages", "execution_id": "7"}
        await self._post("steps/report-failure", {**failed, "node": node, "reason": "it broke", "turns": turns})

    async def _post(self, path: str, body: object) -> Any:
        assert self._session is not None
        async with self._session.post(f"{self.steps_url}/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    def _knows(self, request: web.Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            jwt.decode(token, self.key, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return False
        return True

    async def _readiness(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})

    async def _inbound(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request):
            return web.Response(status=403)
        batch = await request.json()
        if batch["turns"]:
            self.batches.append(batch)
        else:
            self.probes += 1
        if batch["turns"] and self._lined_up:
            return await self._lined_up.popleft()(self, request, batch)
        if self.always is not None:
            return await self.always(self, request, batch)
        return await self.carry(batch)

    async def _statuses(self, request: web.Request) -> web.StreamResponse:
        if self.statuses is not None:
            return await self.statuses(self, request, {})
        return web.json_response(await self._post("steps/apply-statuses", {}))

    async def _meeting(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request):
            return web.Response(status=403)
        if self.calendar is None:
            return web.Response(status=404)
        return await self.calendar(await request.json())


def refuses(status: int) -> Behaviour:
    """Answer with a status and do nothing: 401 and 403 for the key, 404 for no workflow, 503 while it starts."""

    async def behave(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        return web.json_response({"code": status, "message": "no"}, status=status)

    return behave


def says(body: bytes) -> Behaviour:
    """Answer 200 with this, and do nothing."""

    async def behave(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    return behave


async def echoes(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
    """Answer about the right turns, and do nothing."""
    return web.json_response(_all_replied(batch))


async def does_half(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
    """Carry half of the batch, and answer about that half alone."""
    return await n8n.carry(_half_of(batch))


async def claims_all(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
    """Carry half of the batch, and say that all of it was done."""
    await n8n.steps(_half_of(batch))
    return web.json_response(_all_replied(batch))


def _half_of(batch: Body) -> Body:
    return {**batch, "turns": batch["turns"][: len(batch["turns"]) // 2]}


def _all_replied(batch: Body) -> Body:
    return {**batch, "turns": [], "ended": [{"outcome": "replied", "turns": batch["turns"]}]}


def breaks_off(after: str | None) -> Behaviour:
    """Carry the batch up to and with a step, then die over it."""

    async def behave(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        await n8n.steps(batch, until=after)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return behave


def breaks_off_during(step: str, after_seconds: float) -> Behaviour:
    """Die while the engine is at work on a step."""

    async def behave(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        before = list(STEPS)[list(STEPS).index(step) - 1]
        batch = await n8n.steps(batch, until=before)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(n8n.step(step, batch), after_seconds)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return behave


def falls_silent(after: str | None) -> Behaviour:
    """Carry the batch up to and with a step, then neither answer nor hang up."""

    async def behave(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        await n8n.steps(batch, until=after)
        await asyncio.sleep(60)
        return web.Response()

    return behave


def fails_at(step: str) -> Behaviour:
    """Carry the batch up to a step that fails, report that, and answer as the workflow's error branch does."""

    async def behave(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        names = list(STEPS)
        before = names[names.index(step) - 1] if names.index(step) else None
        await n8n.steps(batch, until=before)
        await n8n.report(step, batch["turns"])
        return web.json_response({"error": "a step failed"}, status=502)

    return behave


def takes_its_time(pause: float) -> Behaviour:
    """Carry the batch with a pause before each step."""

    async def behave(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        return await n8n.carry(batch, pause=pause)

    return behave


async def calls_twice(n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
    """Call every step twice, as a node does that had no answer the first time."""
    return await n8n.carry(batch, times=2)


@dataclass
class ComesBackLate:
    """Carry the batch up to a step, fall silent, and go on with the old leases when it is let."""

    after: str | None
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Future[Body] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def __call__(self, n8n: N8nStandIn, request: web.Request, batch: Body) -> web.StreamResponse:
        before = await n8n.steps(batch, until=self.after)
        task = asyncio.create_task(self._go_on(n8n, before, batch))  # outlives the request
        return await asyncio.shield(task)

    async def _go_on(self, n8n: N8nStandIn, batch: Body, given: Body) -> web.StreamResponse:
        await self.goes_on.wait()
        names = list(STEPS)
        for name in names[names.index(self.after) + 1 if self.after else 0 :]:
            batch = await n8n.step(name, batch)
        await n8n.steps(given)  # and all of it once more, as when a run is repeated by hand
        self.ended.set_result(batch)
        return web.json_response(batch)


@contextlib.asynccontextmanager
async def steps_over_http(bench: Workbench) -> AsyncIterator[str]:
    """Publish the steps of a bench as the engine does; give their address."""
    app = FastAPI()
    explain_problems(app)
    app.include_router(workflows_router(bench.parts, STEPS_KEY, lambda: apply_statuses(bench.parts, bench.rules)))
    app.include_router(steps_router(bench.parts, STEPS_KEY))
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started, 5, "the steps over HTTP", every=0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.force_exit = server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def an_n8n(steps_url: str) -> AsyncIterator[N8nStandIn]:
    """Start a stand-in, and end it afterwards."""
    n8n = N8nStandIn(steps_url)
    await n8n.start()
    try:
        yield n8n
    finally:
        await n8n.die()


@dataclass
class RelayWithN8n:
    """A relay that runs, and what it knows about n8n."""

    relay: Relay
    runners: Runners
    health: Health

    async def until_healthy(self, seconds: float = 10) -> None:
        """Wait until n8n gets the turns."""

        async def healthy() -> bool:
            return self.health.is_up

        await eventually(healthy, seconds, "n8n gets the turns", every=0.01)


@contextlib.asynccontextmanager
async def a_relay(
    bench: Workbench,
    n8n: N8nStandIn,
    setting: Setting = "auto",
    patience: float = PATIENCE,
    ask_every: float | None = None,
) -> AsyncIterator[RelayWithN8n]:
    """Let a relay run that knows this n8n, wired as the engine wires it; `ask_every` hurries the questions to n8n."""
    async with N8nCalls(n8n.url, n8n.key) as calls:
        runner = N8nRunner(bench.parts, calls, patience)
        health = Health(runner.probe, calls.ready)
        if ask_every is not None:
            health.DOWN_SECONDS = health.UP_SECONDS = ask_every
        runners = Runners(setting, InlineRunner(bench.parts), runner, health)
        settings = RelaySettings(Batches(64), Batches(64), timedelta(seconds=30), bench.rules)
        relay = Relay(bench.parts, runners, settings, bench.stack.env["DATABASE_URL"], calls)
        health.start()
        relay.start()
        try:
            yield RelayWithN8n(relay, runners, health)
        finally:
            await health.stop()
            await relay.stop()
