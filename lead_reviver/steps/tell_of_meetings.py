"""Tell leads of their meetings: reminders, changes of ours, another time for who did not come. Each once, by the gate.

What is to be said is written down first (`engine.meeting_notices`), by whoever causes it or by the clock. It is settled
under its conversation's lock in the transaction that fills the outbox, so that two runs at once, or one that dies
halfway, never say it twice. What was written down and not called is sent by the relay, like a person's message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Protocol

from lead_reviver.decide.conversation import Appointment, SlotWish
from lead_reviver.decide.gate import Verdict
from lead_reviver.decide.outgoing import Purpose
from lead_reviver.decide.reminders import valid_until, why_not
from lead_reviver.decide.window import can_reply_freely
from lead_reviver.errors import BadInput, TryAgainLater
from lead_reviver.meetings.calendar_links import CalendarLinks
from lead_reviver.meetings.offer import Asker, find_and_hold
from lead_reviver.ports import Clock
from lead_reviver.reply.meeting_notices import MeetingNotice
from lead_reviver.reply.responder import FindPlaybook
from lead_reviver.sending.deliver import Call, Delivery, first_call
from lead_reviver.sending.drafts import Draft, Template, judge, written
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.state.redis import Redis
from lead_reviver.steps.progressed import Outcome, Progressed
from lead_reviver.storage import conversations, follow_ups, meeting_notices, meetings, outbox
from lead_reviver.storage.database import Connection, Pool, lent, transaction
from lead_reviver.storage.meeting_notices import FIRST, Due, Notice, Settled
from lead_reviver.storage.outbox import Facts, OutgoingMessage
from lead_reviver.whatsapp.template_fill import fill_with

log = logging.getLogger(__name__)


PAGE: Final = 200
MOST_PAGES: Final = 25
AT_ONCE: Final = 50
"""How many conversations are locked at a time."""
NOT_NOW: Final = frozenset({"channel_paused", "newer_message", "contact_hours"})
"""Refusals by the gate that say nothing against a later run."""
PURPOSE: Final[dict[str, Purpose]] = {
    "day_before": "meeting_reminder",
    "hour_before": "meeting_soon",
    "cancelled": "meeting_change",
    "moved": "meeting_change",
    "missed": "meeting_missed",
}
WHAT: Final = {
    "day_before": "the reminder of a meeting",
    "hour_before": "the reminder of a meeting",
    "cancelled": "that we cancelled a meeting",
    "moved": "that we moved a meeting",
    "missed": "the question for another time",
}
OUTCOME: Final[dict[str, Outcome]] = {
    "sent": "told_of_meeting",
    "needs_template": "needs_template",
    "not_sent": "not_sent",
}


class Parts(Protocol):
    """What is needed here; the steps and the API both have it."""

    @property
    def pool(self) -> Pool: ...  # noqa: D102
    @property
    def redis(self) -> Redis: ...  # noqa: D102
    @property
    def delivery(self) -> Delivery: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def hash_key(self) -> bytes: ...  # noqa: D102
    @property
    def find_playbook(self) -> FindPlaybook: ...  # noqa: D102
    @property
    def reachable_numbers(self) -> frozenset[str] | None: ...  # noqa: D102
    @property
    def calendar_links(self) -> CalendarLinks | None: ...  # noqa: D102


@dataclass(slots=True)
class _Run:
    """What one transaction finds and does, by conversation id: one notice each."""

    notices: dict[str, Notice]
    drafts: dict[str, Draft] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    messages: dict[str, OutgoingMessage] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    postponed: dict[str, Verdict] = field(default_factory=dict)

    def settle(self, conversation_id: str, state: str, reason: str | None = None) -> None:
        notice, message = self.notices[conversation_id], self.messages.get(conversation_id)
        self.settled[conversation_id] = Settled(
            notice.meeting_id, notice.kind, state, reason, message.id if message is not None else None
        )


async def tell_of_meetings(parts: Parts, limit: int) -> tuple[list[Progressed], bool]:
    """Say at most `limit` things that are due; return what became of each lead, and whether more wait."""
    done: list[Progressed] = []
    if limit <= 0:
        return done, True
    async with transaction(parts.pool) as connection:
        await meeting_notices.plan_reminders(connection, parts.clock())
    after = FIRST
    for _ in range(MOST_PAGES):
        async with lent(parts.pool) as connection:
            page = await meeting_notices.due(connection, after, PAGE)
        for some in _batches(page):
            if len(done) >= limit:
                return done, True
            done += await _tell_or_apart(parts, some)
        if len(page) < PAGE:
            return done, False
        after = (page[-1].created_at, page[-1].meeting_id, page[-1].kind)
    return done, bool(done)


async def tell_now(parts: Parts, meeting_id: str) -> None:
    """Say what is due about one meeting; what cannot be said now is left to the clock."""
    async with lent(parts.pool) as connection:
        waiting = await meeting_notices.due_of(connection, [meeting_id])
    for some in _batches(waiting):
        await _tell_or_apart(parts, some)


def _batches(page: Sequence[Due]) -> Iterator[list[Due]]:
    """One thing at a time per conversation; who is offered slots alone, so that nobody waits for their locks."""
    batch: list[Due] = []
    for each in page:
        if each.kind == "missed":
            yield [each]
            continue
        if len(batch) == AT_ONCE or any(each.conversation_id == other.conversation_id for other in batch):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


async def _tell_or_apart(parts: Parts, some: Sequence[Due]) -> list[Progressed]:
    """One lead that breaks its batch must not take its neighbours along."""
    try:
        return await _tell(parts, some)
    except TryAgainLater:
        raise
    except Exception as error:
        if len(some) == 1:
            log.exception("the notice %s of meeting %s could not be given", some[0].kind, some[0].meeting_id)
            return []
        log.warning("%d notices are given one by one: %s", len(some), type(error).__name__)
        return [done for each in some for done in await _tell_or_apart(parts, [each])]


async def _tell(parts: Parts, some: Sequence[Due]) -> list[Progressed]:
    async with transaction(parts.pool) as connection:
        nobody = [
            Settled(*each[1:3], "dropped", "nobody ever wrote", None) for each in some if not each.conversation_id
        ]
        await meeting_notices.settle(connection, nobody)
        run = _Run({each.conversation_id: each for each in await meeting_notices.claim(connection, some)})
        await _draft(parts, connection, run)
        facts = await outbox.facts(connection, sorted(run.drafts))
        for each, verdict in (await _judged(parts, connection, run, facts)).items():
            await _decide(parts, connection, run, facts[each], verdict)
        await _write_down(parts, connection, run)
    said = await parts.delivery.deliver(list(run.calls.values()))
    for each, call in run.calls.items():
        if said[call.outbox_id].state == "failed":
            run.settle(each, "not_sent", said[call.outbox_id].reason)
    await _announce(parts, run)
    return [
        Progressed(notice.lead_id, each, notice.workspace_id, OUTCOME[end.state], notice.stage, end.reason)
        for each, notice in run.notices.items()
        if (end := run.settled.get(each)) is not None and end.state in OUTCOME
    ]


async def _words(parts: Parts, notice: Notice) -> MeetingNotice:
    appointment = Appointment(notice.meeting_id, notice.meeting_kind, notice.starts_at, notice.ends_at, notice.agent)
    return MeetingNotice(
        notice.kind,
        appointment,
        await parts.find_playbook(notice.playbook_id),
        language=notice.language,
        time_zone=notice.time_zone,
        lead_name=notice.lead_name,
        reason=notice.cancel_reason,
        calendar_link=parts.calendar_links.of(notice.meeting_id) if parts.calendar_links is not None else None,
    )


async def _draft(parts: Parts, connection: Connection, run: _Run) -> None:
    """Write what is still worth saying; the rest is dropped here."""
    now = parts.clock()
    templates = await meeting_notices.templates(connection, list(run.notices.values()))
    for each, notice in run.notices.items():
        reason = why_not(notice.kind, notice.planned, now)
        if reason is not None:
            run.settle(each, "dropped", reason)
            continue
        words = await _words(parts, notice)
        draft = Draft(
            each, "bot", PURPOSE[notice.kind], words.text(), valid_until=valid_until(notice.kind, notice.planned)
        )
        if not can_reply_freely(notice.last_inbound_at, notice.window_closed_at, now):
            named = templates.get((notice.channel_id, notice.template or "", notice.language), [])
            draft = _by_template(draft, named, words) or draft
        run.drafts[each] = draft


def _by_template(draft: Draft, templates: Sequence[follow_ups.Template], words: MeetingNotice) -> Draft | None:
    for each in templates:
        filled = fill_with(each.components, words.values())
        if filled is not None:
            template = Template(each.name, each.language, each.category, filled.components)
            return replace(draft, text=filled.text, template=template)
    return None


async def _judged(parts: Parts, connection: Connection, run: _Run, facts: dict[str, Facts]) -> dict[str, Verdict]:
    drafts = list(run.drafts.values())
    verdicts = await judge(
        connection,
        parts.redis,
        drafts,
        facts,
        now=parts.clock(),
        hash_key=parts.hash_key,
        reachable_numbers=parts.reachable_numbers,
    )
    return {draft.conversation_id: verdict for draft, verdict in zip(drafts, verdicts, strict=True)}


async def _decide(parts: Parts, connection: Connection, run: _Run, fact: Facts, verdict: Verdict) -> None:
    each = fact.conversation_id
    codes = {reason.code for reason in verdict.reasons}
    if codes & NOT_NOW and not codes - NOT_NOW - {"window_closed"}:
        return
    draft, notice = run.drafts[each], run.notices[each]
    if notice.kind == "missed" and draft.template is None and not verdict.refused:
        draft = await _with_offer(parts, connection, draft, notice)
    # A message that waits for its turn in WhatsApp's rates is written down like one that goes now, and called later.
    try:
        message = written(draft, fact, verdict)
    except BadInput as error:
        run.settle(each, "not_sent", str(error))
        return
    run.messages[each] = message
    run.settle(each, "needs_template" if codes == {"window_closed"} else _fate(verdict), verdict.sentence)
    if verdict.outcome == "wait":
        run.postponed[each] = verdict
    elif message.payload is not None:
        run.calls[each] = first_call(message, fact)


def _fate(verdict: Verdict) -> str:
    return "not_sent" if verdict.refused else "sent"


async def _with_offer(parts: Parts, connection: Connection, draft: Draft, notice: Notice) -> Draft:
    """Offer free times, where there are any and it is the bot that will read the answer."""
    kind = await meetings.meeting_type(connection, notice.workspace_id, notice.meeting_kind)
    if kind is None or notice.mode != "bot":
        return draft
    asker = Asker(notice.workspace_id, notice.lead_id, notice.conversation_id, notice.time_zone)
    found = await find_and_hold(connection, asker, kind, SlotWish(kind.kind), parts.clock())
    if not found:
        return draft
    text, choices = (await _words(parts, notice)).offer(found)
    return replace(draft, text=text, choices=choices)


async def _write_down(parts: Parts, connection: Connection, run: _Run) -> None:
    await outbox.add(connection, list(run.messages.values()), parts.delivery.settle)
    await meeting_notices.settle(connection, list(run.settled.values()))
    for each, verdict in run.postponed.items():
        wait = timedelta(seconds=verdict.seconds)
        await outbox.postpone(connection, run.messages[each].outbox_id, wait, verdict.sentence)
    untold = {
        each: f"they could not be told: {WHAT[run.notices[each].kind]}. Free text may no longer be sent, and no "
        "template fits; choose one under Hours, or call them"
        for each, end in run.settled.items()
        if end.state == "needs_template"
    }
    await conversations.ask_for_person(connection, untold)


async def _announce(parts: Parts, run: _Run) -> None:
    """Tell dashboards. The deed stands when Redis is away."""
    events = []
    for each in run.settled:
        ids, workspace_id = {"conversation_id": each}, run.notices[each].workspace_id
        if each in run.messages:
            events.append(LiveEvent(workspace_id, "message", {**ids, "message_id": run.messages[each].id}))
        events.append(LiveEvent(workspace_id, "conversation", ids))
    await live.tell(parts.redis, events)
