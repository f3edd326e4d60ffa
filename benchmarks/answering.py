"""How fast leads get their replies: turns a second, and one turn alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from statistics import median as middle
from time import perf_counter

import aiohttp
import asyncpg
from msgspec.structs import replace

from benchmarks.cores import Cores, Usage
from benchmarks.figures import Figure, Yardstick, median, percentile
from benchmarks.load import closed_loop
from benchmarks.parts import Parts, all_kept, eventually
from benchmarks.plan import Plan
from benchmarks.updates import Reply, Updates, invented_replies, new_wamid
from lead_reviver.storage import inbox
from lead_reviver.whatsapp.webhook import split

FIRST_PHONE = 34_620_000_000
LANES = 16
FIRST_WORDS = "Hello, I am looking for a flat."
SECOND_WORDS = "I would like to buy."


class Conversations:
    """Leads of the simulator that write to us, new ones each time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._next_phone = FIRST_PHONE
        self._given = 0

    def skip(self, number: int) -> None:
        """Leave so many numbers out, for leads that nobody has met."""
        self._next_phone += number

    def new_leads(self, number: int) -> str:
        """Set numbers aside for so many new leads; return the first."""
        first, self._next_phone = self._next_phone, self._next_phone + number
        return f"+{first}"

    async def write(self, first_phone: str, leads: int, text: str) -> float:
        """Let each of these leads write once, as fast as we take it; return the seconds until all have a reply."""
        wanted = await self._parts.replies_sent() + leads
        began = perf_counter()
        writing = asyncio.create_task(
            self._parts.ask_simulator(
                "POST", "/inject", messages=leads, leads=leads, lanes=LANES, first_phone=first_phone, text=text
            )
        )

        async def answered() -> bool:
            return await self._parts.replies_sent() >= wanted

        try:
            await eventually(answered, f"{leads} replies")
            return perf_counter() - began
        finally:
            await writing

    async def replies(self, number: int) -> list[Reply]:
        """Return so many replies that no status has spoken of yet, after having leads write as needed."""
        while (missing := self._given + number - await self._parts.replies_sent()) > 0:
            await self.write(self.new_leads(missing), missing, FIRST_WORDS)
        await self._parts.until_idle()
        sent = (await self._parts.ask_simulator("GET", "/sent?limit=1000000"))["messages"]
        chosen = [each for each in sent if each["biz_opaque_callback_data"]][self._given : self._given + number]
        self._given += number
        return [Reply(each["wamid"], each["to"].removeprefix("+"), each["biz_opaque_callback_data"]) for each in chosen]


async def turns(parts: Parts, plan: Plan, talk: Conversations) -> list[Figure]:
    """Turns a second, from the lead's message to the reply at the simulator."""
    commit, call = await bare_costs(parts, plan)
    rounds, usage = await turn_rounds(parts, plan, talk)
    bare = f"one commit ({commit * 1000:.2f} ms) and one Graph call ({call * 1000:.2f} ms), one after the other"
    await parts.statuses(come=True)
    try:
        used = Cores(parts)
        seconds = await talk.write(talk.new_leads(plan.conversations), plan.conversations, FIRST_WORDS)
        usage_with_statuses = used.usage()
    finally:
        await parts.statuses(come=False)
    return [
        Figure(
            name="turns, webhook to reply on the simulator",
            value=median(rounds),
            unit="/s",
            at_least=250,
            yardstick=Yardstick(bare, 1 / (commit + call)),
            rounds=rounds,
            note=usage.sentence(2 * plan.conversations, "turn"),
            cores=usage.cores,
        ),
        Figure(
            name="turns, while the statuses of the replies come in",
            value=plan.conversations / seconds,
            unit="/s",
            note=usage_with_statuses.sentence(plan.conversations, "turn"),
            cores=usage_with_statuses.cores,
        ),
    ]


async def turn_rounds(parts: Parts, plan: Plan, talk: Conversations) -> tuple[list[float], Usage]:
    """Return turns a second of each round, and what the last one cost."""
    rounds = []
    for number in range(plan.rounds + 1):
        per_second, usage = await turn_round(parts, plan, talk)
        if number or not plan.warm_up:
            rounds.append(per_second)
    return rounds, usage


