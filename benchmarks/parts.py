"""The real parts under measurement: Postgres, Redis and the simulator for the whole run, our servers one at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import psutil

from benchmarks.load import Answers
from lead_reviver.local.engine import child_environment
from lead_reviver.local.folders import PROJECT_ROOT
from lead_reviver.local.processes import die_with_parent
from tests.real_stack import RealStack, make_workspace

NEVER_SECONDS = (604_800, 604_800)
MESSAGES_PER_SECOND = 1000
"""What Meta lets a large number send."""
LONGEST_WAIT_SECONDS = 300.0


class NotMeasured(Exception):
    """The figure could not be measured; the message says why."""


@dataclass(slots=True)
class Server:
    """One of our servers, running."""

    pid: int
    port: int

    @property
    def megabytes(self) -> float:
        """Resident memory now."""
        return psutil.Process(self.pid).memory_info().rss / 1_000_000

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


class Parts:
    """What every measurement works with."""

    def __init__(self, stack: RealStack, http: aiohttp.ClientSession, admin: asyncpg.Connection) -> None:
        self.stack, self.http, self.admin = stack, http, admin
        self.simulator_url = stack.env["WHATSAPP_GRAPH_URL"]
        self.servers: dict[str, int] = {}
        """Process ids by name, of our servers that run now."""

    @contextlib.asynccontextmanager
    async def bare_server(self) -> AsyncIterator[Server]:
        """Run the yardstick of the gateway."""
        port = free_port()
        async with self._server("bare server", ["-m", "benchmarks.bare_server", str(port)], {}, port, "/") as server:
            yield server

    @contextlib.asynccontextmanager
    async def serve(self, parts: str, **settings: str) -> AsyncIterator[Server]:
        """Run `lead-reviver serve` with these parts, without a quiet time, where the simulator's webhooks go."""
        port = int(self.stack.env["LEAD_REVIVER_PORT"])
        env = {**self.stack.env, "LEAD_REVIVER_QUIET_SECONDS": "0", "LEAD_REVIVER_RUNNER": "inline", **settings}
        argv = ["-m", "lead_reviver.cli", "serve", "--parts", parts]
        async with self._server(parts, argv, env, port, "/healthz") as server:
            yield server

    @contextlib.asynccontextmanager
    async def _server(
        self, name: str, argv: list[str], env: Mapping[str, str], port: int, path: str
    ) -> AsyncIterator[Server]:
        log = self.stack.data_dir.log(f"benchmark-{name}")
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: ASYNC220 - milliseconds, before anything is measured
                [sys.executable, *argv],
                env=child_environment(env),
                cwd=PROJECT_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads are running yet
            )
        self.servers[name] = process.pid
        try:
            await eventually(lambda: self._answers(f"http://127.0.0.1:{port}{path}"), f"{name} starts")
            yield Server(process.pid, port)
        finally:
            del self.servers[name]
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, 10)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)

    async def _answers(self, url: str) -> bool:
        try:
            async with self.http.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def ask_simulator(self, method: str, path: str, **json: Any) -> Any:
        """Call the simulator's control API."""
        async with self.http.request(
            method, f"{self.simulator_url}/simulator{path}", json=json or None, timeout=aiohttp.ClientTimeout(600)
        ) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def statuses(self, *, come: bool) -> None:
        """Let the simulator report what becomes of messages (sent, delivered, read), or keep it quiet."""
        calm = {"sent_seconds": (0.1, 0.4), "delivered_seconds": (0.2, 0.9), "read_seconds": (0.2, 1.0)}
        quiet = dict.fromkeys(calm, NEVER_SECONDS)
        await self.ask_simulator("PATCH", "/control", **(calm if come else quiet))

    async def replies_sent(self) -> int:
        """Return how many messages the simulator has accepted."""
        counts = await self.ask_simulator("GET", "/counts")
        return int(counts["sends"].get("accepted", 0))

    async def metric(self, server: Server, name: str) -> float:
        """Return one of the server's own counters."""
        async with self.http.get(f"{server.url}/metrics") as answer:
            found = re.search(rf"^{name} (\S+)$", await answer.text(), re.MULTILINE)
        if found is None:
            raise NotMeasured(f"the server does not tell {name}")
        return float(found[1])

    async def is_idle(self) -> bool:
        """Whether every event is applied and every turn has ended."""
        return not await self.admin.fetchval(
            "select exists (select from engine.inbox where state = 'new')"
            " or exists (select from public.turns where state in ('gathering', 'running', 'settling'))"
        )

    async def until_idle(self) -> None:
        """Wait until nothing is left to do."""
        await eventually(self.is_idle, "the relay finishes", every=0.1)

    async def restart(self, part: str) -> None:
        """Start a part of the stack again and wait until it is ready."""
        pid = self.stack.pid_of(part)
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        await asyncio.to_thread(self.stack.wait_until_restarted, part, pid, 180)

    async def forget_events(self) -> None:
        """Empty the inbox, so that no relay applies what only the gateway was measured with."""
        await self.admin.execute("truncate engine.inbox")


@contextlib.asynccontextmanager
async def connected(stack: RealStack) -> AsyncIterator[Parts]:
    """Give the parts of a stack, with a channel that may send as fast as Meta lets a large number."""
    admin = await asyncpg.connect(stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
    async with aiohttp.ClientSession() as http:
        try:
            parts = Parts(stack, http, admin)
            workspace = await make_workspace(stack)
            await admin.execute(
                "update public.channels set phone_number_id = $2, business_account_id = $3, messages_per_second = $4"
                " where id = $1",
                workspace.channel_id,
                stack.env["WHATSAPP_PHONE_NUMBER_ID"],
                stack.env["WHATSAPP_BUSINESS_ACCOUNT_ID"],
                MESSAGES_PER_SECOND,
            )
            await parts.ask_simulator(
                "PATCH", "/control", rate_per_second=None, pair_burst=None, window_enforced=False, seed=7
            )
            await parts.statuses(come=False)
            yield parts
        finally:
            await admin.close()


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def eventually(check: Callable[[], Awaitable[bool]], what: str, every: float = 0.05) -> None:
    """Wait until `check()` is true. Raises `NotMeasured`, naming `what`, when that takes too long."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not await check():
        if time.monotonic() > deadline:
            raise NotMeasured(f"{what}: not within {LONGEST_WAIT_SECONDS:.0f} s")
        await asyncio.sleep(every)


def all_kept(answers: Answers) -> Answers:
    """Return the answers. Raises `NotMeasured` when a request was refused: speed without keeping is worth nothing."""
    if answers.refused:
        raise NotMeasured(f"{answers.refused} of {answers.refused + len(answers.latencies)} requests were refused")
    return answers
