"""How the parts are, n8n among them, what is parked, and signing out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from lead_reviver.api.access import MANAGERS, SignedIn, role_in
from lead_reviver.api.api_parts import N8nState, RunnerSetting
from lead_reviver.api.conversations import Parts
from lead_reviver.state import sessions
from lead_reviver.storage import inbox, meeting_events, workflows
from lead_reviver.storage.database import AWAY, Connection, as_member, lent
from lead_reviver.storage.model_use import use_since
from lead_reviver.storage.workflows import WorkflowState

router = APIRouter(tags=["system"])

SHOWN_FAILURES: Final = 20
RUNNERS_SINCE: Final = timedelta(hours=1)

PARKED = """
select t.id, t.conversation_id, t.reason, t.attempts, t.runner, t.finished_at as parked_at, l.name as lead_name
from public.turns t join public.conversations c on c.id = t.conversation_id join public.leads l on l.id = c.lead_id
where t.workspace_id = $1 and t.state = 'parked' order by t.finished_at desc limit 100
"""
PAUSED = """
select id, name, paused_reason as reason, paused_at from public.channels
where workspace_id = $1 and paused_at is not null order by paused_at
"""


class Part(BaseModel):
    """One part the engine depends on."""

    name: str
    state: str
    """up or down."""
    detail: str


class ParkedTurn(BaseModel):
    """A turn that was given up; a person looks, and may let it run again."""

    id: UUID
    conversation_id: UUID
    lead_name: str | None
    reason: str | None
    attempts: int
    runner: str | None
    """Who tried last: n8n or inline."""
    parked_at: datetime | None


class ParkedEvent(BaseModel):
    """A webhook event that could not be applied; it is kept, and may be tried again."""

    id: int
    kind: str
    reason: str | None
    received_at: datetime


class ParkedMeetingEvent(BaseModel):
    """A change of a meeting that a calendar kept by n8n could not be told; it is kept, and may be told again."""

    id: int
    event: Literal["booked", "moved", "cancelled", "happened", "no_show"]
    kind: str
    starts_at: datetime
    time_zone: str
    """The lead's."""
    occurred_at: datetime
    attempts: int
    reason: str | None
    conversation_id: UUID | None
    lead_name: str | None


class PausedChannel(BaseModel):
    """A number that must not send until somebody in charge lets it."""

    id: UUID
    name: str
    reason: str
    paused_at: datetime


class N8nWorkflow(BaseModel):
    """One of our workflows, as it was found in n8n."""

    id: str
    name: str
    version: str
    state: WorkflowState
    active: bool
    """It runs when it is called or due."""
    checked_at: datetime


class N8nFailure(BaseModel):
    """A run of a workflow that failed."""

    id: UUID
    workflow_id: str
    workflow_name: str
    execution_id: str | None
    node: str | None
    reason: str
    turns: int
    """How many turns were taken from it and tried again or parked."""
    failed_at: datetime


class N8n(BaseModel):
    """How n8n is; absent where it is no part of the installation."""

    state: N8nState
    detail: str
    url: str | None
    """Where it is opened. Only for owners and managers."""
    workflows: list[N8nWorkflow]
    failures: list[N8nFailure]
    """Newest first. Only for owners and managers."""


class Runners(BaseModel):
    """How many of the turns begun in the last hour each runner took."""

    n8n: int = 0
    inline: int = 0


class ModelUse(BaseModel):
    """What the language model took for the workspace today (UTC), by the record."""

    turns: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    """Those of `tokens_in` that the provider had cached."""
    cost_micros: int
    """Millionths of a unit of `cost_currency`; 0 where the provider has no list price."""
    cost_currency: str | None
    median_ms: int
    """How long a turn waited for the model."""
    tokens_left: int
    """Of the workspace's budget for today, in and out."""


