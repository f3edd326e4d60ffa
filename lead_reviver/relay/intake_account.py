"""What WhatsApp says about numbers, templates and accounts."""

from __future__ import annotations

from typing import Any

import orjson

from lead_reviver.relay.intake_batch import Batch, Known
from lead_reviver.storage import accounts
from lead_reviver.storage.database import Connection
from lead_reviver.storage.inbox import Fate
from lead_reviver.whatsapp.incoming import AccountUpdate


async def apply(connection: Connection, known: Known, batch: Batch) -> None:
    """Record a change of a number or template; stop sending where WhatsApp says so.

    What has no place in the record yet is kept as it came.
    """
    update = known.incoming
    if not isinstance(update, AccountUpdate):
        batch.fates[known.event.id] = Fate(known.event.id, "kept", type(update).__name__)
        return
    touched = await _record(connection, update.field, update.value)
    if update.stops_sending is not None:
        account = orjson.loads(known.event.payload).get("business_account_id")
        touched |= await accounts.pause_account(connection, str(account), update.stops_sending)
    for workspace_id in touched:
        batch.changed(workspace_id, "channel")
    if not touched:
        batch.fates[known.event.id] = Fate(known.event.id, "kept", f"{update.field}: nothing here to change")


async def _record(connection: Connection, field: str, value: dict[str, Any]) -> set[str]:
    if field.startswith("message_template_") or field == "template_category_update":
        return await accounts.update_template(
            connection,
            str(value.get("message_template_id", "")),
            status=value.get("event") if field == "message_template_status_update" else None,
            quality=value.get("new_quality_score"),
            category=_category_now(field, value),
            rejected_reason=value.get("reason") if value.get("event") == "REJECTED" else None,
        )
    if field == "phone_number_quality_update":
        limit = value.get("max_daily_conversations_per_business") or value.get("current_limit")
        return await accounts.update_limit(connection, str(value.get("display_phone_number", "")), _text(limit))
    return set()


def _category_now(field: str, value: dict[str, Any]) -> str | None:
    """Return the category in force: in a notice ahead of a change, `new_category` is still the current one."""
    category = value.get("new_category") if field == "template_category_update" else None
    return category if category in ("MARKETING", "UTILITY", "AUTHENTICATION") else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
