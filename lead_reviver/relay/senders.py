"""Which lead wrote: found by any of the ids WhatsApp gave, created when none is known, merged when two are one."""

from __future__ import annotations

from collections.abc import Sequence

from lead_reviver.storage import leads, suppressions
from lead_reviver.storage.database import Connection
from lead_reviver.storage.leads import Identity, NewLead
from lead_reviver.whatsapp.identity import e164_of
from lead_reviver.whatsapp.incoming import Sender


def identities_of(workspace_id: str, sender: Sender) -> list[Identity]:
    """Return every way in which this sender is known, surest first."""
    found = []
    if sender.bsuid:
        found.append(Identity(workspace_id, "bsuid", sender.bsuid))
    if sender.parent_bsuid:
        found.append(Identity(workspace_id, "parent_bsuid", sender.parent_bsuid))
    if sender.wa_id:
        found.append(Identity(workspace_id, "wa_id", sender.wa_id))
        if phone := e164_of(sender.wa_id):
            found.append(Identity(workspace_id, "phone", phone))
    return found


async def find_leads(connection: Connection, senders: Sequence[tuple[str, Sender]], hash_key: bytes) -> list[str]:
    """Return the lead id of each (workspace id, sender), creating and merging leads as needed.

    A new lead whose number or id is on the suppression list is born opted out.
    """
    keys = [identities_of(workspace_id, sender) for workspace_id, sender in senders]
    held = await leads.find(connection, {identity for each in keys for identity in each})
    created: list[NewLead] = []
    added: list[tuple[str, Identity]] = []
    for (workspace_id, sender), identities in zip(senders, keys, strict=True):
        lead_ids = list(dict.fromkeys(held[each] for each in identities if each in held))
        if not lead_ids:
            phone = next((each.value for each in identities if each.kind == "phone"), None)
            lead = NewLead(workspace_id, sender.name or sender.username, phone, "whatsapp", identities)
            created.append(lead)
            held.update(dict.fromkeys(identities, lead.lead_id))
            continue
        lead_id = lead_ids[0]
        fresh = {lead.lead_id for lead in created}
        if len(lead_ids) > 1 and not fresh.intersection(lead_ids):
            lead_id = await leads.merge(connection, lead_ids)
            held = {each: lead_id if known in lead_ids else known for each, known in held.items()}
        added += [(lead_id, each) for each in identities if each not in held]
        held.update({each: lead_id for each in identities if each not in held})
    if created:
        await _remember_suppressions(connection, created, hash_key)
        await leads.create(connection, created)
    if added:
        await leads.add_identities(connection, added)
    return [held[each[0]] for each in keys]


async def _remember_suppressions(connection: Connection, created: Sequence[NewLead], hash_key: bytes) -> None:
    hashes = {hashed: lead for lead in created for hashed in suppressions.hashes_of(hash_key, lead.identities)}
    for key, scopes in (await suppressions.suppressed_scopes(connection, list(hashes))).items():
        if "all" in scopes:
            hashes[key].opted_out_at = scopes["all"]
        if "marketing" in scopes:
            hashes[key].marketing_stopped_at = scopes["marketing"]
