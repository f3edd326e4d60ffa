"""Channels and templates, as Meta says they are."""

from __future__ import annotations

from lead_reviver.storage.database import Connection

UPDATE_TEMPLATE = """
update public.templates set status = coalesce($2, status), quality = coalesce($3, quality),
  category = coalesce($4, category), rejected_reason = coalesce($5, rejected_reason), synced_at = now()
where template_id = $1 returning workspace_id
"""

# Webhooks name the number as it is displayed, with or without signs between the digits.
UPDATE_LIMIT = """
update public.channels set messaging_limit = coalesce($2, messaging_limit)
where regexp_replace(display_phone_number, '[^0-9]', '', 'g') = regexp_replace($1, '[^0-9]', '', 'g') and $1 <> ''
returning workspace_id
"""

PAUSE_ACCOUNT = """
update public.channels set paused_at = now(), paused_reason = $2
where business_account_id = $1 and paused_at is null returning workspace_id
"""

# Stop the number of a conversation, or every number of its account.
PAUSE_FOR = """
update public.channels set paused_at = now(), paused_reason = $2
where paused_at is null and case when $3
  then business_account_id = (select ch.business_account_id from public.conversations c
                              join public.channels ch on ch.id = c.channel_id where c.id = $1)
  else id = (select channel_id from public.conversations where id = $1) end
"""

# A person has looked: sending goes on.
RESUME = """
update public.channels set paused_at = null, paused_reason = null
where id = $1 and paused_at is not null returning workspace_id
"""


async def update_template(
    connection: Connection,
    template_id: str,
    *,
    status: str | None,
    quality: str | None,
    category: str | None,
    rejected_reason: str | None,
) -> set[str]:
    """Record what changed about a template; return the workspaces that use it."""
    rows = await connection.fetch(UPDATE_TEMPLATE, template_id, status, quality, category, rejected_reason)
    return {row["workspace_id"] for row in rows}


async def update_limit(connection: Connection, display_phone_number: str, limit: str | None) -> set[str]:
    """Record a number's messaging limit, e.g. TIER_2K; return the workspaces it belongs to."""
    return {row["workspace_id"] for row in await connection.fetch(UPDATE_LIMIT, display_phone_number, limit)}


async def pause_account(connection: Connection, business_account_id: str, reason: str) -> set[str]:
    """Stop sending from every number of an account; return the workspaces it belongs to."""
    return {row["workspace_id"] for row in await connection.fetch(PAUSE_ACCOUNT, business_account_id, reason)}


async def pause_for(connection: Connection, conversation_id: str, reason: str, *, whole_account: bool) -> None:
    """Stop sending from the number of a conversation, or from every number of its account."""
    await connection.execute(PAUSE_FOR, conversation_id, reason, whole_account)


async def resume(connection: Connection, channel_id: str) -> bool:
    """Let a paused number send again; False when it was not paused."""
    return await connection.fetchval(RESUME, channel_id) is not None
