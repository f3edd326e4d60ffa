"""The engine as a process of its own over parts that run already, with a Graph API and database link of the test's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import asyncpg
from uuid_utils.compat import uuid7

from lead_reviver.local.environment import standard_names
from tests.builders import signature
from tests.fakes import GraphStandIn
from tests.real_stack import RealStack, wait_until

PREVIOUS_SECRET = "the secret before the rotation"


@dataclass
class EngineProcess:
    """A running `lead-reviver serve`."""

    url: str
    env: dict[str, str] = field(repr=False)
    stack: RealStack = field(repr=False)
    graph: GraphStandIn
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def webhook(self) -> str:
        """Where Meta sends its webhooks."""
        return f"{self.url}/webhooks/whatsapp"

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        """Send a webhook body, signed unless `headers` says otherwise; return the HTTP status."""
        signed = signature(body, self.env["WHATSAPP_APP_SECRET"]) if headers is None else headers
        async with aiohttp.ClientSession() as session, session.post(self.webhook, data=body, headers=signed) as answer:
            await answer.read()
            return answer.status


@contextlib.contextmanager
def an_engine(stack: RealStack, graph: GraphStandIn, **env: str) -> Iterator[EngineProcess]:
    """Start an engine process over the parts of `stack`, and end it afterwards."""
    port = str(free_port())
    settings = {
        **stack.env,
        "LEAD_REVIVER_PORT": port,
        "LEAD_REVIVER_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LEAD_REVIVER_LOG_LEVEL": "DEBUG",
        "LEAD_REVIVER_QUIET_SECONDS": "0.1",
        "LEAD_REVIVER_QUIET_LIMIT_SECONDS": "1",
        "LEAD_REVIVER_RETRY_SECONDS": "0.1",
        "LEAD_REVIVER_SETTLE_SECONDS": "2",
        "WHATSAPP_GRAPH_URL": graph.url,
        "WHATSAPP_MEDIA_HOSTS": "127.0.0.1",
        **env,
    }
    settings.pop("LEAD_REVIVER_DASHBOARD_DIR", None)
    clean = {name: value for name, value in os.environ.items() if name not in standard_names()}
    folder = Path(tempfile.mkdtemp(prefix="lead-reviver-engine-"))
    log = folder / "engine.log"
    argv = [sys.executable, "-m", "lead_reviver.cli", "serve", "--parts", env.get("PARTS", "gateway,engine")]
    with log.open("wb") as output:
        process = subprocess.Popen(argv, env={**clean, **settings}, stdout=output, stderr=output)
    try:
        wait_until(lambda: process.poll() is not None or _listens(int(port)), 30, "the engine", every=0.05)
        assert process.poll() is None, log.read_text()
        yield EngineProcess(f"http://127.0.0.1:{port}", settings, stack, graph, process, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.unlink(missing_ok=True)
        folder.rmdir()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Link:
    """A way to a server that a test can cut: connections break, new ones are refused, until it is mended."""

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._target = (address.hostname or "127.0.0.1", address.port or 0)
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="link")
        self._thread.start()
        self.mend()

    def over(self, url: str) -> str:
        """Return an address of the server that leads over this link."""
        parts = urlsplit(url)
        return url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{self.port}")

    def mend(self) -> None:
        """Let connections through."""
        self._do(self._open())

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._do(self._close())

    def close(self) -> None:
        """End it."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    async def _open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection(*self._target)
            both = {writer, there_writer}
            self._writers |= both
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
            self._writers -= both


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(64 * 1024):
            writer.write(data)
            await writer.drain()
    writer.close()


async def a_business_number(stack: RealStack) -> str:
    """Set up a workspace without members and with a number of its own; return the phone number id."""
    number = str(700_000_000_000 + secrets.randbelow(99_000_000_000))
    workspace_id = str(uuid7())
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        await connection.execute(
            "insert into public.workspaces (id, name, time_zone, language, country, approval) "
            "values ($1, 'Costa Homes', 'Europe/Madrid', 'en', 'ES', false)",
            workspace_id,
        )
        await connection.execute(
            "insert into public.channels (id, workspace_id, phone_number_id, business_account_id, name) "
            "values ($1, $2, $3, $4, 'Sales')",
            str(uuid7()),
            workspace_id,
            number,
            str(900_000_000_000_000 + secrets.randbelow(99_000_000_000_000)),
        )
    finally:
        await connection.close()
    return number
