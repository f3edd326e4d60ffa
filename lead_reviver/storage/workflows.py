"""What is known about n8n: which of our workflows stand there in which version, which of their runs failed, and how
much of the work it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from lead_reviver.storage.database import Connection

WorkflowState = Literal["current", "changed", "outdated", "missing"]
"""changed: by a person, and kept; outdated: changed, and ours has moved on since; missing: deleted in n8n."""

# Those that need somebody's eye first.
ALL = """
select id, name, version, fingerprint, state, active, checked_at from engine.workflows
order by state = 'current' and active, name
"""

RECORD = """
insert into engine.workflows (id, name, version, fingerprint, state, active, checked_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::timestamptz[])
on conflict (id) do update set name = excluded.name, version = excluded.version, fingerprint = excluded.fingerprint,
  state = excluded.state, active = excluded.active, checked_at = excluded.checked_at
"""

# Workflows that we do not ship any more.
FORGET_OTHERS = "delete from engine.workflows where id <> all ($1::text[])"

RECENT_FAILURES = """
select id, workflow_id, workflow_name, execution_id, node, reason, turns, failed_at from engine.workflow_failures
order by failed_at desc limit $1
"""

# A failure that is reported again is the same failure.
RECORD_FAILURE = """
insert into engine.workflow_failures (id, workflow_id, workflow_name, execution_id, node, reason, turns, failed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing returning id
"""

# Ids grow with time, so the turns begun since then lie together in the index over (workspace_id, id).
TURNS_BY_RUNNER = """
select runner, count(*) as turns from public.turns
where workspace_id = $1 and id >= $2 and runner is not null group by runner
"""


@dataclass(frozen=True, slots=True)
class Workflow:
    """One of our workflows as it was found in n8n when it was last provisioned."""

    id: str
    """n8n's id of it, the same everywhere."""
    name: str
    version: str
    """The version that stands in n8n; a changed one counts from the version it was made of."""
    fingerprint: str
    """SHA-256 of what we imported, in hexadecimal."""
    state: WorkflowState
    active: bool
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """A run of a workflow that failed."""

    id: str
    """Made of what was reported, so that a second report of the same run is known."""
    workflow_id: str
    workflow_name: str
    execution_id: str | None
    """None when the run failed before it began."""
    node: str | None
    reason: str
    """What n8n said, without numbers, addresses and message text: the caller sees to that."""
    turns: int
    """How many turns were taken from the run and tried again or parked."""
    failed_at: datetime


async def all_workflows(connection: Connection) -> list[Workflow]:
    """Return our workflows, those that need somebody's eye first."""
    return [Workflow(*row.values()) for row in await connection.fetch(ALL)]


async def record_workflows(connection: Connection, rows: Sequence[Workflow]) -> None:
    """Write down what was found in n8n. `rows` are all of our workflows: others are forgotten. Safe to run twice."""
    await connection.execute(
        RECORD,
        [each.id for each in rows],
        [each.name for each in rows],
        [each.version for each in rows],
        [each.fingerprint for each in rows],
        [each.state for each in rows],
        [each.active for each in rows],
        [each.checked_at for each in rows],
    )
    await connection.execute(FORGET_OTHERS, [each.id for each in rows])


async def recent_failures(connection: Connection, limit: int = 20) -> list[Failure]:
    """Return the failed runs, newest first."""
    return [Failure(*row.values()) for row in await connection.fetch(RECENT_FAILURES, limit)]


async def record_failure(connection: Connection, failure: Failure) -> bool:
    """Write down that a run failed; False when it was known already, and then nothing changes."""
    known_as = await connection.fetchval(
        RECORD_FAILURE,
        failure.id,
        failure.workflow_id,
        failure.workflow_name,
        failure.execution_id,
        failure.node,
        failure.reason,
        failure.turns,
        failure.failed_at,
    )
    return known_as is not None


async def turns_by_runner(connection: Connection, workspace_id: str, since: datetime) -> dict[str, int]:
    """Return how many of a workspace's turns begun since then each runner ("n8n", "inline") took last."""
    smallest = UUID(int=int(since.timestamp() * 1000) << 80)  # a UUIDv7 begins with 48 bits of Unix milliseconds
    return {row["runner"]: row["turns"] for row in await connection.fetch(TURNS_BY_RUNNER, workspace_id, str(smallest))}
