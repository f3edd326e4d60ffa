"""What an error code asks for beyond its own message (section 5.7 of the WhatsApp facts)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lead_reviver.storage import accounts, conversations, leads, suppressions
from lead_reviver.storage.database import Connection
from lead_reviver.whatsapp.errors import Reaction, explain, reaction_to


@dataclass(frozen=True, slots=True)
class Failure:
    """A message of this conversation was refused or failed with this code."""

    conversation_id: str
    code: int | None
    """None when WhatsApp gave no code."""


async def react(connection: Connection, failures: Sequence[Failure], hash_key: bytes) -> None:
    """Close windows, stop numbers and accounts, and note marketing stops, as the codes ask for."""
    windows = [each.conversation_id for each in failures if reaction_to(each.code) is Reaction.WINDOW_CLOSED]
    if windows:
        await conversations.close_windows(connection, windows)
    for each in failures:
        reaction = reaction_to(each.code)
        if reaction in (Reaction.STOP_ALL, Reaction.STOP_CHANNEL):
            await accounts.pause_for(
                connection, each.conversation_id, explain(each.code), whole_account=reaction is Reaction.STOP_ALL
            )
        elif reaction is Reaction.SUPPRESS_MARKETING:
            await _stop_marketing(connection, each.conversation_id, hash_key)


async def _stop_marketing(connection: Connection, conversation_id: str, hash_key: bytes) -> None:
    lead_id = await leads.stop_marketing_of(connection, conversation_id)
    known = await leads.identities(connection, [lead_id])
    hashes = suppressions.hashes_of(hash_key, known.get(lead_id, []))
    await suppressions.suppress(connection, hashes, scope="marketing", reason="WhatsApp says they stopped marketing")
