"""Playbooks as YAML: listed, read, saved as a new version, published."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from lead_reviver.api.access import MANAGERS, Caller, SignedIn, role_in
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.playbooks import AlreadyPublished, publish_draft, save_draft
from lead_reviver.reply.playbook import PlaybookRefused, parse_playbook, playbook_text
from lead_reviver.reply.playbook_evaluation import EvaluationFailed
from lead_reviver.reply.playbook_yaml import LONGEST
from lead_reviver.storage import playbooks
from lead_reviver.storage.database import Connection, as_member
from lead_reviver.storage.playbooks import Version

router = APIRouter(prefix="/api/playbooks", tags=["playbooks"])

YAML = "application/yaml"


class PlaybookVersion(BaseModel):
    """One version."""

    id: UUID
    name: str
    version: int
    published_at: datetime | None = None
    in_force: bool = False
    evaluation: dict[str, Any] | None = None
    """What was tried: {"tried": {kind: count}, "failed": [{kind, item, problem}]}."""


async def _may_change(connection: Connection, caller: Caller, workspace_id: str) -> None:
    if await role_in(connection, caller, workspace_id) not in MANAGERS:
        raise Problem(403, "managers_only", "Only owners and managers change playbooks; ask one.")


async def _seen(connection: Connection, playbook_id: UUID) -> Version:
    version = await playbooks.get(connection, str(playbook_id))
    if version is None:
        raise Problem(404, "not_found", "There is no such playbook here.")
    return version


@router.get("")
async def list_playbooks(workspace_id: UUID, caller: SignedIn, parts: Parts) -> list[PlaybookVersion]:
    """Return every version of a workspace's playbooks."""
    async with as_member(parts.pool, caller.claims) as connection:
        await role_in(connection, caller, str(workspace_id))
        found = await playbooks.list_versions(connection, str(workspace_id))
    return [
        PlaybookVersion(
            id=UUID(each.id),
            name=each.name,
            version=each.version,
            published_at=each.published_at,
            in_force=each.in_force,
            evaluation=each.evaluation,
        )
        for each in found
    ]


@router.get("/{playbook_id}", response_class=Response)
async def read_one(playbook_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Return a version as YAML."""
    async with as_member(parts.pool, caller.claims) as connection:
        version = await _seen(connection, playbook_id)
    return Response(playbook_text(parse_playbook(version.body)), media_type=YAML)


@router.post("", status_code=201)
async def save(workspace_id: UUID, request: Request, caller: SignedIn, parts: Parts) -> PlaybookVersion:
    """Save the YAML of the body as a draft: the next version of the name that stands in it."""
    workspace = str(workspace_id)
    async with as_member(parts.pool, caller.claims) as connection:
        await _may_change(connection, caller, workspace)
    try:
        draft = await save_draft(parts.pool, workspace, await _text(request), caller.user_id)
    except PlaybookRefused as refused:
        problems = [{"line": each.line, "path": each.path, "what": each.what} for each in refused.problems]
        raise Problem(422, "broken_playbook", str(refused), problems) from None
    return PlaybookVersion(id=UUID(draft.id), name=draft.name, version=draft.version)


@router.post("/{playbook_id}/publish")
async def publish(playbook_id: UUID, caller: SignedIn, parts: Parts) -> PlaybookVersion:
    """Try a draft and bring it into force; what fails is told item by item, and nothing changes then."""
    async with as_member(parts.pool, caller.claims) as connection:
        draft = await _seen(connection, playbook_id)
        await _may_change(connection, caller, draft.workspace_id)
    now = parts.clock()
    try:
        evaluation = await publish_draft(parts.pool, draft, caller.user_id, now)
    except AlreadyPublished as published:
        raise Problem(409, "already_published", str(published)) from None
    except EvaluationFailed as failed:
        items = [{"kind": each.kind, "item": each.item, "what": each.problem} for each in failed.evaluation.failed]
        raise Problem(422, "evaluation_failed", str(failed), items) from None
    return PlaybookVersion(
        id=playbook_id,
        name=draft.name,
        version=draft.version,
        published_at=now,
        in_force=True,
        evaluation={"tried": evaluation.tried, "failed": []},
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
