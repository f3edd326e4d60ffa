"""The real parts as the settings name them. `app.py` holds them together."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lead_reviver.api.api_parts import Description, N8nState
from lead_reviver.api.steps import MOST_TURNS
from lead_reviver.campaigns.lead_requests import pack
from lead_reviver.classifier.child import Child
from lead_reviver.classifier.choosing import OFF, classifier_called
from lead_reviver.gateway.leads import Forward, to_nobody
from lead_reviver.meetings.caldav_calendar import CalDavCalendar
from lead_reviver.meetings.calendar_links import CalendarLinks
from lead_reviver.n8n.calls import N8nCalls
from lead_reviver.ports import Llm
from lead_reviver.relay.relay import Batches
from lead_reviver.relay.runner import Health, InlineRunner, N8nRunner, Runners
from lead_reviver.reply.models import ModelChoice
from lead_reviver.settings import Settings
from lead_reviver.state.model_budget import Limits
from lead_reviver.state.redis import Redis
from lead_reviver.state.voice_budget import VoiceBudget
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.sync_calendars import Connect
from lead_reviver.storage.secrets import Vault
from lead_reviver.tokens import Tokens
from lead_reviver.voice.choosing import transcriber_called
from lead_reviver.voice.listening import Listening
from lead_reviver.whatsapp.client import GraphClient

LONGEST_N8N_START_SECONDS: Final = 600.0
"""The first start installs it; an n8n that takes longer than this is down."""


def now() -> datetime:
    """Return the time, aware, UTC."""
    return datetime.now(UTC)


def model_choice(settings: Settings) -> ModelChoice:
    """Return which language model answers, and how long it is waited for."""
    key = secret(settings.model_key) or ""
    return ModelChoice(settings.model, settings.model_url, key, settings.model_seconds, settings.model_patience_seconds)


def listening(settings: Settings, graph: GraphClient, tokens: Tokens, redis: Redis) -> Listening | None:
    """Return what listens to voice notes; None where a person does."""
    key, seconds = secret(settings.transcribe_key), settings.transcribe_seconds
    transcriber = transcriber_called(settings.transcribe, settings.transcribe_url, key, seconds)
    if transcriber is None:
        return None
    return Listening(
        transcriber=transcriber,
        graph=graph,
        token_of=tokens.of,
        budget=VoiceBudget(redis, 60 * settings.transcribe_minutes_per_day, now),
        clock=now,
        hash_key=settings.hash_key.get_secret_value().encode(),
        longest=settings.transcribe_longest_seconds,
        patience=2 * seconds,
    )


async def classifier(settings: Settings) -> Child | None:
    """Return what reads messages beside the rules, running; None: the rules alone. Raises `SettingsError`."""
    child = classifier_called(settings.classifier)
    if child is not None:
        await child.start()
    return child


def calendar_links(settings: Settings) -> CalendarLinks:
    """Return what makes and reads links to meetings."""
    return CalendarLinks(settings.hash_key.get_secret_value().encode(), settings.public_url)


def token_limits(settings: Settings) -> Limits:
    """Return what a language model may use."""
    return Limits(
        settings.model_tokens_per_conversation, settings.model_tokens_per_workspace, settings.model_tokens_per_day
    )


def n8n_calls(settings: Settings) -> N8nCalls | None:
    """Return the client of n8n; None where there is none, or nothing is meant to use it."""
    if settings.runner == "inline" or settings.n8n_url is None or settings.n8n_webhook_key is None:
        return None
    return N8nCalls(settings.n8n_url, settings.n8n_webhook_key.get_secret_value())


def runners(settings: Settings, parts: Parts, n8n: N8nCalls | None) -> Runners:
    """Return who carries turns through the steps."""
    inline = InlineRunner(parts)
    if n8n is None:
        return Runners(settings.runner, inline, None, None)
    runner = N8nRunner(parts, n8n, settings.n8n_patience_seconds)
    return Runners(settings.runner, inline, runner, Health(runner.probe, n8n.ready))


def n8n_batches(settings: Settings, llm: Llm, voice: Listening | None) -> Batches:
    """Return what n8n gets: few large batches where no turn waits for the slowest of its batch.

    A run of a workflow costs n8n 80 to 100 ms of processor time, and hardly more for each turn (2 cores, n8n 2.40).
    """
    if llm.instant and voice is None and settings.classifier == OFF:
        return Batches(min(MOST_TURNS, 8 * settings.batch_size), at_once=2)
    return Batches(settings.batch_size)


def calendar(settings: Settings) -> Connect:
    """Return how a member's own calendar is reached."""
    return lambda account, password: CalDavCalendar(
        account.url, account.username, password, settings.allowed_calendar_hosts, account.time_zone
    )


def forward(n8n: N8nCalls | None, vault: Vault) -> Forward:
    """Return how deliveries of leads reach the workflow "Take in leads"."""
    if n8n is None:
        return to_nobody

    async def forward(workspace_id: str, body: bytes, headers: Mapping[str, str]) -> bytes | None:
        packed = pack(vault, workspace_id, body, headers)
        return await n8n.call_raw("take-in-leads", packed, {"content-type": "application/json"})

    return forward


def describe(settings: Settings, runners: Runners, llm: Llm, since: float) -> Description:
    """Return how things are, for the system page; `since` is when the engine started, on the monotonic clock."""
    health = runners.health
    state: N8nState = "absent"
    if health is not None:
        late = time.monotonic() - since > LONGEST_N8N_START_SECONDS
        state = "up" if health.is_up else "down" if health.was_up or late else "starting"
    return Description(
        runner=runners.current.name,
        model=llm.name,
        runner_setting=settings.runner,
        n8n_state=state,
        n8n_detail=health.detail if health is not None else "",
        n8n_url=settings.n8n_editor_url,
    )


def secret(value: Any) -> str | None:
    """Return a secret in clear; None where it is not set."""
    return None if value is None else str(value.get_secret_value())


def vault(settings: Settings) -> Vault:
    """Return what encrypts stored secrets."""
    return Vault(settings.encryption_keys.get_secret_value())


def app_secrets(settings: Settings) -> list[bytes]:
    """Return the Meta app's secrets: the one in use and, while it is changed, the one before."""
    both = (settings.whatsapp_app_secret, settings.whatsapp_app_secret_previous)
    return [each.get_secret_value().encode() for each in both if each is not None]


def config(settings: Settings, llm: Llm) -> dict[str, Any]:
    """Return what `/config.json` tells the dashboard."""
    demo = None
    if settings.env == "development" and settings.demo_email and settings.demo_password:
        demo = {"email": settings.demo_email, "password": settings.demo_password.get_secret_value()}
    return {
        "supabase_url": settings.supabase_url,
        "supabase_publishable_key": settings.supabase_publishable_key,
        "environment": settings.env,
        "model": llm.name,
        "simulator_url": settings.whatsapp_graph_url if settings.graph_is_loopback else None,
        "demo": demo,
    }