class System(BaseModel):
    """What the system page shows."""

    parts: list[Part]
    parked_turns: list[ParkedTurn]
    parked_events: list[ParkedEvent]
    """Only for owners and managers."""
    parked_meeting_events: list[ParkedMeetingEvent]
    """Only for owners and managers."""
    paused_channels: list[PausedChannel]
    n8n: N8n
    runner: str
    """Who takes turns now: n8n or inline."""
    runner_setting: RunnerSetting
    """What was asked for; auto means n8n while it is healthy."""
    runners: Runners
    model: str
    model_use: ModelUse | None
    """Only for owners and managers, and where there is a language model."""


@router.get("/config.json")
async def config(parts: Parts) -> dict[str, Any]:
    """Tell the dashboard where to sign in. Nothing here is secret."""
    return parts.config


@router.get("/api/system")
async def system(workspace_id: UUID, caller: SignedIn, parts: Parts) -> System:
    """Return how the parts are and which turns are parked, as far as the caller may see them."""
    async with as_member(parts.pool, caller.claims) as connection:
        role = await role_in(connection, caller, str(workspace_id))
        rows = await connection.fetch(PARKED, str(workspace_id))
        paused = await connection.fetch(PAUSED, str(workspace_id))
    in_charge = role in MANAGERS
    described = parts.describe()
    async with lent(parts.pool) as connection:
        events = await inbox.parked(connection, str(workspace_id)) if in_charge else []
        untold = await meeting_events.parked(connection, str(workspace_id)) if in_charge else []
        failures = await workflows.recent_failures(connection, SHOWN_FAILURES) if in_charge else []
        found = await workflows.all_workflows(connection)
        model_use = await _model_use(connection, str(workspace_id), parts) if in_charge else None
        runners = await workflows.turns_by_runner(connection, str(workspace_id), parts.clock() - RUNNERS_SINCE)
    return System(
        parts=[await _database(parts), await _redis(parts)],
        parked_turns=[ParkedTurn(**dict(row)) for row in rows],
        parked_events=[ParkedEvent(**asdict(event)) for event in events],
        parked_meeting_events=[ParkedMeetingEvent(**asdict(event)) for event in untold],
        paused_channels=[PausedChannel(**dict(row)) for row in paused],
        n8n=N8n(
            state=described.n8n_state,
            detail=described.n8n_detail,
            url=described.n8n_url if in_charge else None,
            workflows=[N8nWorkflow(**asdict(each)) for each in found],
            failures=[N8nFailure(**asdict(each)) for each in failures],
        ),
        runner=described.runner,
        runner_setting=described.runner_setting,
        runners=Runners(**runners),
        model=described.model,
        model_use=model_use,
    )


async def _model_use(connection: Connection, workspace_id: str, parts: Parts) -> ModelUse | None:
    if parts.tokens_per_workspace is None:
        return None
    used = await use_since(connection, workspace_id, parts.clock().replace(hour=0, minute=0, second=0, microsecond=0))
    left = max(parts.tokens_per_workspace - used.tokens_in - used.tokens_out, 0)
    return ModelUse(**asdict(used), tokens_left=left)


async def _database(parts: Parts) -> Part:
    began = perf_counter()
    try:
        await parts.pool.fetchval("select 1", timeout=2)
    except AWAY as error:
        return Part(name="postgres", state="down", detail=type(error).__name__)
    return Part(name="postgres", state="up", detail=f"answers in {(perf_counter() - began) * 1000:.1f} ms")


async def _redis(parts: Parts) -> Part:
    began = perf_counter()
    try:
        await parts.redis.ping()
    except Exception as error:
        return Part(name="redis", state="down", detail=type(error).__name__)
    return Part(name="redis", state="up", detail=f"answers in {(perf_counter() - began) * 1000:.1f} ms")


@router.post("/api/sign-out", status_code=204)
async def sign_out(caller: SignedIn, parts: Parts) -> Response:
    """End the session here at once; its tokens would be valid until they expire."""
    session_id = caller.claims.get("session_id")
    if session_id:
        await sessions.sign_out(parts.redis, str(session_id))
    return Response(status_code=204)
