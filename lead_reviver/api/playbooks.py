"""Playbooks as YAML: listed, read, checked, saved as a new version, tried, published, brought back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from lead_reviver.api.access import MANAGERS, Caller, SignedIn, check_role, role_among, role_in
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.playbooks import AlreadyPublished, bring_back, publish_draft, save_draft, try_draft
from lead_reviver.reply.playbook import PlaybookRefused, parse_playbook, playbook_text, read_playbook, shipped_text
from lead_reviver.reply.playbook_evaluation import Evaluation, EvaluationFailed, evaluate
from lead_reviver.reply.playbook_yaml import LONGEST
from lead_reviver.storage import playbooks
from lead_reviver.storage.database import Connection, as_member
from lead_reviver.storage.playbooks import Version

router = APIRouter(prefix="/api/playbooks", tags=["playbooks"])

YAML: Final = "application/yaml"
MANAGERS_CHANGE: Final = "Only owners and managers change playbooks; ask one."
_TEXT: Final = {YAML: {"schema": {"type": "string"}}}
SENDS_YAML: Final = {"requestBody": {"required": True, "content": _TEXT}}
GIVES_YAML: Final[dict[int | str, dict[str, Any]]] = {200: {"content": _TEXT}}

Shipped = Literal["property_buyers", "property_sellers", "home_services_requote"]


class TriedItem(BaseModel):
    """One thing of a trial that does not hold."""

    kind: str
    """languages, texts, opt_outs, attacks, questions, facts, objections, listings, conversations."""
    item: str
    """Which one: a text's name and language, or what the lead said."""
    problem: str


class Trial(BaseModel):
    """What came of trying a playbook; where nothing failed, it may be published."""

    tried: dict[str, int]
    """How many things by kind."""
    failed: list[TriedItem]


class PlaybookVersion(BaseModel):
    """One version."""

    id: UUID
    name: str
    version: int
    saved_at: datetime | None = None
    saved_by: UUID | None = None
    """None: somebody at the command line."""
    published_at: datetime | None = None
    """None: it is a draft."""
    published_by: UUID | None = None
    in_force: bool = False
    evaluation: Trial | None = None
    """What came of the last trial; None: it was not tried."""


@router.get("")
async def list_playbooks(workspace_id: UUID, caller: SignedIn, parts: Parts) -> list[PlaybookVersion]:
    """Return every version of a workspace's playbooks, newest first within a name."""
    async with as_member(parts.pool, caller.claims) as connection:
        await role_in(connection, caller, str(workspace_id))
        found = await playbooks.list_versions(connection, str(workspace_id))
    return [
        PlaybookVersion(
            id=UUID(each.id),
            name=each.name,
            version=each.version,
            saved_at=each.created_at,
            saved_by=UUID(each.saved_by) if each.saved_by else None,
            published_at=each.published_at,
            published_by=UUID(each.published_by) if each.published_by else None,
            in_force=each.in_force,
            evaluation=Trial(**each.evaluation) if each.evaluation else None,
        )
        for each in found
    ]


@router.get("/shipped/{name}", response_class=Response, responses=GIVES_YAML)
async def read_shipped(name: Shipped, _: SignedIn) -> Response:
    """Return a playbook that comes with Lead-Reviver as YAML, to begin one of your own with."""
    return Response(shipped_text(name), media_type=YAML)


