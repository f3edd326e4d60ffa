"""Hand back forgotten conversations: a person took over, the lead wrote, and nobody answered for too long.

The bot answers what was left unanswered where it still may; where WhatsApp's window is closed, a person is asked again,
which offers the conversation to somebody else.
"""

from __future__ import annotations

from datetime import timedelta

from lead_reviver.decide.handover import waits_for_answer
from lead_reviver.errors import TryAgainLater
from lead_reviver.state import live, presence
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.parts import Parts
from lead_reviver.storage import audit, conversations, forgotten, messages, turns
from lead_reviver.storage.database import lent, transaction
from lead_reviver.storage.forgotten import Forgotten
from lead_reviver.storage.messages import NewMessage

PAGE = 200
MOST_PAGES = 25


async def hand_back_forgotten(parts: Parts, limit: int) -> bool:
    """Hand back at most `limit` conversations; say whether more may be handed back now.

    Nothing is handed back while Redis cannot say whether somebody has the conversation on the screen. Those that are
    left to their person, since the lead only said thanks or somebody looks at them, keep nobody else waiting.
    """
    handed = 0
    after = forgotten.FIRST
    for _ in range(MOST_PAGES):
        wanted = min(PAGE, limit - handed)
        async with lent(parts.pool) as connection:
            page = await forgotten.find(connection, parts.clock(), after, wanted)
        handed += await _hand_back(parts, [each.conversation_id for each in page])
        if handed >= limit:
            return True
        if len(page) < wanted:
            return False
        after = page[-1]
    return handed > 0


async def _hand_back(parts: Parts, found: list[str]) -> int:
    """Hand back those that are still forgotten; return how many."""
    now = parts.clock()
    looked_at = await _looked_at(parts, found)
    free = [each for each in found if each not in looked_at]
    if not free:
        return 0
    async with transaction(parts.pool) as connection:
        claimed = [
            each for each in await forgotten.claim(connection, free, now) if waits_for_answer(each.said, each.language)
        ]
        if not claimed:
            return 0
        await conversations.hand_back_all(connection, [each.conversation_id for each in claimed])
        notes = [_note(each, parts) for each in claimed]
        await messages.add(connection, notes)
        await turns.gather(
            connection,
            {each.conversation_id: (each.workspace_id, each.unanswered) for each in claimed},
            timedelta(),
            timedelta(),
        )
        await audit.record_about_leads(
            connection,
            "hand back",
            [(each.workspace_id, each.lead_id, {"after_hours": each.hours}) for each in claimed],
        )
    events = [
        LiveEvent(note.workspace_id, "message", {"conversation_id": note.conversation_id, "message_id": note.id})
        for note in notes
    ]
    events += [
        LiveEvent(each.workspace_id, "conversation", {"conversation_id": each.conversation_id}) for each in claimed
    ]
    await live.tell(parts.redis, events)
    return len(claimed)


async def _looked_at(parts: Parts, conversation_ids: list[str]) -> set[str]:
    try:
        return await presence.looked_at(parts.redis, conversation_ids)
    except TryAgainLater:
        return set(conversation_ids)


def _note(each: Forgotten, parts: Parts) -> NewMessage:
    hours = "1 hour" if each.hours == 1 else f"{each.hours} hours"
    return NewMessage(
        workspace_id=each.workspace_id,
        conversation_id=each.conversation_id,
        direction="in",
        author="system",
        kind="system",
        body=f"Given back to the bot: the lead waited {hours} for an answer.",
        content={"type": "given_back"},
        wamid=None,
        status="received",
        sent_at=parts.clock(),
    )