async def turn_round(parts: Parts, plan: Plan, talk: Conversations) -> tuple[float, Usage]:
    """Let many new leads write at once, twice each; return turns a second, and what they cost."""
    first_phone = talk.new_leads(plan.conversations)
    used = Cores(parts)
    seconds = await talk.write(first_phone, plan.conversations, FIRST_WORDS)
    seconds += await talk.write(first_phone, plan.conversations, SECOND_WORDS)
    usage = used.usage()
    await parts.until_idle()
    return 2 * plan.conversations / seconds, usage


async def bare_costs(parts: Parts, plan: Plan) -> tuple[float, float]:
    """Return the seconds of one commit of one event, and of one Graph call, each alone on this machine."""
    updates = Updates(parts.stack.env)
    connection = await asyncpg.connect(parts.stack.env["DATABASE_URL"])
    commits = []
    try:
        for each in updates.mixed(plan.calls, invented_replies()):
            split_now = split(updates.body([each]), datetime.now(UTC))
            events = [replace(event, kind="unknown", phone_number_id=None, wamid=None) for event in split_now]
            began = perf_counter()
            await inbox.keep(connection, events)  # type: ignore[arg-type]
            commits.append(perf_counter() - began)
    finally:
        await connection.close()
    requests = [_graph_call(parts, number) for number in range(plan.calls)]
    port = int(parts.stack.env["LEAD_REVIVER_SIMULATOR_PORT"])
    calls = all_kept(await closed_loop(port, requests, connections=1)).latencies
    return middle(commits), middle(calls)


def _graph_call(parts: Parts, number: int) -> bytes:
    """Return the bytes of a call that sends a text."""
    env = parts.stack.env
    body = json.dumps(
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": f"+{34_630_000_000 + number}",
            "type": "text",
            "text": {"body": "What are you looking for: to buy or to rent?"},
            "biz_opaque_callback_data": "",
            "context": {"message_id": new_wamid()},
        }
    ).encode()
    version = env.get("WHATSAPP_GRAPH_VERSION", "v26.0")
    head = (
        f"POST /{version}/{env['WHATSAPP_PHONE_NUMBER_ID']}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {env['WHATSAPP_ACCESS_TOKEN']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def one_at_a_time(parts: Parts, plan: Plan, talk: Conversations) -> list[Figure]:
    """From a lead's message to its reply, by the simulator's clock, with nothing else going on."""
    milliseconds = []
    used = Cores(parts)
    async with _Watch(parts) as replies:
        for _ in range(plan.one_at_a_time // 2):
            first_phone = talk.new_leads(1)
            for text in (FIRST_WORDS, SECOND_WORDS):
                await parts.ask_simulator("POST", "/inject", messages=1, leads=1, first_phone=first_phone, text=text)
                milliseconds.append(await asyncio.wait_for(anext(replies), 10) * 1000)
                await parts.until_idle()
    usage = used.usage()
    return [
        Figure(
            name="webhook to reply, one conversation at a time, p50",
            value=percentile(milliseconds, 50),
            unit="ms",
            at_most=40,
            note=usage.sentence(len(milliseconds), "turn"),
            cores=usage.cores,
        ),
        Figure(
            name="webhook to reply, one conversation at a time, p99",
            value=percentile(milliseconds, 99),
            unit="ms",
            at_most=200,
            note=f"the longest {max(milliseconds):.0f} ms",
        ),
    ]


class _Watch:
    """The simulator's live events: yields the seconds from each message of a lead to the reply."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._answer: aiohttp.ClientResponse | None = None
        self._times = self._read()

    async def __aenter__(self) -> AsyncIterator[float]:
        forever = aiohttp.ClientTimeout(total=None)
        self._answer = await self._parts.http.get(f"{self._parts.simulator_url}/simulator/events", timeout=forever)
        return self._times

    async def __aexit__(self, *_: object) -> None:
        await self._times.aclose()
        assert self._answer is not None
        self._answer.close()

    async def _read(self) -> AsyncGenerator[float, None]:
        assert self._answer is not None
        written_at: dict[str, float] = {}
        seen: set[str] = set()
        name = b""
        async for line in self._answer.content:
            if line.startswith(b"event: "):
                name = line[7:].strip()
            elif line.startswith(b"data: ") and name == b"message":
                message = json.loads(line[6:])
                if message["id"] in seen:
                    continue
                seen.add(message["id"])
                if message["direction"] == "in":
                    written_at[message["lead_id"]] = message["at"]
                elif message["lead_id"] in written_at:
                    yield message["at"] - written_at.pop(message["lead_id"])
