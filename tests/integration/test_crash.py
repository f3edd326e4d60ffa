"""Promises 1 to 3 under fire: parts are killed at random, Redis forgets everything, WhatsApp loses answers.

The simulator is the witness: it knows what every lead wrote and what every lead got. The echo responder names the
messages it answers, so that the phones alone show whether each message was answered once and in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
from collections.abc import Iterator

import aiohttp
import asyncpg
import pytest

from tests.real_stack import RealStack, eventually, flush_redis, make_workspace, running_stack

pytestmark = pytest.mark.crash

LEADS = 200
MESSAGES = 2_000
SEED = int(os.environ.get("CRASH_SEED", "20261122"))
KILLED = ("engine", "redis", "postgres")


@pytest.fixture(scope="module")
def fragile() -> Iterator[RealStack]:
    settings = {
        "LEAD_REVIVER_MODEL": "echo",
        "LEAD_REVIVER_QUIET_SECONDS": "0.2",
        "LEAD_REVIVER_LEASE_SECONDS": "5",
        "LEAD_REVIVER_SETTLE_SECONDS": "10",
        "LEAD_REVIVER_RETRY_SECONDS": "0.5",
        "LEAD_REVIVER_MAX_ATTEMPTS": "50",
    }
    with running_stack(env=settings) as stack:
        yield stack


async def test_no_crash_loses_a_message_or_answers_one_twice(fragile: RealStack) -> None:
    await own_number(fragile)
    async with aiohttp.ClientSession(fragile.urls["simulator"]) as phone:
        await misbehave(phone)
        writing = asyncio.create_task(write_messages(phone))
        await break_things(fragile, writing)
        wamids = set(await writing)
        try:
            await eventually(lambda: all_answered(fragile, wamids), 120, "an answer to every message", every=0.5)
        except AssertionError:
            print(await picture(fragile))
            raise
        await asyncio.sleep(12)  # longer than an unsettled send waits: a second reply would come now
        sent = (await (await phone.get("/simulator/sent")).json())["messages"]
        counts = await (await phone.get("/simulator/counts")).json()

    assert counts["webhooks"]["given_up"] == 0
    assert await stored(fragile) == wamids
    assert len(wamids) == MESSAGES
    answered: dict[str, list[int]] = {}
    for message in sorted(sent, key=lambda each: each["at"]):
        numbers = [int(each) for each in re.findall(r"Message (\d+) of", message["request"]["text"]["body"])]
        answered.setdefault(message["lead_id"], []).extend(numbers)
    written = {number % LEADS: [] for number in range(LEADS)}
    for number in range(MESSAGES):
        written[number % LEADS].append(number)
    assert sorted(answered.values()) == sorted(written.values())


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


async def misbehave(phone: aiohttp.ClientSession) -> None:
    """WhatsApp loses answers and requests, and says things twice."""
    faults = {
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


async def write_messages(phone: aiohttp.ClientSession) -> list[str]:
    """Let 200 leads write ten messages each, over about half a minute; return their WhatsApp ids."""
    wanted = {"messages": MESSAGES, "leads": LEADS, "per_body": 1, "lanes": 8, "per_second": 70}
    async with phone.post("/simulator/inject", json=wanted, timeout=aiohttp.ClientTimeout(300)) as answer:
        assert answer.status == 200, await answer.text()
        return list((await answer.json())["wamids"])


async def break_things(stack: RealStack, writing: asyncio.Task[list[str]]) -> None:
    """kill -9 one part after the other while messages come in; let Redis forget everything in the middle."""
    choice = random.Random(SEED)
    breaks = 0
    while not writing.done():
        await asyncio.sleep(choice.uniform(1.0, 3.0))
        part = choice.choice(KILLED)
        old = stack.pid_of(part)
        with contextlib.suppress(AssertionError, ProcessLookupError):
            stack.kill(part)
            breaks += 1
            if breaks % 2:  # the next one may fall while this one is still down
                await asyncio.to_thread(stack.wait_until_restarted, part, old)
        if breaks == 5:
            with contextlib.suppress(OSError):
                await flush_redis(stack)
    for part in KILLED:
        await eventually(lambda part=part: is_ready(stack, part), 60, f"{part} at the end")
    assert breaks >= 5


async def is_ready(stack: RealStack, part: str) -> bool:
    return stack.state_of(part) == "ready"


async def all_answered(stack: RealStack, wamids: set[str]) -> bool:
    """Whether every message is in the record and belongs to a turn that is done."""
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        done = await connection.fetchval(
            "select count(*) from public.messages m join public.turns t on t.id = m.turn_id "
            "where m.direction = 'in' and t.state = 'done' and m.wamid = any ($1::text[])",
            list(wamids),
        )
    finally:
        await connection.close()
    return bool(done == len(wamids))


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
    return "\n".join([*lines, stack.log("engine")])


async def stored(stack: RealStack) -> set[str]:
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        rows = await connection.fetch("select wamid from public.messages where direction = 'in'")
    finally:
        await connection.close()
    assert len(rows) == len({row["wamid"] for row in rows})
    return {row["wamid"] for row in rows}