@router.get("/{playbook_id}", response_class=Response, responses=GIVES_YAML)
async def read_one(playbook_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Return a version as YAML."""
    async with as_member(parts.pool, caller.claims) as connection:
        version = await _seen(connection, playbook_id)
    return Response(playbook_text(parse_playbook(version.body)), media_type=YAML)


@router.post("", status_code=201, openapi_extra=SENDS_YAML)
async def save(workspace_id: UUID, request: Request, caller: SignedIn, parts: Parts) -> PlaybookVersion:
    """Save the YAML of the body as a draft: the next version of the name that stands in it."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS, MANAGERS_CHANGE)
    with _refusals_told():
        draft = await save_draft(parts.pool, workspace, await _text(request), caller.user_id)
    return PlaybookVersion(id=UUID(draft.id), name=draft.name, version=draft.version)


@router.post("/check", openapi_extra=SENDS_YAML)
async def check(workspace_id: UUID, request: Request, caller: SignedIn, parts: Parts) -> Trial:
    """Read the YAML of the body and try it, as publishing does; nothing is kept."""
    await check_role(parts, caller, str(workspace_id), MANAGERS, MANAGERS_CHANGE)
    with _refusals_told():
        playbook = read_playbook(await _text(request))
    return _trial(await asyncio.to_thread(evaluate, playbook, parts.clock()))


@router.post("/{playbook_id}/try")
async def try_one(playbook_id: UUID, caller: SignedIn, parts: Parts) -> Trial:
    """Try a draft as publishing does; what came of it is kept beside it, and nothing else changes."""
    draft = await _to_change(parts, caller, playbook_id)
    with _refusals_told():
        return _trial(await try_draft(parts.pool, draft, parts.clock()))


@router.post("/{playbook_id}/publish")
async def publish(playbook_id: UUID, caller: SignedIn, parts: Parts) -> PlaybookVersion:
    """Try a draft and bring it into force; what fails is told item by item, and nothing changes then."""
    draft, now = await _to_change(parts, caller, playbook_id), parts.clock()
    with _refusals_told():
        evaluation = await publish_draft(parts.pool, draft, caller.user_id, now)
    return _in_force(draft, caller, now, evaluation)


@router.post("/{playbook_id}/bring-back", status_code=201)
async def go_back(playbook_id: UUID, caller: SignedIn, parts: Parts) -> PlaybookVersion:
    """Go back to a version: what it says is tried as of now, saved as the next version and brought into force."""
    version, now = await _to_change(parts, caller, playbook_id), parts.clock()
    with _refusals_told():
        new, evaluation = await bring_back(parts.pool, version, caller.user_id, now)
    return _in_force(new, caller, now, evaluation)


async def _seen(connection: Connection, playbook_id: UUID) -> Version:
    version = await playbooks.get(connection, str(playbook_id))
    if version is None:
        raise Problem(404, "not_found", "There is no such playbook here.")
    return version


async def _to_change(parts: ApiParts, caller: Caller, playbook_id: UUID) -> Version:
    async with as_member(parts.pool, caller.claims) as connection:
        version = await _seen(connection, playbook_id)
        await role_among(connection, caller, version.workspace_id, MANAGERS, MANAGERS_CHANGE)
    return version


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Let what speaks against a playbook leave as a `Problem` that lists each thing."""
    try:
        yield
    except PlaybookRefused as refused:
        lines = [{"line": each.line, "path": each.path, "what": each.what} for each in refused.problems]
        raise Problem(422, "broken_playbook", str(refused), lines) from None
    except AlreadyPublished as published:
        raise Problem(409, "already_published", str(published)) from None
    except EvaluationFailed as failed:
        items = [{"kind": each.kind, "item": each.item, "what": each.problem} for each in failed.evaluation.failed]
        raise Problem(422, "evaluation_failed", str(failed), items) from None


def _trial(evaluation: Evaluation) -> Trial:
    failed = [TriedItem(kind=each.kind, item=each.item, problem=each.problem or "") for each in evaluation.failed]
    return Trial(tried=evaluation.tried, failed=failed)


def _in_force(version: Version, caller: Caller, now: datetime, evaluation: Evaluation) -> PlaybookVersion:
    return PlaybookVersion(
        id=UUID(version.id),
        name=version.name,
        version=version.version,
        published_at=now,
        published_by=UUID(caller.user_id),
        in_force=True,
        evaluation=_trial(evaluation),
    )


async def _text(request: Request) -> str:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > 4 * LONGEST:
            raise Problem(413, "too_long", "This file is too long for a playbook.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Problem(422, "bad_input", "The file is no UTF-8 text; save it as UTF-8.") from None
