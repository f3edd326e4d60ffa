"""An n8n of ours asks nobody outside: not for news, not for licences, not for telemetry."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from lead_reviver.local.n8n import Home, make_database
from lead_reviver.local.n8n_commands import home_of
from lead_reviver.local.node import NODE
from lead_reviver.local.ports import any_free_port
from lead_reviver.local.processes import Command, end_of, spawn, stop
from tests.real_stack import RealStack, eventually

pytestmark = pytest.mark.stack

SPY = Path(__file__).with_name("outside_calls.cjs")
WATCHED_SECONDS = 60.0
"""What n8n asks at its start it asks within this time; the rest is asked every few hours, by the same means."""
HERE = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::"}


@contextlib.asynccontextmanager
async def a_watched_n8n(stack: RealStack, folder: Path, **more: str) -> AsyncIterator[tuple[str, Path]]:
    """Run an n8n of its own, with a fresh database; give its address, and what it looked up and connected to."""
    known = home_of(stack.data_dir).environment
    port, calls = any_free_port(), folder / "calls"
    url = f"http://127.0.0.1:{port}"
    database = urlsplit(known["LEAD_REVIVER_N8N_DATABASE_URL"])._replace(path=f"/n8n_{port}").geturl()
    own = {
        "LEAD_REVIVER_N8N_DATABASE_URL": database,
        "LEAD_REVIVER_N8N_URL": url,
        "LEAD_REVIVER_N8N_EDITOR_URL": url,
        "LEAD_REVIVER_N8N_BROKER_PORT": str(any_free_port()),
    }
    home = Home(folder / "home", {**known, **own}, folder / "n8n.log")
    home.folder.mkdir(mode=0o700)
    await make_database(home.environment)
    plain = home.command("start")
    spied = {"NODE_OPTIONS": f"--require {SPY}", "OUTSIDE_CALLS_LOG": str(calls), **more}
    command: Command = replace(plain, env={**plain.env, **spied})
    process = await spawn(command, home.log)
    try:

        async def ready() -> bool:
            assert process.returncode is None, end_of(home.log, 40)
            with contextlib.suppress(aiohttp.ClientError):
                async with aiohttp.ClientSession() as session, session.get(f"{url}/healthz/readiness") as answer:
                    return answer.status == 200
            return False

        await eventually(ready, 300, "n8n ready", every=0.5)
        yield url, calls
    finally:
        await stop(process, command)


def hosts_of(calls: Path) -> set[str]:
    """Return every host that was looked up or connected to."""
    lines = [line.split(" ") for line in calls.read_text(encoding="utf-8").splitlines()]
    return {line[-1] for line in lines if line[1] in {"looks", "connects"}}


CALLS = {
    "fetch": "fetch('http://one.invalid/').catch(() => {})",
    "http": "require('http').get('http://two.invalid/').on('error', () => {})",
    "https": "require('https').get('https://three.invalid/').on('error', () => {})",
    "socket": "require('net').connect(9, '192.0.2.1').on('error', () => {}).destroy()",
    "lookup": "require('dns').promises.lookup('four.invalid').catch(() => {})",
}
SEEN = {
    "fetch": "one.invalid",
    "http": "two.invalid",
    "https": "three.invalid",
    "socket": "192.0.2.1",
    "lookup": "four.invalid",
}


@pytest.mark.parametrize("way", CALLS)
async def test_the_spy_sees_every_way_out(way: str, tmp_path: Path):
    calls = tmp_path / "calls"
    process = await spawn(
        Command([str(NODE), "--require", str(SPY), "-e", CALLS[way]], {"OUTSIDE_CALLS_LOG": str(calls)}),
        tmp_path / "log",
    )
    await asyncio.wait_for(process.wait(), 30)
    assert SEEN[way] in hosts_of(calls)


async def test_n8n_asks_nobody_outside_when_it_starts_and_for_a_minute_after(n8n_stack: RealStack, tmp_path: Path):
    async with a_watched_n8n(n8n_stack, tmp_path) as (url, calls):
        began = time.monotonic()
        async with aiohttp.ClientSession() as session:
            for path in ("/signin", "/rest/settings", "/types/nodes.json"):  # what a person's browser opens first
                async with session.get(url + path) as answer:
                    await answer.read()
        await asyncio.sleep(max(0.0, WATCHED_SECONDS - (time.monotonic() - began)))
        hosts = hosts_of(calls)
    assert hosts >= {"127.0.0.1"}, "the spy saw nothing at all, not even the database"
    assert hosts <= HERE
    said = (tmp_path / "n8n.log").read_text(encoding="utf-8")
    assert "ENOTFOUND" not in said
    assert "EAI_AGAIN" not in said
