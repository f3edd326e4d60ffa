"""Build the real parts, once, and publish gateway, steps, API and dashboard on one port."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import orjson
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from lead_reviver import health, wiring
from lead_reviver.api.access import TokenReader
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.http import build_api
from lead_reviver.gateway.calendar import CalendarDoor
from lead_reviver.gateway.leads import PREFIX as LEADS_PREFIX
from lead_reviver.gateway.leads import LeadDoor
from lead_reviver.gateway.webhook import PATH as WEBHOOK_PATH
from lead_reviver.gateway.webhook import Receive, Scope, Send, Webhook
from lead_reviver.gateway.writer import InboxWriter
from lead_reviver.logs import start_logging
from lead_reviver.meetings.calendar_links import PREFIX as CALENDAR_PREFIX
from lead_reviver.n8n.calls import N8nCalls
from lead_reviver.playbooks import Playbooks
from lead_reviver.relay.intake import Rules
from lead_reviver.relay.relay import Batches, Relay, RelaySettings
from lead_reviver.relay.statuses import apply_statuses
from lead_reviver.reply.models import model_called
from lead_reviver.reply.warm_up import read_rules
from lead_reviver.sending.deliver import Delivery
from lead_reviver.settings import Settings
from lead_reviver.state.live import LiveEvents
from lead_reviver.state.model_budget import RedisBudget
from lead_reviver.state.redis import Redis, connect
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.sync_calendars import sync_calendars
from lead_reviver.storage.database import Pool, connect_pool
from lead_reviver.tokens import Tokens
from lead_reviver.whatsapp.client import GraphClient
from lead_reviver.wiring import now

log = logging.getLogger(__name__)

Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
SHORTEST_TYPING_SECONDS = 1.0
"""A shorter quiet time than this leaves no time to see typing dots."""
ALL_PARTS = frozenset({"gateway", "engine"})


class App:
    """The process: its parts are made when it starts and closed when it ends."""

    def __init__(self, settings: Settings, parts: frozenset[str] = ALL_PARTS) -> None:
        self._settings = settings
        self._runs = parts
        self._webhook: Asgi | None = None
        self._leads: Asgi | None = None
        self._calendar: Asgi | None = None
        self._pages: Asgi | None = None
        self._health: Asgi | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request; the webhook comes first and passes nothing else."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path == WEBHOOK_PATH and self._webhook is not None:
            await self._webhook(scope, receive, send)
        elif path.startswith(LEADS_PREFIX) and self._leads is not None:
            await self._leads(scope, receive, send)
        elif path.startswith(CALENDAR_PREFIX) and self._calendar is not None:
            await self._calendar(scope, receive, send)
        elif path in ("/healthz", "/readyz", "/metrics") and self._health is not None:
            await self._health(scope, receive, send)
        elif self._pages is not None:
            await self._pages(scope, receive, send)
        else:
            await _plain(send, 404, b"", b"text/plain")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._running())
            except Exception as error:
                log.exception("the engine does not start")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        settings = self._settings
        async with contextlib.AsyncExitStack() as stack:
            pool = await connect_pool(settings.database_url.get_secret_value())
            stack.push_async_callback(_close_pool, pool)
            redis = connect(settings.redis_url.get_secret_value())
            stack.push_async_callback(redis.aclose)
            n8n = wiring.n8n_calls(settings)
            if n8n is not None:
                await stack.enter_async_context(n8n)
            wake: Callable[[], None] = _nothing
            if "engine" in self._runs:
                wake = await stack.enter_async_context(self._engine(pool, redis, n8n))
            if "gateway" in self._runs:
                writer = InboxWriter(pool)
                writer.start()
                stack.push_async_callback(writer.stop)
                self._webhook = Webhook(
                    writer, wiring.app_secrets(settings), settings.whatsapp_verify_token.get_secret_value(), wake
                )
                self._leads = LeadDoor(
                    pool,
                    wiring.vault(settings),
                    settings.hash_key.get_secret_value().encode(),
                    now,
                    wiring.forward(n8n, wiring.vault(settings)),
                )
                self._calendar = CalendarDoor(pool, wiring.calendar_links(settings), now)
            self._health = _health_pages(pool, redis, settings)
            yield

    @contextlib.asynccontextmanager
    async def _engine(self, pool: Pool, redis: Redis, n8n: N8nCalls | None) -> AsyncIterator[Callable[[], None]]:
        settings = self._settings
        hash_key = settings.hash_key.get_secret_value().encode()
        media_hosts = [each.strip() for each in settings.whatsapp_media_hosts.split(",") if each.strip()]
        async with GraphClient(settings.whatsapp_graph_url, settings.whatsapp_graph_version, media_hosts) as graph:
            tokens = Tokens(
                pool, settings.encryption_keys.get_secret_value(), settings.whatsapp_access_token.get_secret_value()
            )
            delivery = Delivery(pool, graph, tokens.of, timedelta(seconds=settings.settle_seconds), hash_key)
            playbooks = Playbooks(pool)
            llm = model_called(
                wiring.model_choice(settings),
                playbooks.find,
                RedisBudget(redis, wiring.token_limits(settings), now),
                production=settings.env == "production",
            )
            courtesy = Courtesy(graph, tokens)
            links = wiring.calendar_links(settings)
            voice = wiring.listening(settings, graph, tokens, redis)
            classifier = await wiring.classifier(settings)
            parts = Parts(
                pool=pool,
                redis=redis,
                llm=llm,
                delivery=delivery,
                clock=now,
                hash_key=hash_key,
                reachable_numbers=settings.reachable_numbers,
                max_attempts=settings.max_attempts,
                retry_wait=timedelta(seconds=settings.retry_seconds),
                show_reading=courtesy.show_reading,
                shown_while_gathering=settings.quiet_seconds >= SHORTEST_TYPING_SECONDS,
                listening=voice,
                classifier=classifier,
                find_playbook=playbooks.find,
                dashboard_url=settings.dashboard_url,
                calendar_links=links,
            )
            rules = Rules(
                timedelta(seconds=settings.quiet_seconds),
                timedelta(seconds=settings.quiet_limit_seconds),
                hash_key,
                courtesy.show_reading if parts.shown_while_gathering else None,
            )
            relay_settings = RelaySettings(
                Batches(settings.batch_size),
                wiring.n8n_batches(settings, llm, voice),
                timedelta(seconds=settings.lease_seconds),
                rules,
            )
            runners, started = wiring.runners(settings, parts, n8n), time.monotonic()
            relay = Relay(
                parts,
                runners,
                relay_settings,
                settings.database_url.get_secret_value(),
                n8n,
                lambda: sync_calendars(pool, wiring.vault(settings), wiring.calendar(settings), now),
            )
            events = LiveEvents(redis)
            listening = asyncio.create_task(events.run())
            relay.start()
            if runners.health is not None:
                runners.health.start()
            self._pages = build_api(
                ApiParts(
                    pool=pool,
                    redis=redis,
                    delivery=delivery,
                    graph=graph,
                    token_of=tokens.of,
                    tokens=TokenReader(settings.supabase_url, wiring.secret(settings.supabase_jwt_secret)),
                    live=events,
                    clock=now,
                    hash_key=hash_key,
                    vault=wiring.vault(settings),
                    reachable_numbers=settings.reachable_numbers,
                    wake_turns=relay.wake_turns,
                    wake=relay.wake,
                    config=wiring.config(settings, llm),
                    describe=lambda: wiring.describe(settings, runners, llm, started),
                    calendar_hosts=settings.allowed_calendar_hosts,
                    tokens_per_workspace=None if llm.instant else settings.model_tokens_per_workspace,
                    find_playbook=playbooks.find,
                    calendar_links=links,
                ),
                parts,
                settings.steps_key.get_secret_value(),
                lambda: apply_statuses(parts, rules),
                settings.dashboard_dir,
                settings.supabase_url,
            )
            try:
                yield relay.wake
            finally:
                if runners.health is not None:
                    await runners.health.stop()
                await relay.stop()
                await courtesy.stop()
                if voice is not None:
                    await voice.transcriber.close()
                if classifier is not None:
                    await classifier.close()
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


class Courtesy:
    """Read receipts and typing dots: sent beside the work, never waited for, worth no retry."""

    def __init__(self, graph: GraphClient, tokens: Tokens) -> None:
        self._graph = graph
        self._tokens = tokens
        self._tasks: set[asyncio.Task[None]] = set()

    async def show_reading(self, phone_number_id: str, wamid: str, typing: bool) -> None:
        """Begin to show a lead that the message was read, and that somebody types."""
        task = asyncio.create_task(self._show(phone_number_id, wamid, typing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show(self, phone_number_id: str, wamid: str, typing: bool) -> None:
        try:
            token = await self._tokens.of(phone_number_id)
            await self._graph.mark_read(phone_number_id, token, wamid, typing=typing)
        except Exception as error:
            log.info("a read receipt was not sent: %s", type(error).__name__)

    async def stop(self) -> None:
        """Drop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _nothing() -> None:
    return None


async def _close_pool(pool: Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()


def _health_pages(pool: Pool, redis: Redis, settings: Settings) -> Asgi:
    async def answer(scope: Scope, _: Receive, send: Send) -> None:
        if scope["path"] == "/metrics":
            await _plain(send, 200, generate_latest(), CONTENT_TYPE_LATEST.encode())
        elif scope["path"] == "/healthz":
            await _plain(send, 200, b'{"state":"up"}', b"application/json")
        else:
            found = await health.dependencies(pool, redis, settings)
            ready = all(each == "up" for each in found.values())
            await _plain(send, 200 if ready else 503, orjson.dumps({"parts": found}), b"application/json")

    return answer


async def _plain(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve(settings: Settings, parts: frozenset[str] | set[str] = ALL_PARTS) -> None:
    """Run until stopped."""
    start_logging(settings.log_level)
    if "engine" in parts:
        read_rules()
    # What imports and rules made stays for good: looking through it again and again costs a tenth of a busy process.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    uvicorn.run(
        App(settings, frozenset(parts)),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=4096,
        timeout_graceful_shutdown=3,
    )
