"""Step 3, send: the gate's last word under lock, the outbox, then the Graph API.

What was written down for a turn before is never written again: a second run finds it and goes on from there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from lead_reviver.decide.conversation import Decision, Line
from lead_reviver.decide.outgoing import Purpose
from lead_reviver.errors import BadInput
from lead_reviver.meetings.agree import agree
from lead_reviver.reply.meeting_talk import with_calendar_link
from lead_reviver.sending.again import call_again
from lead_reviver.sending.deliver import Call, first_call
from lead_reviver.sending.drafts import Draft, judge, written
from lead_reviver.state.conversations import TurnState, read_turns, write_turns
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.reply import reply
from lead_reviver.steps.turn_ref import Batch, Outcome, TurnRef, under_way, with_outcomes
from lead_reviver.storage import approvals, outbox, turns
from lead_reviver.storage.database import Connection, transaction
from lead_reviver.storage.outbox import Facts, OutboxRow, OutgoingMessage

MOST_SUPERSEDED = 3
"""So often a newer message may overtake an answer; then it is sent, or a lead who keeps typing gets none."""
PAUSED_WAIT_SECONDS = 60.0
SENT: dict[str, Outcome] = {"answer": "replied", "hand_over": "handed_over", "stop_writing": "opted_out"}
PURPOSE: dict[str, Purpose] = {
    "answer": "reply",
    "hand_over": "handover_notice",
    "stop_writing": "opt_out_confirmation",
}


@dataclass(slots=True)
class _Run:
    """What this run of the step finds and does."""

    refs: dict[str, TurnRef]
    states: dict[str, TurnState]
    ended: dict[str, TurnRef] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    """By turn id."""

    def end(self, turn_id: str, outcome: Outcome, reason: str | None = None, wait: float = 0.0) -> None:
        ref = self.refs[turn_id]
        self.ended[turn_id] = TurnRef(turn_id, ref.lease, outcome, reason, wait)

    def drafted(self, turn_id: str) -> None:
        """The answer waits for a click; a lead who needs a person waits for one all the same."""
        decision = self.states[turn_id].decision
        handed_over = decision is not None and decision.move == "hand_over"
        self.end(turn_id, "handed_over" if handed_over else "drafted", decision.reason if decision else None)

    def sent(self, turn_id: str) -> None:
        decision = self.states[turn_id].decision
        outcome = SENT.get(decision.move, "replied") if decision else "replied"
        if decision is not None and decision.book is not None:
            outcome = "booked"
        self.end(turn_id, outcome, decision.reason if decision else None)


async def send(parts: Parts, batch: Batch) -> list[TurnRef]:
    """Send what was decided, once."""
    ids = [each.turn_id for each in under_way(batch)]
    states = await read_turns(parts.redis, ids)
    if any(each not in states or states[each].decision is None for each in ids):  # Redis forgot
        batch = await reply(parts, batch)
        states = await read_turns(parts.redis, [each.turn_id for each in under_way(batch)])
    run = _Run({each.turn_id: each for each in under_way(batch)}, states)
    if not run.refs:
        return list(batch)
    async with transaction(parts.pool) as connection:
        await _write_down(parts, connection, run)
    said = await parts.delivery.deliver(list(run.calls.values()))
    _conclude(run, {turn_id: said[call.outbox_id] for turn_id, call in run.calls.items()})
    await write_turns(parts.redis, {each: run.states[each] for each in run.refs if each in run.states})
    await _mark_read(parts, run)
    return with_outcomes(batch, run.ended)


async def _write_down(parts: Parts, connection: Connection, run: _Run) -> None:
    conversations = {each: run.states[each].turn.conversation.conversation_id for each in run.refs}
    facts = await outbox.facts(connection, sorted(set(conversations.values())))
    before = await outbox.of_turns(connection, list(run.refs), parts.delivery.settle)
    drafted = await approvals.of_turns(connection, list(run.refs))
    fenced = await turns.fenced_and_locked(connection, {each: run.refs[each].lease for each in run.refs})
    drafts: list[Draft] = []
    again: list[OutboxRow] = []
    for turn_id, conversation_id in conversations.items():
        if turn_id not in fenced:
            run.end(turn_id, "lost", "another runner has this turn")
        elif turn_id in before:
            _go_on(parts, run, before[turn_id][0], again)
        elif turn_id in drafted:
            run.drafted(turn_id)
        else:
            draft = _draft(parts, run, turn_id, conversation_id, fenced[turn_id].superseded_count >= MOST_SUPERSEDED)
            if draft is not None:
                drafts.append(draft)
    await _call_again(parts, connection, run, again, facts)
    await _write_new(parts, connection, run, drafts, facts)


def _go_on(parts: Parts, run: _Run, row: OutboxRow, again: list[OutboxRow]) -> None:
    """This turn was written down before: settle what is open, and send nothing twice."""
    turn_id = row.turn_id or ""
    if row.state == "accepted":
        run.sent(turn_id)
    elif row.state in ("failed", "cancelled"):
        run.end(turn_id, "refused", row.reason)
    elif (wait := (row.due_at - parts.clock()).total_seconds()) > 0:
        run.end(turn_id, "waiting", row.reason or "waiting until WhatsApp says what became of the message", wait)
    else:
        again.append(row)


async def _call_again(
    parts: Parts, connection: Connection, run: _Run, rows: list[OutboxRow], facts: dict[str, Facts]
) -> None:
    if not rows:
        return
    found = await call_again(
        connection,
        parts.redis,
        rows,
        facts,
        now=parts.clock(),
        settle=parts.delivery.settle,
        hash_key=parts.hash_key,
        reachable_numbers=parts.reachable_numbers,
    )
    for row in rows:
        turn_id = row.turn_id or ""
        if row.id in found.calls:
            run.calls[turn_id] = found.calls[row.id]
        elif row.id in found.waiting:
            verdict = found.waiting[row.id]
            run.end(turn_id, "waiting", verdict.sentence, verdict.seconds or PAUSED_WAIT_SECONDS)
        else:
            verdict = found.cancelled[row.id]
            overtaken = "newer_message" in {each.code for each in verdict.reasons}
            run.end(turn_id, "superseded" if overtaken else "refused", verdict.sentence)


def _draft(parts: Parts, run: _Run, turn_id: str, conversation_id: str, ignores_newer: bool) -> Draft | None:
    decision = run.states[turn_id].decision
    if decision is None:
        run.end(turn_id, "retry", "nothing was decided")
        return None
    if decision.text is None or decision.move == "stay_quiet":
        run.end(turn_id, "handed_over" if decision.move == "hand_over" else "quiet", decision.reason)
        return None
    return Draft(
        conversation_id=conversation_id,
        author="bot",
        purpose=PURPOSE[decision.move],
        text=_with_calendar_link(parts, decision, decision.text),
        buttons=decision.buttons,
        choices=decision.choices,
        turn_id=turn_id,
        ignores_newer=ignores_newer,
    )


def _with_calendar_link(parts: Parts, decision: Decision, text: str) -> str:
    """Put the meeting's link below words that book it: after every check, so that no responder ever writes a link."""
    if decision.book is None or parts.calendar_links is None:
        return text
    return with_calendar_link(text, parts.calendar_links.of(decision.book), decision.language or "en")


