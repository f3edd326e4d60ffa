"""What n8n costs: a plain n8n workflow, ours through n8n, and ours without it, on the same n8n in the same run."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks import keeping
from benchmarks.answering import Conversations, one_at_a_time, turn_round, turn_rounds
from benchmarks.cores import Cores, Usage
from benchmarks.figures import Figure, Yardstick, median
from benchmarks.load import Answers, closed_loop
from benchmarks.parts import NotMeasured, Parts, Server, all_kept, eventually, free_port
from benchmarks.plan import Plan
from benchmarks.updates import Updates
from lead_reviver.decide.conversation import Conversation, Lead, Line, Turn
from lead_reviver.local.n8n import Home
from lead_reviver.local.processes import run
from lead_reviver.n8n.workflow_files import filled
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import respond

PLAIN = Path(__file__).with_name("plain_workflow.json")
CONNECTIONS = 16


async def workflows(parts: Parts, plan: Plan) -> list[Figure]:
    """Turns a second three ways, what n8n adds to a calm message, and webhooks while n8n is busy or gone."""
    # Differences of a tenth of a second and of ten show sooner than those of a millisecond.
    calm = max(4, plan.one_at_a_time // 3)
    # So many that a round of ours takes as long as one of the plain workflow: a burst's first and last runs are small.
    leads = 4 * plan.conversations
    plan = replace(plan, one_at_a_time=calm, open_loop_seconds=max(1, plan.open_loop_seconds // 2), conversations=leads)
    port = free_port()
    await _install_plain(parts, port)
    plain, through, calm_n8n = await _side_by_side(parts, plan, port)
    inline, calm_inline = await _inline(parts, plan)
    added = calm_n8n.value - calm_inline.value
    return [
        plain,
        through,
        Figure(
            name="turns without n8n, same run",
            value=inline.value,
            unit="/s",
            yardstick=Yardstick("through n8n", through.value),
            rounds=inline.rounds,
            note=inline.note,
            cores=inline.cores,
        ),
        Figure(
            name="what n8n adds to a calm message, p50",
            value=added,
            unit="ms",
            at_most=250,
            yardstick=Yardstick("the same without n8n", calm_inline.value),
            note=f"{calm_n8n.value:.1f} ms through n8n, {calm_inline.value:.1f} ms without",
        ),
        *await _acknowledging(parts, plan, port),
    ]


async def _side_by_side(parts: Parts, plan: Plan, responder_port: int) -> tuple[Figure, Figure, Figure]:
    """Return messages a second of the plain workflow, turns a second of ours, round by round, and a calm message."""
    plain_rounds, rounds = [], []
    async with _engine(parts, "n8n") as (server, talk):
        for number in range(plan.rounds + 1):
            async with _responder(responder_port):
                plain, plain_usage = await _plain_round(parts, plan)
            await eventually(lambda: _is_up(parts, server), "n8n is healthy")
            ours, usage = await turn_round(parts, plan, talk)
            if number or not plan.warm_up:
                plain_rounds.append(plain)
                rounds.append(ours)
        calm, *_ = await one_at_a_time(parts, plan, talk)
    figures = [
        Figure(
            name="a plain n8n workflow that does the same job",
            value=median(plain_rounds),
            unit="/s",
            rounds=plain_rounds,
            note=plain_usage.sentence(plan.plain_messages, "message"),
            cores=plain_usage.cores,
        ),
        Figure(
            name="turns through n8n",
            value=median(rounds),
            unit="/s",
            at_least=150,
            ratio_at_least=25,
            yardstick=Yardstick("the plain n8n workflow", median(plain_rounds), plain_rounds),
            rounds=rounds,
            note=usage.sentence(2 * plan.conversations, "turn"),
            cores=usage.cores,
        ),
    ]
    return figures[0], figures[1], calm


async def _plain_round(parts: Parts, plan: Plan) -> tuple[float, Usage]:
    """Messages a second of the plain workflow: signature, state, responder, send, state, row; and what they cost."""
    env = parts.stack.env
    updates = Updates(env)
    port = int(env["LEAD_REVIVER_N8N_URL"].rpartition(":")[2])
    requests = [
        updates.request([updates.message(leads=100_000)]).replace(b"/webhooks/whatsapp", b"/webhook/plain", 1)
        for _ in range(plan.plain_messages)
    ]
    wanted = await parts.replies_sent() + len(requests)
    used = Cores(parts)
    answers: Answers = all_kept(await closed_loop(port, requests, CONNECTIONS))
    usage = used.usage()
    if await parts.replies_sent() < wanted:
        raise NotMeasured("the plain workflow has not sent every reply")
    return answers.per_second, usage


async def _inline(parts: Parts, plan: Plan) -> tuple[Figure, Figure]:
    """Return turns a second without n8n, and the time of a calm message."""
    async with _engine(parts, "inline") as (_, talk):
        rounds, usage = await turn_rounds(parts, plan, talk)
        calm, *_ = await one_at_a_time(parts, plan, talk)
    figure = Figure(
        name="turns, inline",
        value=median(rounds),
        unit="/s",
        rounds=rounds,
        note=usage.sentence(2 * plan.conversations, "turn"),
        cores=usage.cores,
    )
    return figure, calm


@contextlib.asynccontextmanager
async def _engine(parts: Parts, runner: str) -> AsyncIterator[tuple[Server, Conversations]]:
    """Start gateway and engine with this runner; raise `NotMeasured` unless it has taken nearly all turns."""
    async with parts.serve("gateway,engine", LEAD_REVIVER_RUNNER="auto" if runner == "n8n" else "inline") as server:
        since = await parts.admin.fetchval("select now()")
        talk = Conversations(parts)
        talk.skip(1_000_000 if runner == "n8n" else 2_000_000)
        yield server, talk
        await _ran_by(parts, runner, since)


async def _acknowledging(parts: Parts, plan: Plan, responder_port: int) -> list[Figure]:
    """Webhooks at the gateway alone: beside an idle n8n, a saturated one, and none."""
    figures = []
    async with parts.serve("gateway") as gateway:
        calm = await _acknowledge_times(parts, plan, gateway)
        async with _busy_n8n(parts, responder_port):
            busy = await _acknowledge_times(parts, plan, gateway)
        with parts.stack.stopped("n8n"):
            gone = await _acknowledge_times(parts, plan, gateway)
    for what, (p50, p99) in (("is saturated", busy), ("is down", gone)):
        for name, value, at_most, beside in (("p50", p50, 10, calm[0]), ("p99", p99, 60, calm[1])):
            figures.append(
                Figure(
                    name=f"acknowledge time while n8n {what}, 80 messages + 240 statuses a second, {name}",
                    value=value,
                    unit="ms",
                    at_most=at_most,
                    yardstick=Yardstick("beside an idle n8n", beside),
                )
            )
    return figures


async def _acknowledge_times(parts: Parts, plan: Plan, gateway: Server) -> tuple[float, float]:
    milliseconds = await keeping.acknowledge_alone(parts, plan, gateway)
    await parts.forget_events()
    return milliseconds


@contextlib.asynccontextmanager
async def _busy_n8n(parts: Parts, responder_port: int) -> AsyncIterator[None]:
    """Keep n8n as busy as it can be, with the plain workflow."""
    env = parts.stack.env
    updates = Updates(env)
    port = int(env["LEAD_REVIVER_N8N_URL"].rpartition(":")[2])

    async def keep_busy() -> None:
        while True:
            requests = [
                updates.request([updates.message(leads=100_000)]).replace(b"/webhooks/whatsapp", b"/webhook/plain", 1)
                for _ in range(50)
            ]
            await closed_loop(port, requests, 8)

    async with _responder(responder_port):
        task = asyncio.create_task(keep_busy())
        await asyncio.sleep(2)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def _responder(port: int) -> AsyncIterator[None]:
    """Serve the instant responder over HTTP: the playbook's, as ours has it in its process."""
    playbook = shipped_playbook()

    async def reply(request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response({"reply": respond(_turn(asked), playbook).text or "Thank you."})

    app = web.Application()
    app.router.add_post("/reply", reply)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _turn(asked: dict[str, Any]) -> Turn:
    lead = Lead("lead", name=asked.get("name"))
    conversation = Conversation("conversation", "workspace", "channel", "0", lead, "Costa Homes", "en")
    said = Line("message", "in", "lead", "text", asked["text"], datetime.now(UTC))
    return Turn("turn", conversation, [said])


async def _install_plain(parts: Parts, responder_port: int) -> None:
    """Put the plain workflow and its credentials into the n8n of this run, and start n8n again."""
    env = parts.stack.env
    await parts.admin.execute(
        "create table if not exists public.plain_messages"
        " (id text primary key, sender text not null, body text not null, reply text not null);"
        " grant all on public.plain_messages to service_role"
    )
    await parts.restart("supabase")  # which then knows the table
    content = json.loads(PLAIN.read_text(encoding="utf-8"))
    content = filled(
        content,
        {
            "http://responder.benchmark.invalid": f"http://127.0.0.1:{responder_port}",
            "http://graph.benchmark.invalid": env["WHATSAPP_GRAPH_URL"],
            "http://supabase.benchmark.invalid": env["SUPABASE_URL"],
            "PHONE_NUMBER_ID": env["WHATSAPP_PHONE_NUMBER_ID"],
            "APP_SECRET": env["WHATSAPP_APP_SECRET"],
        },
    )
    secret = env["SUPABASE_SECRET_KEY"]
    credentials = [
        {
            "id": "plainGraph000001",
            "name": "Benchmark: Graph API",
            "type": "httpHeaderAuth",
            "data": {"name": "Authorization", "value": f"Bearer {env['WHATSAPP_ACCESS_TOKEN']}"},
        },
        {
            "id": "plainSupabase001",
            "name": "Benchmark: Supabase secret key",
            "type": "httpCustomAuth",
            "data": {"json": json.dumps({"headers": {"apikey": secret, "Authorization": f"Bearer {secret}"}})},
        },
    ]
    home = Home(parts.stack.data_dir.part("n8n"), env, parts.stack.data_dir.log("n8n"))
    log = parts.stack.data_dir.log("benchmark-plain")
    stdin = "--input=/dev/stdin"
    for command, given in (
        (home.command("import:credentials", stdin), json.dumps(credentials)),
        (
            home.command("import:workflow", stdin, "--activeState=fromJson", **home.queue_environment()),
            json.dumps([content]),
        ),
    ):
        if await run(command, log, within=120, given=given) != 0:
            raise NotMeasured(f"the plain workflow could not be imported:\n{log.read_text()[-2000:]}")
    await parts.restart("n8n")
    await eventually(lambda: _is_registered(parts), "the plain workflow is active")


async def _is_registered(parts: Parts) -> bool:
    """n8n says that it is ready shortly before its webhooks are there."""
    async with parts.http.post(f"{parts.stack.env['LEAD_REVIVER_N8N_URL']}/webhook/plain") as answer:
        return answer.status != 404


async def _is_up(parts: Parts, server: Server) -> bool:
    async with parts.http.get(f"{server.url}/metrics") as answer:
        return "lead_reviver_n8n_up 1.0" in await answer.text()


async def _ran_by(parts: Parts, runner: str, since: datetime) -> None:
    """Raise `NotMeasured` unless this runner has taken nearly all turns since then."""
    rows = await parts.admin.fetch(
        "select runner, count(*) as turns from public.turns where opened_at >= $1 group by runner", since
    )
    shares = {row["runner"]: row["turns"] for row in rows}
    if shares.get(runner, 0) < 0.95 * sum(shares.values()):
        raise NotMeasured(f"the turns were not run by {runner}: {shares}")
