"""What a no does as it comes in: from this transaction on nothing automatic goes out; and who came back after one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from lead_reviver.decide.opt_out import OptOut, asks_to_resume, opt_out_level
from lead_reviver.relay.intake_batch import Batch
from lead_reviver.storage import approvals, conversations, leads, suppressions
from lead_reviver.storage.conversations import LockedConversation
from lead_reviver.storage.database import Connection
from lead_reviver.storage.leads import Identity
from lead_reviver.storage.messages import NewMessage
from lead_reviver.whatsapp.incoming import Edit, IncomingMessage


@dataclass
class Thread:
    """The new messages of one conversation."""

    conversation: LockedConversation
    phone_number_id: str
    incoming: list[tuple[IncomingMessage, NewMessage]] = field(default_factory=list)

    @cached_property
    def no(self) -> list[IncomingMessage]:
        """The messages that are a clear no; to be asked once all are there."""
        return [
            message
            for message, _ in self.incoming
            if message.group_id is None and opt_out_level(message.text or "", message.reply_id) is OptOut.HARD
        ]

    @cached_property
    def after_no(self) -> datetime | None:
        """When the lead last wrote something else after its last no; to be asked likewise. None: no is the last word.

        Within a second, which is as fine as WhatsApp's times are, the order counts in which messages came.
        """
        messages = [message for message, _ in self.incoming]
        last_no = max((messages.index(each) for each in self.no), default=None)
        said_no_at = self.conversation.opted_out_at if last_no is None else messages[last_no].sent_at
        if said_no_at is None:
            return None
        since = messages if last_no is None else messages[last_no + 1 :]
        said = [
            each.sent_at
            for each in since
            if each.opens_window and each.group_id is None and each.sent_at >= said_no_at
            if opt_out_level(each.text or "", each.reply_id) is OptOut.NONE
        ]
        return max(said, default=None)


async def honour_opt_outs(connection: Connection, threads: Sequence[Thread], batch: Batch) -> None:
    """A clear no takes effect here, in the transaction that stores it; a clear "start again" takes it back.

    Who writes something else came back: a person may answer, until the next no.
    """
    said_no = {
        thread.conversation.lead_id: min(message.sent_at for message in no) for thread in threads if (no := thread.no)
    }
    if said_no:
        await _opt_out(connection, said_no, batch)
        batch.counts.extend(
            (each.conversation.workspace_id, f"opted-out:{each.incoming[0][1].id}", {"opted_out": 1})
            for each in threads
            if each.conversation.lead_id in said_no and each.conversation.opted_out_at is None
        )
    still_no = {each.conversation.lead_id for each in threads if each.no and each.after_no is None}
    came_back = {
        each.conversation.lead_id: each.after_no
        for each in threads
        if each.after_no is not None and each.conversation.lead_id not in still_no
    }
    await leads.come_back(connection, came_back)
    back = [
        thread.conversation.lead_id
        for thread in threads
        if thread.conversation.opted_out_at is not None
        and thread.conversation.lead_id not in said_no
        and any(asks_to_resume(message.text or "") for message, _ in thread.incoming)
    ]
    if back:
        await leads.opt_in(connection, back)
        await suppressions.lift(connection, await hashes_of_leads(connection, back, batch), scope="all")


async def _opt_out(connection: Connection, said_no: dict[str, datetime], batch: Batch) -> set[str]:
    """Let nothing automatic reach these leads (id -> when they said so) any more; return those newly so."""
    newly = await leads.opt_out(connection, said_no, "whatsapp message")
    hashes = await hashes_of_leads(connection, list(said_no), batch)
    await suppressions.suppress(connection, hashes, scope="all", reason="asked on WhatsApp")
    return newly


async def honour_edited_no(
    connection: Connection, workspace_id: str, edit: Edit, touched: tuple[str, str], batch: Batch
) -> None:
    """A message that becomes a no is one. It is confirmed where the bot had not answered the message yet."""
    message_id, conversation_id = touched
    lead_id = await conversations.lead_of(connection, conversation_id)
    if await _opt_out(connection, {lead_id: edit.sent_at}, batch):
        batch.counts.append((workspace_id, f"opted-out:{message_id}", {"opted_out": 1}))
    await approvals.withdraw(connection, [conversation_id], "they asked not to be written to")


async def stay_suppressed(connection: Connection, lead_id: str, old: set[Identity], batch: Batch) -> None:
    """Whoever said no under the old number has said no under the new one."""
    hashes = await hashes_of_leads(connection, [lead_id], batch)
    scopes = await suppressions.suppressed_scopes(connection, [*hashes, *suppressions.hashes_of(batch.hash_key, old)])
    for scope in sorted({scope for found in scopes.values() for scope in found}):
        await suppressions.suppress(connection, hashes, scope=scope, reason="followed a changed number")


async def hashes_of_leads(connection: Connection, lead_ids: list[str], batch: Batch) -> list[tuple[str, bytes]]:
    """Return the keyed hashes under which leads stand on the suppression list."""
    known = await leads.identities(connection, lead_ids)
    return suppressions.hashes_of(batch.hash_key, [identity for each in known.values() for identity in each])
