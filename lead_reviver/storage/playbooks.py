"""Versions of playbooks: saved as drafts, published once, never changed after that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from lead_reviver.storage.database import Connection, new_id

# One version after the other of a name, whoever saves at the same moment.
LOCK_NAME = "select pg_advisory_xact_lock(hashtextextended('playbook ' || $1 || ' ' || $2, 0))"

# A new draft, numbered after the last version.
SAVE = """
insert into public.playbooks (id, workspace_id, name, version, body, saved_by)
select $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5 from public.playbooks where workspace_id = $2 and name = $3
returning version
"""

# One version.
GET = "select id, workspace_id, name, version, body, published_at from public.playbooks where id = $1"

# A version by its name: the one with this number, else the newest.
FIND = """
select id, workspace_id, name, version, body, published_at from public.playbooks
where workspace_id = $1 and name = $2 and ($3::integer is null or version = $3)
order by version desc limit 1
"""

# Every version, of one name or all, newest first; the newest published one of the workspace is in force.
LIST = """
select id, name, version, created_at, saved_by, published_at, published_by, evaluation,
  id is not distinct from (select p.id from public.playbooks p
    where p.workspace_id = $1 and p.published_at is not null order by p.published_at desc limit 1) as in_force
from public.playbooks
where workspace_id = $1 and ($2::text is null or name = $2)
order by name, version desc
"""

# Brings a draft into force, if it is still the one that was evaluated.
PUBLISH = """
update public.playbooks set published_at = $2, evaluation = $3, published_by = $5
where id = $1 and published_at is null and body = $4
returning id
"""

# What was tried, beside a draft that is not published.
KEEP_EVALUATION = "update public.playbooks set evaluation = $2 where id = $1 and published_at is null"

# The workspace with this id, or the first ones.
WORKSPACES = "select id from public.workspaces where $1::uuid is null or id = $1 order by created_at limit 20"


class Version(Struct, frozen=True):
    """One version with its body."""

    id: str
    workspace_id: str
    name: str
    version: int
    body: dict[str, Any]
    published_at: datetime | None


class Listed(Struct, frozen=True):
    """One version in a list."""

    id: str
    name: str
    version: int
    created_at: datetime
    saved_by: str | None
    published_at: datetime | None
    published_by: str | None
    evaluation: dict[str, Any] | None
    in_force: bool


async def save(
    connection: Connection, workspace_id: str, name: str, body: dict[str, Any], saved_by: str | None
) -> Version:
    """Save a draft, inside the caller's transaction; versions of a name count up from 1."""
    playbook_id = new_id()
    await connection.execute(LOCK_NAME, workspace_id, name)
    number = await connection.fetchval(SAVE, playbook_id, workspace_id, name, body, saved_by)
    return Version(playbook_id, workspace_id, name, int(number), body, None)


async def get(connection: Connection, playbook_id: str) -> Version | None:
    """Return a version by its id."""
    row = await connection.fetchrow(GET, playbook_id)
    return None if row is None else Version(**dict(row))


async def find(connection: Connection, workspace_id: str, name: str, version: int | None = None) -> Version | None:
    """Return a version by its name and number; without a number the newest, published or not."""
    row = await connection.fetchrow(FIND, workspace_id, name, version)
    return None if row is None else Version(**dict(row))


async def list_versions(connection: Connection, workspace_id: str, name: str | None = None) -> list[Listed]:
    """Return every version, of one name or all, newest first within a name."""
    return [Listed(**dict(row)) for row in await connection.fetch(LIST, workspace_id, name)]


async def publish(
    connection: Connection, draft: Version, evaluation: dict[str, Any], now: datetime, published_by: str | None
) -> bool:
    """Bring a draft into force; False when it is published already or was changed since it was read."""
    return await connection.fetchval(PUBLISH, draft.id, now, evaluation, draft.body, published_by) is not None


async def keep_evaluation(connection: Connection, playbook_id: str, evaluation: dict[str, Any]) -> None:
    """Write down what was tried of a draft."""
    await connection.execute(KEEP_EVALUATION, playbook_id, evaluation)


async def workspaces(connection: Connection, workspace_id: str | None) -> list[str]:
    """Return this workspace's id if it is there; without one, the ids of the first 20."""
    return [row["id"] for row in await connection.fetch(WORKSPACES, workspace_id)]