async def _write_new(
    parts: Parts, connection: Connection, run: _Run, drafts: list[Draft], facts: dict[str, Facts]
) -> None:
    if not drafts:
        return
    verdicts = await judge(
        connection,
        parts.redis,
        drafts,
        facts,
        now=parts.clock(),
        hash_key=parts.hash_key,
        reachable_numbers=parts.reachable_numbers,
    )
    messages: list[OutgoingMessage] = []
    for draft, verdict in zip(drafts, verdicts, strict=True):
        turn_id = draft.turn_id or ""
        codes = {each.code for each in verdict.reasons}
        if verdict.outcome == "wait":
            run.end(turn_id, "waiting", verdict.sentence, verdict.seconds)
        elif codes == {"channel_paused"}:
            run.end(turn_id, "waiting", verdict.sentence, PAUSED_WAIT_SECONDS)
        elif "newer_message" in codes:
            run.end(turn_id, "superseded", verdict.sentence)
        else:
            message = _write(run, draft, facts[draft.conversation_id], verdict)
            if message is not None and await _agreed(parts, connection, run, draft, facts[draft.conversation_id]):
                messages.append(message)
    await outbox.add(connection, messages, parts.delivery.settle)
    decisions = {each.turn_id: run.states[each.turn_id].decision for each in messages if each.turn_id}
    await turns.remember_decisions(connection, {each: d for each, d in decisions.items() if d is not None})


async def _agreed(parts: Parts, connection: Connection, run: _Run, draft: Draft, fact: Facts) -> bool:
    """Book what the message is about to say is booked; where that failed, the turn is decided about anew."""
    turn_id = draft.turn_id or ""
    decision = run.states[turn_id].decision
    if turn_id not in run.calls or decision is None or (decision.book is None and decision.cancel is None):
        return True
    if await agree(connection, decision, fact.lead_id, parts.clock()):
        return True
    del run.calls[turn_id]
    run.states[turn_id].decision = run.states[turn_id].sent = None
    run.end(turn_id, "retry", "the time was taken, or the meeting called off, meanwhile")
    return False


def _write(run: _Run, draft: Draft, fact: Facts, verdict: object) -> OutgoingMessage | None:
    turn_id = draft.turn_id or ""
    try:
        message = written(draft, fact, verdict)  # type: ignore[arg-type]
    except BadInput as error:
        run.end(turn_id, "retry", f"the reply breaks one of WhatsApp's limits: {error}")
        return None
    if message.payload is None:
        if message.status == outbox.DRAFTED:
            run.drafted(turn_id)
        else:
            run.end(turn_id, "refused", message.reason)
        return message
    run.calls[turn_id] = first_call(message, fact)
    run.states[turn_id].sent = Line(
        message_id=message.id,
        direction="out",
        author="bot",
        kind=message.kind,
        text=message.body,
        sent_at=run.states[turn_id].turn.messages[-1].sent_at,
    )
    return message


def _conclude(run: _Run, said: dict[str, outbox.Said]) -> None:
    for turn_id, each in said.items():
        if each.state == "accepted":
            run.sent(turn_id)
        elif each.state == "failed":
            run.end(turn_id, "refused", each.reason)
        else:
            run.end(turn_id, "waiting", each.reason, max(each.wait, timedelta(seconds=0.2)).total_seconds())


async def _mark_read(parts: Parts, run: _Run) -> None:
    """Show the lead that the message was read, once the answer is on its way. Best effort."""
    newest = [
        (state.turn.conversation.phone_number_id, state.turn.messages[-1].wamid)
        for turn_id, state in run.states.items()
        if turn_id in run.calls and parts.llm.instant and not parts.shown_while_gathering
    ]
    await asyncio.gather(*(parts.show_reading(number, wamid, False) for number, wamid in newest if wamid))
