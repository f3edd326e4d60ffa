"""Take in leads: a delivery from a form, a CRM or a sheet, as a workflow passes it on; each row gets its fate.

Safe to run twice, late, and beside the gateway, which takes a delivery in itself when the workflow does not answer.
"""

from __future__ import annotations

from lead_reviver.campaigns.intake import Answer, take_in
from lead_reviver.campaigns.lead_requests import LATE, LeadDelivery, check_signature
from lead_reviver.steps.parts import Parts
from lead_reviver.storage.secrets import Vault


async def take_in_leads(parts: Parts, vault: Vault, delivery: LeadDelivery) -> Answer:
    """Return what became of each row.

    Raises `WrongSignature`, `BadInput`, `Busy`, `DatabaseAway`.
    """
    now = parts.clock()
    await check_signature(parts.pool, vault, delivery, now, LATE)
    return await take_in(parts.pool, parts.hash_key, delivery.workspace_id, delivery.body, delivery.content_type, now)
