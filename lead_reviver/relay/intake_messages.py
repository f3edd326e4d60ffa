"""Messages and what happens to them: who wrote, is it a no, does the bot answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lead_reviver.decide.opt_out import OptOut, asks_to_resume, opt_out_level
from lead_reviver.relay import intake_account
from lead_reviver.relay.intake_batch import Batch, Known
from lead_reviver.relay.intake_opt_outs import (
    Thread,
    hashes_of_leads,
    honour_edited_no,
    honour_opt_outs,
    stay_suppressed,
)
from lead_reviver.relay.senders import find_leads, identities_of
from lead_reviver.storage import approvals, conversations, leads, messages, suppressions, turns
from lead_reviver.storage.conversations import Arrival, LockedConversation
from lead_reviver.storage.database import Connection
from lead_reviver.storage.inbox import Fate
from lead_reviver.storage.messages import NewMessage
from lead_reviver.whatsapp.incoming import (
    Echo,
    Edit,
    IdentityChange,
    IncomingMessage,
    MarketingPreference,
    Reaction,
    Revoke,
    Sender,
)


async def apply(connection: Connection, known: Sequence[Known], batch: Batch) -> None:
    """Store messages of leads, honour a no, and let those to be answered join a turn."""
    incoming = [(each, each.incoming) for each in known if isinstance(each.incoming, IncomingMessage)]
    if not incoming:
        return
    senders = [(each.workspace_id, message.sender) for each, message in incoming]
    lead_ids = await find_leads(connection, senders, batch.hash_key)
    keys = [
        (each.workspace_id, lead_id, each.channel_id) for (each, _), lead_id in zip(incoming, lead_ids, strict=True)
    ]
    opened = await conversations.open_and_lock(connection, keys)

    threads: dict[str, Thread] = {}
    for (each, message), (workspace_id, lead_id, channel_id) in zip(incoming, keys, strict=True):
        conversation = opened[lead_id, channel_id]
        row = _row(workspace_id, conversation.id, message)
        thread = threads.setdefault(conversation.id, Thread(conversation, each.event.phone_number_id or ""))
        thread.incoming.append((message, row))

    rows = [row for thread in threads.values() for _, row in thread.incoming]
    new = await messages.add(connection, rows)
    for thread in threads.values():
        thread.incoming = [(message, row) for message, row in thread.incoming if row.id in new]
    fresh = [thread for thread in threads.values() if thread.incoming]
    await honour_opt_outs(connection, fresh, batch)
    await _gather(connection, fresh, batch)
    await leads.record_inbound(connection, [_last_words(thread) for thread in fresh])
    for thread in fresh:
        _tell(thread, batch)


def _row(workspace_id: str, conversation_id: str, message: IncomingMessage) -> NewMessage:
    extra = {
        "reply_id": message.reply_id,
        "forwarded": message.forwarded or None,
        "referral": message.referral,
        "group_id": message.group_id,
        "media_id": message.media_id,
        "errors": message.errors or None,
    }
    return NewMessage(
        workspace_id=workspace_id,
        conversation_id=conversation_id,
        direction="in",
        author="lead",
        kind=message.kind,
        body=message.text,
        content={**message.content, **{name: value for name, value in extra.items() if value is not None}},
        wamid=message.wamid,
        context_wamid=message.context_wamid,
        status="received",
        sent_at=message.sent_at,
    )


def _answers(thread: Thread) -> tuple[list[str], str | None]:
    """Return the ids of the messages the bot is to answer, and why a person is needed instead, if so."""
    conversation = thread.conversation
    wanting = [row.id for message, row in thread.incoming if message.opens_turn]
    if not wanting or conversation.mode == "human":
        return [], None
    if conversation.opted_out_at is not None and not any(
        asks_to_resume(message.text or "") for message, _ in thread.incoming
    ):
        return [], "wrote again after asking not to be written to"
    waits = conversation.waiting_for_person_since is not None and not conversation.bot_gave_up
    if waits and not thread.no:
        return [], None
    return wanting, None


async def _gather(connection: Connection, threads: Sequence[Thread], batch: Batch) -> None:
    """Let messages join turns, and write down what changed about their conversations."""
    gathering: dict[str, tuple[str, list[str]]] = {}
    arrivals = []
    for thread in threads:
        wanting, person_needed = _answers(thread)
        conversation = thread.conversation
        if wanting:
            gathering[conversation.id] = (conversation.workspace_id, wanting)
            batch.to_answer.append((thread.phone_number_id, thread.incoming[-1][0].wamid))
        newest = thread.incoming[-1][0]
        arrivals.append(
            Arrival(
                conversation_id=conversation.id,
                inbound_at=max((m.sent_at for m, _ in thread.incoming if m.opens_window), default=None),
                message_at=newest.sent_at,
                preview=(newest.text or newest.kind)[:200],
                unread=len(thread.incoming),
                outside_turn=len(wanting) != len(thread.incoming)
                or conversation.opted_out_at is not None
                or bool(thread.no),
                waiting=person_needed,
            )
        )
    if gathering:
        await turns.gather(connection, gathering, batch.quiet, batch.quiet_limit)
    await _withdraw_drafts(connection, threads)
    if arrivals:
        await conversations.record_arrivals(connection, arrivals)


async def _withdraw_drafts(connection: Connection, threads: Sequence[Thread]) -> None:
    """What waits for a click answers something older than what the lead has just written."""
    said_no = [each.conversation.id for each in threads if each.no]
    if said_no:
        await approvals.withdraw(connection, said_no, "they asked not to be written to")
    others = [each.conversation.id for each in threads if not each.no]
    if others:
        await approvals.withdraw(connection, others, "they wrote again")


def _last_words(thread: Thread) -> tuple[str, datetime, str | None]:
    message = max((each for each, _ in thread.incoming), key=lambda each: each.sent_at)
    return thread.conversation.lead_id, message.sent_at, message.sender.name


def _tell(thread: Thread, batch: Batch) -> None:
    conversation = thread.conversation
    for _, row in thread.incoming:
        batch.changed(conversation.workspace_id, "message", conversation_id=conversation.id, message_id=row.id)
        batch.counts.append((conversation.workspace_id, f"in:{row.id}", {"messages_in": 1}))


async def apply_other(connection: Connection, known: Known, batch: Batch) -> None:
    """Apply one event that is no message to store: a reaction, an edit, an echo, a changed identity, ..."""
    incoming = known.incoming
    touched: tuple[str, str] | None = None
    if isinstance(incoming, Edit | Revoke):
        await conversations.lock(connection, await messages.conversations_of(connection, [incoming.target_wamid]))
    if isinstance(incoming, Reaction):
        touched = await messages.react(connection, known.workspace_id, incoming.target_wamid, incoming.emoji)
    elif isinstance(incoming, Edit):
        touched = await messages.edit(
            connection, known.workspace_id, incoming.target_wamid, incoming.text, incoming.content, incoming.sent_at
        )
        if touched is not None and opt_out_level(incoming.text or "") is OptOut.HARD:
            await honour_edited_no(connection, known.workspace_id, incoming, touched, batch)
    elif isinstance(incoming, Revoke):
        touched = await messages.revoke(connection, known.workspace_id, incoming.target_wamid, incoming.sent_at)
    elif isinstance(incoming, Echo):
        await _echo(connection, known, incoming, batch)
        return
    elif isinstance(incoming, IdentityChange):
        await _identity_change(connection, known, incoming, batch)
        return
    elif isinstance(incoming, MarketingPreference):
        await _marketing_preference(connection, known, incoming, batch)
        return
    else:
        await intake_account.apply(connection, known, batch)
        return
    if touched is None:
        batch.fates[known.event.id] = Fate(known.event.id, "kept", "speaks of a message that is not known here")
        return
    message_id, conversation_id = touched
    batch.changed(known.workspace_id, "message", conversation_id=conversation_id, message_id=message_id)


async def _conversation_of(connection: Connection, known: Known, sender: Sender, batch: Batch) -> LockedConversation:
    [lead_id] = await find_leads(connection, [(known.workspace_id, sender)], batch.hash_key)
    opened = await conversations.open_and_lock(connection, [(known.workspace_id, lead_id, known.channel_id)])
    return opened[lead_id, known.channel_id]


async def _echo(connection: Connection, known: Known, echo: Echo, batch: Batch) -> None:
    """A person wrote from the phone: the message is stored and the bot stops at once."""
    conversation = await _conversation_of(connection, known, echo.recipient, batch)
    row = NewMessage(
        workspace_id=known.workspace_id,
        conversation_id=conversation.id,
        direction="out",
        author="app",
        kind=echo.kind,
        body=echo.text,
        content=echo.content,
        wamid=echo.wamid,
        status="sent",
        sent_at=echo.sent_at,
    )
    if not await messages.add(connection, [row]):
        return
    await conversations.take_over(connection, conversation.id, None)
    await turns.drop_gathering(connection, conversation.id, "a person answered from the phone")
    preview = (echo.text or echo.kind)[:200]
    await conversations.record_arrivals(
        connection, [Arrival(conversation.id, None, echo.sent_at, preview, 0, outside_turn=True, waiting=None)]
    )
    batch.changed(known.workspace_id, "message", conversation_id=conversation.id, message_id=row.id)
    batch.changed(known.workspace_id, "conversation", conversation_id=conversation.id)


async def _identity_change(connection: Connection, known: Known, change: IdentityChange, batch: Batch) -> None:
    """A number or user id changed: one lead keeps history and opt-out under the new one."""
    [lead_id] = await find_leads(connection, [(known.workspace_id, change.old)], batch.hash_key)
    old = set(identities_of(known.workspace_id, change.old))
    new = set(identities_of(known.workspace_id, change.new))
    held = await leads.find(connection, new)
    if others := set(held.values()) - {lead_id}:
        lead_id = await leads.merge(connection, [lead_id, *others])
    await leads.close_identities(connection, lead_id, sorted(old - new, key=str), change.sent_at)
    await leads.add_identities(connection, [(lead_id, each) for each in new])
    phone = next((each.value for each in new if each.kind == "phone"), None)
    if phone is not None:
        await leads.set_phone(connection, lead_id, phone)
    await stay_suppressed(connection, lead_id, old, batch)
    opened = await conversations.open_and_lock(connection, [(known.workspace_id, lead_id, known.channel_id)])
    conversation = opened[lead_id, known.channel_id]
    note = NewMessage(
        workspace_id=known.workspace_id,
        conversation_id=conversation.id,
        direction="in",
        author="system",
        kind="system",
        body="Changed the phone number." if phone is not None else "Changed the WhatsApp user id.",
        content={"type": "user_changed_number" if phone is not None else "user_changed_user_id"},
        wamid=change.wamid,
        status="received",
        sent_at=change.sent_at,
    )
    await messages.add(connection, [note])
    await conversations.record_arrivals(
        connection, [Arrival(conversation.id, None, change.sent_at, note.body, 0, outside_turn=True, waiting=None)]
    )
    batch.changed(known.workspace_id, "conversation", conversation_id=conversation.id)


async def _marketing_preference(
    connection: Connection, known: Known, preference: MarketingPreference, batch: Batch
) -> None:
    """WhatsApp's own "stop marketing" and "resume" go to the lead and to the suppression list."""
    [lead_id] = await find_leads(connection, [(known.workspace_id, preference.sender)], batch.hash_key)
    await leads.set_marketing_stop(connection, lead_id, stopped=preference.stopped, at=preference.sent_at)
    hashes = await hashes_of_leads(connection, [lead_id], batch)
    if preference.stopped:
        await suppressions.suppress(connection, hashes, scope="marketing", reason="stopped marketing in WhatsApp")
    else:
        await suppressions.lift(connection, hashes, scope="marketing")
    opened = await conversations.open_and_lock(connection, [(known.workspace_id, lead_id, known.channel_id)])
    batch.changed(known.workspace_id, "conversation", conversation_id=opened[lead_id, known.channel_id].id)
