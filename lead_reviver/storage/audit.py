"""Who did what: written with the deed, read by the owner, changed by nobody."""

from __future__ import annotations

from lead_reviver.storage.database import Connection, new_id

RECORD = """
insert into public.audit_log (id, workspace_id, actor_id, action, subject, subject_id) values ($1, $2, $3, $4, $5, $6)
"""


async def record(
    connection: Connection, workspace_id: str, actor_id: str, action: str, subject: str, subject_id: str
) -> None:
    """Write down that a member did something, e.g. ("take over", "conversation", id). No personal data."""
    await connection.execute(RECORD, new_id(), workspace_id, actor_id, action, subject, subject_id)
