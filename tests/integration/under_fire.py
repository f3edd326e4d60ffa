"""Parts that are killed at random while leads write, and the check that promises 1 to 3 were kept all the same.

The simulator is the witness: it knows what every lead wrote and what every lead got. The echo responder names the
messages it answers, so that the phones alone show whether each message was answered once and in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import re
import sys
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg

from tests.integration.engine_process import free_port
from tests.real_stack import RealStack, eventually, flush_redis, make_workspace

SEED = int(os.environ.get("CRASH_SEED", "20261122"))
SETTINGS = {
    "LEAD_REVIVER_MODEL": "echo",
    "LEAD_REVIVER_QUIET_SECONDS": "0.2",
    "LEAD_REVIVER_LEASE_SECONDS": "5",
    "LEAD_REVIVER_SETTLE_SECONDS": "10",
    "LEAD_REVIVER_RETRY_SECONDS": "0.5",
    "LEAD_REVIVER_MAX_ATTEMPTS": "50",
}


RARELY = 9


@dataclass(frozen=True)
class Siege:
    """How many leads write how much, and what is killed meanwhile."""

    often: tuple[str, ...]
    """Parts of the stack that are killed, as gateway and engine are."""
    leads: int = 200
    messages: int = 2_000
    per_second: int = 70
    rarely: tuple[str, ...] = ()
    """Parts that are killed by turns at every ninth break, so that n8n is at work in between."""


class Program:
    """The gateway or the engine in a process of its own, as in production, started again whenever it dies."""

    def __init__(self, stack: RealStack, part: str) -> None:
        # Where n8n calls the steps, or a port of its own.
        port = stack.env["LEAD_REVIVER_PORT"] if part == "engine" else str(free_port())
        self.url = f"http://127.0.0.1:{port}"
        self._argv = (sys.executable, "-m", "lead_reviver.cli", "serve", "--parts", part)
        self._environment = {**os.environ, **stack.env, "LEAD_REVIVER_PORT": port}
        self._log = (stack.data_dir.root / f"{part}-apart.log").open("ab")
        self._process: asyncio.subprocess.Process | None = None

    async def keep_running(self) -> None:
        """Start it, for ever; cancel to end it."""
        try:
            while True:
                self._process = await asyncio.create_subprocess_exec(
                    *self._argv, env=self._environment, stdout=self._log, stderr=self._log
                )
                await self._process.wait()
        finally:
            self.kill()
            self._log.close()

    def kill(self) -> None:
        """kill -9 it."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def hands_turns_to_n8n(self) -> bool:
        """Whether n8n is healthy in its eyes."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as answer:
            return "lead_reviver_n8n_up 1.0" in await answer.text()

    async def answers(self) -> bool:
        """Whether it is there."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/healthz") as answer:
                return answer.status == 200
        except OSError:
            return False


async def no_message_is_lost_or_answered_twice(stack: RealStack, siege: Siege) -> None:
    """Let leads write while parts are killed at random; see each message stored and answered once, in order."""
    await own_number(stack)
    async with aiohttp.ClientSession(stack.urls["simulator"]) as phone:
        programs = {part: Program(stack, part) for part in ("gateway", "engine")}
        running = [asyncio.create_task(each.keep_running()) for each in programs.values()]
        for name, each in programs.items():
            await eventually(each.answers, 60, f"the {name}")
        if "n8n" in siege.rarely:
            await eventually(programs["engine"].hands_turns_to_n8n, 60, "n8n gets the turns")
        await misbehave(phone, f"{programs['gateway'].url}/webhooks/whatsapp")
        writing = asyncio.create_task(write_messages(phone, siege))
        await break_things(stack, siege, programs, writing)
        wamids = set(await writing)
        try:
            await eventually(lambda: all_answered(stack, wamids), 120, "an answer to every message", every=0.5)
        except AssertionError:
            print(await picture(stack))
            raise
        await asyncio.sleep(12)  # longer than an unsettled send waits: a second reply would come now
        sent = (await (await phone.get("/simulator/sent")).json())["messages"]
        counts = await (await phone.get("/simulator/counts")).json()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    assert counts["webhooks"]["given_up"] == 0
    assert await stored(stack) == wamids
    assert len(wamids) == siege.messages
    await check_answers(stack, sent)


async def check_answers(stack: RealStack, sent: list[dict[str, Any]]) -> None:
    """See on the phones that each message was answered once, and that no answer overtook an earlier message."""
    arrived = await order_of_arrival(stack)
    answers: dict[str, list[list[int]]] = {}
    for message in sorted(sent, key=lambda each: each["at"]):
        numbers = [int(each) for each in re.findall(r"Message (\d+) of", message["request"]["text"]["body"])]
        answers.setdefault(message["lead_id"], []).append([arrived[number] for number in numbers])
    once = sorted(place for answer in answers.values() for numbers in answer for place in numbers)
    if once != sorted(arrived.values()):
        print(await picture(stack))
    assert once == sorted(arrived.values()), "a message was answered twice, or not at all"
    for answer in answers.values():
        for earlier, later in itertools.pairwise(answer):
            assert max(earlier) < min(later), "an answer overtook an earlier message"


