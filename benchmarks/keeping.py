"""How fast webhooks are kept: requests, updates, and what one of them waits."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from time import perf_counter

import asyncpg

from benchmarks.answering import Conversations
from benchmarks.cores import Cores
from benchmarks.figures import Figure, Yardstick, median, percentile
from benchmarks.load import closed_loop, open_loop, repeated
from benchmarks.parts import Parts, Server, all_kept
from benchmarks.plan import Plan
from benchmarks.updates import Json, Reply, Updates, invented_replies
from lead_reviver.gateway.writer import MOST_ROWS
from lead_reviver.storage import inbox
from lead_reviver.whatsapp.webhook import split

CONNECTIONS = 256
BODY = 100
MESSAGES_A_SECOND, STATUSES_A_SECOND = 80, 240


async def webhooks(parts: Parts, plan: Plan) -> list[Figure]:
    """Acknowledged requests a second with one update each; the gateway alone in its process, as in production."""
    updates = Updates(parts.stack.env)
    bare, kept = [], []
    async with parts.bare_server() as yardstick, parts.serve("gateway") as gateway:
        for number in range(plan.webhook_rounds + 1):
            requests = [updates.request([each]) for each in updates.mixed(plan.webhooks, invented_replies())]
            bare_answers = all_kept(
                await closed_loop(yardstick.port, repeated(requests, 2 * plan.webhooks), CONNECTIONS)
            )
            used = Cores(parts)
            answers = all_kept(await closed_loop(gateway.port, requests, CONNECTIONS))
            usage = used.usage()
            if number or not plan.warm_up:  # the first round warms both up
                bare.append(bare_answers.per_second)
                kept.append(answers.per_second)
            await parts.forget_events()
    return [
        Figure(
            name="acknowledged webhooks, one update each",
            value=median(kept),
            unit="/s",
            at_least=3_000,
            ratio_at_least=0.35,
            yardstick=Yardstick("the same server, reading the body and answering 200", median(bare), bare),
            rounds=kept,
            note=usage.sentence(plan.webhooks, "webhook"),
            cores=usage.cores,
        )
    ]


async def webhooks_beside_the_engine(parts: Parts, plan: Plan, server: Server, talk: Conversations) -> list[Figure]:
    """The same while relay and steps work in the same process; no target, since production keeps them apart."""
    updates = Updates(parts.stack.env)
    replies = await talk.replies(plan.webhooks // 4 + 1)
    requests = [updates.request([each]) for each in updates.mixed(plan.webhooks, iter(replies))]
    used = Cores(parts)
    answers = all_kept(await closed_loop(server.port, requests, CONNECTIONS))
    usage = used.usage()
    await parts.until_idle()
    return [
        Figure(
            name="acknowledged webhooks, engine in the same process",
            value=answers.per_second,
            unit="/s",
            note=usage.sentence(plan.webhooks, "webhook"),
            cores=usage.cores,
        )
    ]


async def updates_in_bodies(parts: Parts, plan: Plan) -> list[Figure]:
    """Updates a second in bodies of 100, beside the bare insert of the same rows in commits of the same size."""
    updates = Updates(parts.stack.env)
    bare, kept = [], []
    async with parts.serve("gateway") as gateway:
        for number in range(plan.rounds + 1):
            made = updates.mixed(plan.updates, invented_replies())
            requests = [updates.request(made[n : n + BODY]) for n in range(0, len(made), BODY)]
            before = await _commits(parts, gateway)
            used = Cores(parts)
            answers = all_kept(await closed_loop(gateway.port, requests, CONNECTIONS))
            usage = used.usage()
            commits = await _commits(parts, gateway) - before
            await parts.forget_events()
            rows_a_commit = min(MOST_ROWS, round(len(made) / commits))
            rows_a_second = await _insert(parts, updates, made, rows_a_commit)
            await parts.forget_events()
            if number or not plan.warm_up:
                bare.append(rows_a_second)
                kept.append(answers.per_second * BODY)
    return [
        Figure(
            name=f"updates, in bodies of {BODY}",
            value=median(kept),
            unit="/s",
            at_least=10_000,
            ratio_at_least=0.3,
            yardstick=Yardstick(f"a bare insert of the same rows, {rows_a_commit} a commit", median(bare), bare),
            rounds=kept,
            note=usage.sentence(plan.updates, "update"),
            cores=usage.cores,
        )
    ]


async def _commits(parts: Parts, gateway: Server) -> float:
    return await parts.metric(gateway, "lead_reviver_inbox_commit_seconds_count")


async def _insert(parts: Parts, updates: Updates, made: Sequence[Json], rows_a_commit: int) -> float:
    """Insert these updates on one connection with the gateway's own statement; return rows a second."""
    rows = [event for each in made for event in split(updates.body([each]), datetime.now(UTC))]
    connection = await asyncpg.connect(parts.stack.env["DATABASE_URL"])
    try:
        began = perf_counter()
        for start in range(0, len(rows), rows_a_commit):
            await inbox.keep(connection, rows[start : start + rows_a_commit])  # type: ignore[arg-type]
        return len(rows) / (perf_counter() - began)
    finally:
        await connection.close()


async def acknowledge_time(parts: Parts, plan: Plan, server: Server, talk: Conversations) -> list[Figure]:
    """What a webhook waits for its 200 on a busy day, relay and steps at work in the same process."""
    updates = Updates(parts.stack.env)
    replies = await talk.replies(STATUSES_A_SECOND // 3 * (plan.open_loop_seconds + 1))
    arrivals = list(_arrivals(updates, replies, plan.open_loop_seconds))
    used = Cores(parts)
    answers = all_kept(await open_loop(server.port, arrivals, CONNECTIONS))
    usage = used.usage()
    await parts.until_idle()
    milliseconds = [each * 1000 for each in answers.latencies]
    load = f"{MESSAGES_A_SECOND} messages + {STATUSES_A_SECOND} statuses a second"
    return [
        Figure(
            name=f"acknowledge time, {load}, p50",
            value=percentile(milliseconds, 50),
            unit="ms",
            at_most=10,
            yardstick=Yardstick("Meta's rule", 250),
            note=usage.sentence(),
            cores=usage.cores,
        ),
        Figure(
            name=f"acknowledge time, {load}, p99",
            value=percentile(milliseconds, 99),
            unit="ms",
            at_most=60,
            yardstick=Yardstick("Meta's rule", 1_000),
            note=f"the longest {max(milliseconds):.0f} ms",
        ),
    ]


async def acknowledge_alone(parts: Parts, plan: Plan, gateway: Server) -> tuple[float, float]:
    """Return p50 and p99 of the acknowledge time in milliseconds at the usual rates, the gateway alone."""
    arrivals = list(
        _arrivals(Updates(parts.stack.env), list(islice(invented_replies(), 20_000)), plan.open_loop_seconds)
    )
    answers = all_kept(await open_loop(gateway.port, arrivals, CONNECTIONS))
    milliseconds = [each * 1000 for each in answers.latencies]
    return percentile(milliseconds, 50), percentile(milliseconds, 99)


def _arrivals(updates: Updates, replies: Sequence[Reply], seconds: int) -> Iterator[tuple[float, bytes]]:
    """Yield (seconds from now, request), at random times with the mean rate; repeatable."""
    chance = random.Random(7)
    rate = MESSAGES_A_SECOND + STATUSES_A_SECOND
    at = 0.0
    for each in updates.mixed(rate * seconds, iter(replies)):
        at += chance.expovariate(rate)
        yield at, updates.request([each])
