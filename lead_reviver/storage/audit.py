"""Who did what: written with the deed, read by the owner, changed by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lead_reviver.storage.database import Connection, new_id

RECORD = """
insert into public.audit_log (id, workspace_id, actor_id, action, subject, subject_id) values ($1, $2, $3, $4, $5, $6)
"""

# What the program did to leads by itself.
RECORD_ABOUT_LEADS = """
insert into public.audit_log (id, workspace_id, action, subject, subject_id, details)
select d.id, d.workspace_id, $1, 'lead', d.lead_id, d.details
from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::jsonb[]) as d (id, workspace_id, lead_id, details)
"""


async def record(
    connection: Connection, workspace_id: str, actor_id: str | None, action: str, subject: str, subject_id: str
) -> None:
    """Write down that a member did something, e.g. ("take over", "conversation", id). No personal data.

    None stands for whoever uses the command line.
    """
    await connection.execute(RECORD, new_id(), workspace_id, actor_id, action, subject, subject_id)


async def record_about_leads(
    connection: Connection, action: str, leads: Sequence[tuple[str, str, dict[str, Any]]]
) -> None:
    """Write down that the program itself did something to leads: (workspace id, lead id, details). No personal data."""
    await connection.execute(
        RECORD_ABOUT_LEADS,
        action,
        [new_id() for _ in leads],
        [workspace_id for workspace_id, _, _ in leads],
        [lead_id for _, lead_id, _ in leads],
        [details for _, _, details in leads],
    )