async def turns_by_runner(stack: RealStack) -> dict[str, int]:
    """Return how many turns each runner finished."""
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        rows = await connection.fetch("select runner, count(*) as turns from turns where state = 'done' group by 1")
    finally:
        await connection.close()
    return {row["runner"]: row["turns"] for row in rows}


async def own_number(stack: RealStack) -> None:
    """Give the simulator's number to a workspace."""
    workspace = await make_workspace(stack)
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    await connection.execute(
        "update public.channels set phone_number_id = $1, messages_per_second = 1000 where id = $2",
        stack.env["WHATSAPP_PHONE_NUMBER_ID"],
        workspace.channel_id,
    )
    await connection.close()


async def misbehave(phone: aiohttp.ClientSession, webhook_url: str) -> None:
    """WhatsApp loses answers and requests, and says things twice."""
    faults = {
        "webhook_url": webhook_url,
        "seed": SEED,
        "duplicate_percent": 5,
        "lose_answer_percent": 2,
        "lose_request_percent": 1,
        "rate_per_second": None,
        "retry_first_seconds": 0.2,
        "retry_factor": 1.5,
        "retry_longest_seconds": 2,
    }
    async with phone.patch("/simulator/control", json=faults) as answer:
        assert answer.status == 200, await answer.text()


async def write_messages(phone: aiohttp.ClientSession, siege: Siege) -> list[str]:
    """Let all leads write by turns, over about half a minute; return the WhatsApp ids of the messages."""
    numbers = {"messages": siege.messages, "leads": siege.leads, "per_second": siege.per_second}
    wanted = {**numbers, "per_body": 1, "lanes": 8}
    async with phone.post("/simulator/inject", json=wanted, timeout=aiohttp.ClientTimeout(300)) as answer:
        assert answer.status == 200, await answer.text()
        return list((await answer.json())["wamids"])


async def break_things(
    stack: RealStack, siege: Siege, programs: dict[str, Program], writing: asyncio.Task[list[str]]
) -> None:
    """kill -9 one part after the other while messages come in; let Redis forget everything in the middle."""
    choice = random.Random(SEED)
    breaks = 0
    while not writing.done():
        await asyncio.sleep(choice.uniform(1.0, 3.0))
        breaks += 1
        part = choice.choice((*programs, *siege.often))
        if siege.rarely and breaks % RARELY == RARELY - 1:
            part = siege.rarely[breaks // RARELY % len(siege.rarely)]
        if part in programs:
            programs[part].kill()
        else:
            old = stack.pid_of(part)
            with contextlib.suppress(AssertionError, ProcessLookupError):
                stack.kill(part)
                if breaks % 2 and part not in siege.rarely:  # the next one may fall while this one is still down
                    await asyncio.to_thread(stack.wait_until_restarted, part, old)
        if breaks == 5:
            with contextlib.suppress(OSError):
                await flush_redis(stack)
    for part in (*siege.often, *siege.rarely):
        await eventually(lambda part=part: is_ready(stack, part), 180, f"{part} at the end")
    assert breaks >= 5


async def is_ready(stack: RealStack, part: str) -> bool:
    return stack.state_of(part) == "ready"


async def all_answered(stack: RealStack, wamids: set[str]) -> bool:
    """Whether every message is in the record and belongs to a turn that is done."""
    try:
        connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    except (OSError, asyncpg.CannotConnectNowError):
        return False  # killed a moment ago
    try:
        done = await connection.fetchval(
            "select count(*) from public.messages m join public.turns t on t.id = m.turn_id "
            "where m.direction = 'in' and t.state = 'done' and m.wamid = any ($1::text[])",
            list(wamids),
        )
    finally:
        await connection.close()
    return bool(done == len(wamids))


async def order_of_arrival(stack: RealStack) -> dict[int, int]:
    """Return the place in the inbox of each message, by its number. A webhook that was repeated came later."""
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        rows = await connection.fetch(
            "select i.id, m.body from engine.inbox i join public.messages m on m.wamid = i.wamid and m.direction = 'in'"
        )
    finally:
        await connection.close()
    return {int(re.findall(r"Message (\d+) of", row["body"])[0]): row["id"] for row in rows}


async def picture(stack: RealStack) -> str:
    """Say what is left undone, for whoever reads a failure."""
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        inbox = await connection.fetch("select kind, state, reason, count(*) from engine.inbox group by 1, 2, 3")
        turns = await connection.fetch("select state, reason, count(*), max(attempts) from turns group by 1, 2")
        outbox = await connection.fetch(
            "select state, reason, count(*), max(attempts) from engine.outbox group by 1, 2"
        )
        waiting = await connection.fetch("select waiting_reason, mode, count(*) from conversations group by 1, 2")
    finally:
        await connection.close()
    lines = [str(dict(row)) for rows in (inbox, turns, outbox, waiting) for row in rows]
    return "\n".join(lines)


async def stored(stack: RealStack) -> set[str]:
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        rows = await connection.fetch("select wamid from public.messages where direction = 'in'")
    finally:
        await connection.close()
    assert len(rows) == len({row["wamid"] for row in rows})
    return {row["wamid"] for row in rows}
