"""Delivery statuses, in bulk: in any order, twice, or before the send itself was written down."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from lead_reviver.decide.statuses import REPORTED, next_status
from lead_reviver.relay.intake_batch import Batch
from lead_reviver.sending.reactions import Failure, react
from lead_reviver.storage import conversations, messages, outbox, turns
from lead_reviver.storage.database import Connection
from lead_reviver.storage.inbox import Fate, StoredEvent
from lead_reviver.storage.messages import SentMessage
from lead_reviver.whatsapp.errors import explain
from lead_reviver.whatsapp.incoming import StatusUpdate


async def apply(connection: Connection, statuses: Sequence[tuple[StoredEvent, StatusUpdate]], batch: Batch) -> None:
    """Move messages up to the status that was reported, and settle sends whose answer never came."""
    if not statuses:
        return
    outbox_ids = [each.outbox_id for _, each in statuses if _is_uuid(each.outbox_id)]
    failed = [each.wamid for _, each in statuses if each.status == "failed"]
    if failed:
        await conversations.lock(connection, await messages.conversations_of(connection, failed))
    found = await messages.find_for_statuses(
        connection, {each.wamid for _, each in statuses}, {each for each in outbox_ids if each}
    )
    by_wamid = {each.wamid: each for each in found if each.wamid}
    by_outbox = {each.outbox_id: each for each in found if each.outbox_id}
    before = {each.id: each.status for each in found}
    settled: dict[str, str] = {}
    for event, status in statuses:
        message = by_wamid.get(status.wamid) or by_outbox.get(status.outbox_id or "")
        if message is None:
            batch.fates[event.id] = Fate(event.id, "orphan", "its message is not known yet")
            continue
        if message.outbox_id and message.outbox_state in ("calling", "waiting"):
            settled[message.outbox_id] = status.wamid
        message.wamid = message.wamid or status.wamid
        _move(message, status)

    moved = [each for each in found if each.at is not None]
    if moved:
        await messages.set_statuses(connection, moved)
    await outbox.accept(connection, settled)
    turn_ids = [each.turn_id for each in found if each.turn_id and each.outbox_id in settled]
    if turn_ids:
        await turns.settled(connection, turn_ids)
    changed = [each for each in moved if each.status != before[each.id]]
    await _react(connection, changed, batch)
    for each in changed:
        batch.changed(each.workspace_id, "message", conversation_id=each.conversation_id, message_id=each.id)
        batch.counts.append((each.workspace_id, f"{each.status}:{each.id}", {f"messages_{each.status}": 1}))


def _move(message: SentMessage, status: StatusUpdate) -> None:
    message.pricing = message.pricing or status.pricing
    if status.status not in REPORTED:
        return
    message.at = message.at or status.at
    after = next_status(message.status, status.status)
    if after == message.status:
        return
    message.status, message.at = after, status.at
    failed = after == "failed"
    message.error_code = status.error_code if failed else None
    message.reason = explain(status.error_code) if failed else None


async def _react(connection: Connection, changed: Sequence[SentMessage], batch: Batch) -> None:
    """A message that failed after WhatsApp had taken it: see to what its code asks for, and call a person."""
    failed = [each for each in changed if each.status == "failed"]
    if not failed:
        return
    await react(connection, [Failure(each.conversation_id, each.error_code) for each in failed], batch.hash_key)
    await conversations.ask_for_person(
        connection, {each.conversation_id: f"a message was not delivered: {each.reason}" for each in failed}
    )
    batch.failed += failed
    for each in failed:
        batch.changed(each.workspace_id, "conversation", conversation_id=each.conversation_id)


def _is_uuid(text: str | None) -> bool:
    try:
        return text is not None and bool(UUID(text))
    except ValueError:
        return False
