"""Tell leads who wait for a person what became of it: that somebody else is asked, or when somebody will be there.

Once each, in approved words, through the one gate. What is written down in the transaction that notes it as told goes
out once: when the process dies before its Graph call, the relay makes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lead_reviver.decide.contact_hours import ContactHours
from lead_reviver.decide.gate import Verdict
from lead_reviver.decide.handover import may_be_told_now
from lead_reviver.errors import BadInput
from lead_reviver.reply.handover_words import notice_text
from lead_reviver.sending.deliver import Call, first_call
from lead_reviver.sending.drafts import Draft, judge, written
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.parts import Parts
from lead_reviver.storage import handovers, outbox
from lead_reviver.storage.database import Connection, lent, transaction
from lead_reviver.storage.handovers import ToTell
from lead_reviver.storage.outbox import Facts, OutgoingMessage

PAGE = 200
MOST_PAGES = 25
AT_ONCE = 50
"""How many conversations are locked at a time."""
NOT_NOW = frozenset({"channel_paused", "newer_message"})
"""Refusals by the gate that say nothing against a later try."""


@dataclass(slots=True)
class _Run:
    """What one transaction does."""

    messages: list[OutgoingMessage] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    postponed: list[tuple[str, Verdict]] = field(default_factory=list)
    """Outbox ids."""
    told: list[tuple[str, bool]] = field(default_factory=list)
    """(hand-over id, whether the lead was told)."""


async def tell_waiting_leads(parts: Parts, limit: int) -> bool:
    """Tell at most `limit` leads; say whether more may be told now.

    Whoever cannot be told yet, at night or from a paused number, keeps nobody else from being told.
    """
    told = 0
    after = handovers.FIRST
    for _ in range(MOST_PAGES):
        async with lent(parts.pool) as connection:
            page = await handovers.owed(connection, after, PAGE)
        for start in range(0, len(page), AT_ONCE):
            if told >= limit:
                return True
            told += await _tell(parts, [each.conversation_id for each in page[start : start + AT_ONCE]])
        if len(page) < PAGE:
            return False
        after = (page[-1].offered_at, page[-1].handover_id)
    return told > 0


async def _tell(parts: Parts, conversation_ids: list[str]) -> int:
    """Tell these leads what may be told now; return of how many it is settled."""
    run = _Run()
    async with transaction(parts.pool) as connection:
        locked = await handovers.lock_free(connection, conversation_ids)
        await _write_down(parts, connection, await handovers.to_tell(connection, locked), run)
    await parts.delivery.deliver(run.calls)
    await live.tell(
        parts.redis,
        [
            LiveEvent(each.workspace_id, "message", {"conversation_id": each.conversation_id, "message_id": each.id})
            for each in run.messages
        ],
    )
    return len(run.told)


async def _write_down(parts: Parts, connection: Connection, leads: list[ToTell], run: _Run) -> None:
    """Ask the gate; what it lets pass or refuses for good becomes a message."""
    now = parts.clock()
    run.told += [(each.handover_id, False) for each in leads if not each.was_promised]
    promised = [each for each in leads if each.was_promised]
    facts = await outbox.facts(connection, sorted(each.conversation_id for each in promised))
    waiting = [each for each in promised if _is_awake(facts[each.conversation_id], now)]
    if waiting:
        drafts = [
            Draft(
                each.conversation_id,
                "bot",
                "handover_notice",
                notice_text(each.notice, each.language, each.somebody_at, now, each.time_zone),
                approved=True,  # fixed words, and late they are worth nothing
            )
            for each in waiting
        ]
        verdicts = await judge(
            connection,
            parts.redis,
            drafts,
            facts,
            now=now,
            hash_key=parts.hash_key,
            reachable_numbers=parts.reachable_numbers,
        )
        for each, draft, verdict in zip(waiting, drafts, verdicts, strict=True):
            if NOT_NOW.isdisjoint(reason.code for reason in verdict.reasons):
                _decide(each, draft, facts[each.conversation_id], verdict, run)
    await outbox.add(connection, run.messages, parts.delivery.settle)
    for outbox_id, verdict in run.postponed:
        await outbox.postpone(connection, outbox_id, timedelta(seconds=verdict.seconds), verdict.sentence)
    await handovers.told(connection, run.told, now)


def _is_awake(fact: Facts, now: datetime) -> bool:
    hours = ContactHours(fact.time_zone, fact.contact_from, fact.contact_until)
    return may_be_told_now(fact.last_inbound_at, hours, now)


def _decide(each: ToTell, draft: Draft, fact: Facts, verdict: Verdict, run: _Run) -> None:
    try:
        # What waits for its turn in WhatsApp's rates is written down like one that goes now, and called later.
        message = written(draft, fact, verdict)
    except BadInput:
        run.told.append((each.handover_id, False))
        return
    run.messages.append(message)
    run.told.append((each.handover_id, not verdict.refused))
    if verdict.outcome == "wait":
        run.postponed.append((message.outbox_id, verdict))
    elif message.payload is not None:
        run.calls.append(first_call(message, fact))
