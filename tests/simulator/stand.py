"""A running simulator and a small business on the other side, both on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from lead_reviver.simulator.server import SimulatorServer
from lead_reviver.simulator.settings import SimulatorSettings

APP_SECRET = "test-app-secret"
VERIFY_TOKEN = "test-verify-token"
ACCESS_TOKEN = "test-access-token"
NUMBER = "700800900100"
ACCOUNT = "900100200300400"
ANA = "+34611222333"
PATIENCE = 5.0

QUICK = {
    "sent_seconds": [0, 0],
    "delivered_seconds": [0, 0],
    "retry_first_seconds": 0.02,
    "template_review_seconds": [0, 0],
}


class Receiver:
    """Stands where the gateway stands: checks signatures, keeps every body, answers what it is told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.refused = 0
        self.answers: list[int] = []
        """HTTP statuses for the next bodies; 200 when empty."""
        self._news = asyncio.Event()

    def forget(self) -> None:
        """Start with no webhooks."""
        self.bodies.clear()
        self.answers.clear()
        self.refused = 0

    async def take(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            ours = request.query.get("hub.verify_token") == VERIFY_TOKEN
            return web.Response(text=request.query["hub.challenge"]) if ours else web.Response(status=403)
        raw = await request.read()
        expected = "sha256=" + hmac.new(APP_SECRET.encode(), raw, "sha256").hexdigest()
        assert hmac.compare_digest(expected, request.headers["X-Hub-Signature-256"])
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.bodies.append(raw)
        else:
            self.refused += 1
        self._news.set()
        return web.Response(status=status)

    def changes(self, field: str = "messages") -> list[dict[str, Any]]:
        """The values of every change of a field, in order of arrival."""
        return [
            change["value"]
            for raw in self.bodies
            for entry in json.loads(raw)["entry"]
            for change in entry["changes"]
            if change["field"] == field
        ]

    def messages(self) -> list[dict[str, Any]]:
        return [message for value in self.changes() for message in value.get("messages", [])]

    def statuses(self, wamid: str | None = None) -> list[dict[str, Any]]:
        found = [status for value in self.changes() for status in value.get("statuses", [])]
        return [status for status in found if wamid in (None, status["id"])]

    async def until(self, condition: Any, patience: float = PATIENCE) -> None:
        """Wait until the condition holds; fails after `patience` seconds."""
        async with asyncio.timeout(patience):
            while not condition():
                self._news.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 0.05)

    async def statuses_of(self, wamid: str, *names: str) -> list[dict[str, Any]]:
        """Wait until a message has these statuses, and return all it has."""
        await self.until(lambda: set(names) <= {status["status"] for status in self.statuses(wamid)})
        return self.statuses(wamid)


class Stand:
    """The simulator as the business and the lead use it."""

    def __init__(self, client: aiohttp.ClientSession, receiver: Receiver, settings: SimulatorSettings) -> None:
        self.client = client
        self.business = receiver
        self.settings = settings

    async def call(self, method: str, path: str, *, token: str = ACCESS_TOKEN, **options: Any) -> tuple[int, Any]:
        """One Graph call; returns the HTTP status and the JSON."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.client.request(method, path, headers=headers, **options) as answer:
            return answer.status, await answer.json(content_type=None)

    async def send(self, **request: Any) -> tuple[int, Any]:
        body = {"messaging_product": "whatsapp", **request}
        return await self.call("POST", f"/v26.0/{NUMBER}/messages", json=body)

    async def text(self, body: str = "Hi", to: str = ANA, **more: Any) -> str:
        """Send a text that is accepted; returns its id."""
        status, answer = await self.send(to=to, type="text", text={"body": body}, **more)
        assert status == 200, answer
        return str(answer["messages"][0]["id"])

    async def ask(self, method: str, path: str, value: Any = None, *, expect: int | None = None) -> Any:
        """One call of the phone or the controls."""
        async with self.client.request(method, path, json=value) as answer:
            assert answer.status == expect if expect else answer.status < 300, await answer.text()
            return await answer.json(content_type=None)

    async def control(self, **patch: Any) -> Any:
        return await self.ask("PATCH", "/simulator/control", patch)

    async def lead(self, phone: str | None = ANA, *, writes: bool = True, **details: Any) -> Any:
        """Make a lead; one who has written has an open window."""
        lead = await self.ask("POST", "/simulator/leads", {"name": "Ana", "phone": phone, **details})
        if writes:
            await self.says(lead, "Hello")
            await self.business.until(self.business.messages)
        return lead

    async def says(self, lead: Any, words: str | None = None, **action: Any) -> Any:
        value = {"type": "text", "text": {"body": words}, **action} if words is not None else action
        return await self.ask("POST", f"/simulator/leads/{lead['id']}/messages", value)

    async def thread(self, lead: Any) -> list[dict[str, Any]]:
        return list((await self.ask("GET", f"/simulator/leads/{lead['id']}/messages"))["messages"])

    async def start_over(self) -> None:
        """Forget people, messages and faults on both sides, once what was on its way has arrived."""
        await self.ask("POST", "/simulator/reset")
        async with asyncio.timeout(PATIENCE):
            while (await self.counts())["webhooks"]["pending"]:
                await asyncio.sleep(0.01)
        await self.control(**QUICK)
        self.business.forget()

    async def counts(self) -> Any:
        return await self.ask("GET", "/simulator/counts")


class QuietServer(SimulatorServer):
    """Leaves the signals of the test run alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def settings_for(data_dir: Path | None = None) -> SimulatorSettings:
    """Return settings on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return SimulatorSettings(
        app_secret=APP_SECRET,
        verify_token=VERIFY_TOKEN,
        access_token=ACCESS_TOKEN,
        phone_number_id=NUMBER,
        business_account_id=ACCOUNT,
        port=port,
        data_dir=data_dir,
    )


@contextlib.asynccontextmanager
async def running(data_dir: Path | None = None) -> AsyncIterator[Stand]:
    """Run the simulator and the receiver until the block ends."""
    receiver = Receiver()
    site = web.Application(client_max_size=4 * 1024 * 1024)
    site.router.add_route("*", "/webhooks/whatsapp", receiver.take)
    runner = web.AppRunner(site)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    port = runner.addresses[0][1]
    settings = replace(settings_for(data_dir), webhook_url=f"http://127.0.0.1:{port}/webhooks/whatsapp")
    server = QuietServer(settings)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{settings.port}") as client:
            stand = Stand(client, receiver, settings)
            await stand.control(**QUICK)
            yield stand
    finally:
        server.should_exit = True
        await serving
        await runner.cleanup()
