"""Follow up leads who left the bot's last question without an answer: once a question, through the one gate.

Each follow-up is written down with its question under the conversation's lock, so that two runs at once, or one that
dies halfway, never write twice. What was written down and not called is sent by the relay, like a person's message.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lead_reviver.decide.conversation import Conversation
from lead_reviver.decide.gate import Verdict
from lead_reviver.decide.progress import FollowUp, LetBe, NextFollowUp, Silence, TooLate, next_follow_up
from lead_reviver.errors import BadInput, RefusedByRules, TryAgainLater
from lead_reviver.reply.answering import first_name
from lead_reviver.reply.follow_up import follow_up
from lead_reviver.reply.playbook import FOLLOW_UP_MINUTES, Playbook
from lead_reviver.sending.deliver import Call, first_call
from lead_reviver.sending.drafts import Draft, Template, judge, written
from lead_reviver.state import counters, live
from lead_reviver.state.live import LiveEvent
from lead_reviver.state.redis import StateAway
from lead_reviver.steps.hours_of_lead import hours_of
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.progressed import Outcome, Progressed
from lead_reviver.storage import conversations, follow_ups, outbox
from lead_reviver.storage.database import Connection, lent, transaction
from lead_reviver.storage.follow_ups import Done, SilentLead
from lead_reviver.storage.outbox import Facts, OutgoingMessage, Said
from lead_reviver.whatsapp.template_fill import fill_with_name

log = logging.getLogger(__name__)


PAGE = 200
MOST_PAGES = 50
"""How many silent leads are looked at a call, most of whom are not due."""
AT_ONCE = 50
"""How many conversations are locked at a time."""
LONGEST_SILENCE = timedelta(days=3)
"""Who was silent for longer when the first follow-up could be tried is left to ageing."""
NEEDS_TEMPLATE = "they did not answer, and free text may no longer be sent; choose a template"
NOT_NOW = frozenset({"channel_paused", "newer_message", "contact_hours"})
"""Refusals by the gate that say nothing against a later run."""


@dataclass(slots=True)
class _Run:
    """What one transaction found and does, by conversation id."""

    held: dict[str, SilentLead]
    moves: dict[str, FollowUp | TooLate] = field(default_factory=dict)
    playbooks: dict[str, Playbook] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    fates: dict[str, tuple[Outcome, str | None]] = field(default_factory=dict)
    messages: dict[str, OutgoingMessage] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    postponed: dict[str, Verdict] = field(default_factory=dict)

    def forget(self, conversation_id: str) -> None:
        """Do nothing about a conversation after all."""
        self.fates.pop(conversation_id, None)
        self.messages.pop(conversation_id, None)
        self.calls.pop(conversation_id, None)
        self.postponed.pop(conversation_id, None)


async def follow_up_leads(parts: Parts, limit: int) -> tuple[list[Progressed], bool]:
    """Follow up at most `limit` leads; return what became of each, and whether more wait."""
    done: list[Progressed] = []
    after = follow_ups.FIRST
    for _ in range(MOST_PAGES):
        now = parts.clock()
        async with lent(parts.pool) as connection:
            page = await follow_ups.silent(
                connection, now - LONGEST_SILENCE, now - timedelta(minutes=FOLLOW_UP_MINUTES[0]), after, PAGE
            )
        moves = [(each, await _next_move(each, parts, now)) for each in page]
        due = [each.conversation_id for each, move in moves if not isinstance(move, LetBe)]
        while due:
            if len(done) >= limit:
                return done, True
            some = due[: min(AT_ONCE, limit - len(done))]
            due = due[len(some) :]
            done += await _follow_up_or_apart(parts, some)
        if len(page) < PAGE:
            return done, False
        after = (page[-1].last_message_at, page[-1].conversation_id)
    return done, bool(done)


async def _follow_up_or_apart(parts: Parts, conversation_ids: Sequence[str]) -> list[Progressed]:
    """One lead that breaks its batch must not take its neighbours along."""
    try:
        return await _follow_up(parts, conversation_ids)
    except TryAgainLater:
        raise
    except Exception as error:
        if len(conversation_ids) == 1:
            log.exception("conversation %s could not be followed up", conversation_ids[0])
            return []
        log.warning("%d follow-ups are done one by one: %s", len(conversation_ids), type(error).__name__)
        return [done for each in conversation_ids for done in await _follow_up_or_apart(parts, [each])]


async def _next_move(lead: SilentLead, parts: Parts, now: datetime) -> NextFollowUp:
    playbook = await parts.find_playbook(lead.playbook_id)
    silence = Silence(
        asked_at=lead.asked_at,
        followed_up=lead.followed_up,
        followed_up_at=lead.followed_up_at,
        last_inbound_at=lead.last_inbound_at,
        window_closed_at=lead.window_closed_at,
        hours=hours_of(lead, playbook),
    )
    return next_follow_up(silence, [timedelta(minutes=each.after_minutes) for each in playbook.follow_ups], now)


async def _follow_up(parts: Parts, conversation_ids: Sequence[str]) -> list[Progressed]:
    async with transaction(parts.pool) as connection:
        run = _Run(await follow_ups.claim(connection, conversation_ids))
        for each, lead in run.held.items():
            move = await _next_move(lead, parts, parts.clock())
            if not isinstance(move, LetBe):
                run.moves[each] = move
                run.playbooks[each] = await parts.find_playbook(lead.playbook_id)
        if not run.moves:
            return []
        await _draft(connection, run)
        await _judge(parts, connection, run)
        await _write_down(parts, connection, run)
    said = await parts.delivery.deliver(list(run.calls.values()))
    _conclude(run, said)
    await _tell(parts, run)
    return [
        Progressed(run.held[each].lead_id, each, run.held[each].workspace_id, outcome, run.held[each].stage, reason)
        for each, (outcome, reason) in run.fates.items()
    ]


async def _draft(connection: Connection, run: _Run) -> None:
    """Write what can be said; the rest has its fate here."""
    states = await conversations.states(connection, list(run.moves))
    late = [
        (run.held[each], name)
        for each, move in run.moves.items()
        if isinstance(move, TooLate) and (name := run.playbooks[each].follow_ups[0].template) is not None
    ]
    templates = await follow_ups.templates(connection, late) if late else {}
    for each, move in run.moves.items():
        if isinstance(move, TooLate):
            draft = _draft_of_template(states[each], templates.get(each, []))
            if draft is None:
                run.fates[each] = ("needs_template", NEEDS_TEMPLATE)
            else:
                run.drafts.append(draft)
            continue
        try:
            run.drafts.append(_draft_of_words(states[each], run.playbooks[each], run.held[each], move.number))
        except (BadInput, RefusedByRules) as error:
            log.warning("conversation %s is not followed up: %s", each, error)
            run.fates[each] = ("not_sent", str(error))


def _draft_of_words(state: Conversation, playbook: Playbook, lead: SilentLead, number: int) -> Draft:
    decision = follow_up(state, playbook, lead.asked, lead.language, number)
    return Draft(
        conversation_id=state.conversation_id,
        author="bot",
        purpose="follow_up",
        text=decision.text or "",
        buttons=decision.buttons,
        follows_up_since=lead.asked_at,
    )


def _draft_of_template(state: Conversation, templates: Sequence[follow_ups.Template]) -> Draft | None:
    for each in templates:
        filled = fill_with_name(each.components, first_name(state.lead.name))
        if filled is not None:
            template = Template(each.name, each.language, each.category, filled.components)
            return Draft(state.conversation_id, "bot", "follow_up", filled.text, template=template)
    return None


async def _judge(parts: Parts, connection: Connection, run: _Run) -> None:
    """Ask the gate; what it lets pass or refuses for good becomes a message."""
    if not run.drafts:
        return
    facts = await outbox.facts(connection, sorted(each.conversation_id for each in run.drafts))
    verdicts = await judge(
        connection,
        parts.redis,
        run.drafts,
        facts,
        now=parts.clock(),
        hash_key=parts.hash_key,
        reachable_numbers=parts.reachable_numbers,
    )
    for draft, verdict in zip(run.drafts, verdicts, strict=True):
        if not NOT_NOW.isdisjoint(each.code for each in verdict.reasons):
            continue
        try:
            _decide(run, draft, facts[draft.conversation_id], verdict)
        except BadInput as error:
            run.fates[draft.conversation_id] = ("not_sent", str(error))


def _decide(run: _Run, draft: Draft, fact: Facts, verdict: Verdict) -> None:
    each = draft.conversation_id
    message = written(draft, fact, verdict)
    run.messages[each] = message
    run.fates[each] = ("not_sent" if verdict.refused else "followed_up", verdict.sentence)
    if verdict.outcome == "wait":
        run.postponed[each] = verdict
    elif message.payload is not None:
        run.calls[each] = first_call(message, fact)


async def _write_down(parts: Parts, connection: Connection, run: _Run) -> None:
    rows = [
        Done(run.held[each].question_id, run.moves[each].number, run.held[each].workspace_id, outcome, reason)
        for each, (outcome, reason) in run.fates.items()
    ]
    new = await follow_ups.add(connection, rows)
    for each in [each for each in run.fates if run.held[each].question_id not in new]:
        run.forget(each)
    await outbox.add(connection, list(run.messages.values()), parts.delivery.settle)
    await follow_ups.set_messages(
        connection,
        [
            (run.held[each].question_id, run.moves[each].number, message.id)
            for each, message in run.messages.items()
            if message.status != outbox.DRAFTED
        ],
    )
    for each, verdict in run.postponed.items():
        wait = timedelta(seconds=verdict.seconds)
        await outbox.postpone(connection, run.messages[each].outbox_id, wait, verdict.sentence)
    waiting = {each: reason or "" for each, (outcome, reason) in run.fates.items() if outcome == "needs_template"}
    await conversations.ask_for_person(connection, waiting)


def _conclude(run: _Run, said: dict[str, Said]) -> None:
    for each, call in run.calls.items():
        if said[call.outbox_id].state == "failed":
            run.fates[each] = ("not_sent", said[call.outbox_id].reason)
        elif said[call.outbox_id].state != "accepted":
            run.fates[each] = ("followed_up", said[call.outbox_id].reason)


async def _tell(parts: Parts, run: _Run) -> None:
    """Tell dashboards and counters. The deed stands when Redis is away."""
    events = []
    for each in run.fates:
        ids = {"conversation_id": each}
        workspace_id = run.held[each].workspace_id
        if each in run.messages:
            events.append(LiveEvent(workspace_id, "message", {**ids, "message_id": run.messages[each].id}))
        events.append(LiveEvent(workspace_id, "conversation", ids))
    await live.tell(parts.redis, events)
    counts = [
        (run.held[each].workspace_id, f"follow-up:{run.messages[each].id}", {"follow_ups": 1})
        for each, (outcome, _) in run.fates.items()
        if outcome == "followed_up" and run.messages[each].status != outbox.DRAFTED
    ]
    try:
        await counters.count(parts.redis, parts.clock().astimezone(UTC), counts)
    except StateAway as error:
        log.warning("the counts of %d follow-ups are lost: %s", len(counts), error)
