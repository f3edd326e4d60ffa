"""Wake leads whose day has come: each once, and nothing that the gate would not let pass.

Who named the day themselves is written to, with a first line that picks it up: in free words within the window, by the
template that the playbook names outside of it, for a click in approval mode. Everybody else is shown to a person, with
that line at hand. A lead wakes in the transaction that fills the outbox, so that two runs at once, or one that dies
halfway, never write twice. What was written down and not called is sent by the relay, like a person's message.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from lead_reviver.decide.gate import Verdict
from lead_reviver.decide.waking import Asleep, OnTheDay, ShowToPerson, SleepOn, WakeQuietly, Write, on_waking
from lead_reviver.errors import BadInput, TryAgainLater
from lead_reviver.reply.checks import ReplyRefused
from lead_reviver.reply.playbook import Playbook
from lead_reviver.reply.waking import FirstLine, decision_to_write, speaks
from lead_reviver.sending.deliver import Call, first_call
from lead_reviver.sending.drafts import Draft, Template, judge, written
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.hours_of_lead import hours_of
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.progressed import Progressed
from lead_reviver.storage import audit, conversations, follow_ups, outbox, progress, snoozes
from lead_reviver.storage.database import Connection, lent, transaction
from lead_reviver.storage.outbox import Facts, OutgoingMessage
from lead_reviver.storage.snoozes import Sleeper
from lead_reviver.whatsapp.template_fill import fill_with

log = logging.getLogger(__name__)

PAGE: Final = 200
MOST_PAGES: Final = 50
"""How many leads are looked at a call; by night, most of those whose day has come sleep on until the morning."""
WOKEN: Final = "their snooze is over"
WRITTEN: Final = "they were written to, as they had asked"
PROPOSED: Final = "a message to them waits for a click"
NOT_NOW: Final = frozenset({"newer_message", "contact_hours"})
"""Refusals by the gate that say nothing against a later run."""
NO_IS_NO: Final = frozenset({"opted_out", "suppressed"})


@dataclass(slots=True)
class _Woken:
    """What one transaction did about one lead."""

    lead: Sleeper
    reason: str = WOKEN
    message: OutgoingMessage | None = None
    call: Call | None = None
    conversation_ids: tuple[str, ...] = ()
    """All of the lead's, the newest first."""


async def wake_leads(parts: Parts, limit: int) -> tuple[list[Progressed], bool]:
    """Wake at most `limit` leads; return what became of each, and whether more wait."""
    done: list[Progressed] = []
    after = snoozes.FIRST
    for _ in range(MOST_PAGES):
        async with lent(parts.pool) as connection:
            page = await snoozes.due(connection, parts.clock(), after, PAGE)
        for each in page:
            if isinstance(await _move(each, parts, parts.clock()), SleepOn):
                continue
            if len(done) >= limit:
                return done, True
            done += await _wake_alone(parts, each.lead_id)
        if len(page) < PAGE:
            return done, False
        after = (page[-1].snoozed_until, page[-1].lead_id)
    return done, bool(done)


async def _wake_alone(parts: Parts, lead_id: str) -> list[Progressed]:
    """One lead that cannot be woken must not keep the others asleep."""
    try:
        woken = await _wake(parts, lead_id)
    except TryAgainLater:
        raise
    except Exception:
        log.exception("lead %s could not be woken", lead_id)
        return []
    if woken is None:
        return []
    lead = woken.lead
    here = lead.conversation_id or next(iter(woken.conversation_ids), None)
    return [Progressed(lead.lead_id, here, lead.workspace_id, "woken", lead.stage, woken.reason)]


async def _wake(parts: Parts, lead_id: str) -> _Woken | None:
    now = parts.clock()
    async with transaction(parts.pool) as connection:
        lead = await snoozes.claim(connection, lead_id, now)
        if lead is None or isinstance(move := await _move(lead, parts, now), SleepOn):
            return None
        woken, playbook = _Woken(lead), await parts.find_playbook(lead.playbook_id)
        line = await _line(connection, lead, playbook, now)
        if isinstance(move, Write):
            move = ShowToPerson() if line is None else await _write(parts, connection, woken, move, line, playbook)
            if isinstance(move, SleepOn):
                return None
        if isinstance(move, WakeQuietly):
            woken.reason = f"{WOKEN}, and {move.reason}"
            await snoozes.wake_quietly(connection, lead_id)
        elif isinstance(move, Write):
            await snoozes.wake(connection, lead_id, first_line=None)
        else:
            await snoozes.wake(connection, lead_id, first_line=None if line is None else line.text())
            await snoozes.show_to_person(connection, lead.conversation_id, WOKEN)
        woken.conversation_ids = tuple((await progress.changed(connection, [lead_id])).get(lead_id, ()))
        await audit.record_about_leads(connection, "wake", [(lead.workspace_id, lead_id, {})])
    if woken.call is not None:
        said = (await parts.delivery.deliver([woken.call]))[woken.call.outbox_id]
        if said.state != "accepted" and said.reason is not None:
            woken.reason = said.reason
    await _tell(parts, woken)
    return woken


async def _move(lead: Sleeper, parts: Parts, now: datetime) -> OnTheDay:
    playbook = await parts.find_playbook(lead.playbook_id)
    asleep = Asleep(
        until=lead.snoozed_until,
        set_by=lead.set_by,
        words_kept=lead.message_id is not None,
        opted_out=lead.opted_out_at is not None,
        stage=lead.stage,
        meeting_ahead=lead.meeting_ahead,
        with_person=lead.with_person,
        speaks=lead.language in playbook.languages and speaks(lead.language),
        last_inbound_at=lead.last_inbound_at,
        window_closed_at=lead.window_closed_at,
        hours=hours_of(lead, playbook),
    )
    return on_waking(asleep, now)


async def _line(connection: Connection, lead: Sleeper, playbook: Playbook, now: datetime) -> FirstLine | None:
    """Return the first line; None for a lead who asked for nothing, or took it back, and where a check fails."""
    if lead.message_id is None or lead.asked_at is None or lead.conversation_id is None:
        return None
    state = (await conversations.states(connection, [lead.conversation_id]))[lead.conversation_id]
    line = FirstLine(
        asked_at=lead.asked_at,
        occasion=lead.occasion,
        now=now,
        zone=lead.time_zone,
        language=lead.language,
        name=state.lead.name,
    )
    try:
        decision_to_write(line, state, playbook)
    except ReplyRefused as refused:
        log.warning("lead %s wakes without a first line: %s", lead.lead_id, refused)
        return None
    return line


async def _write(
    parts: Parts, connection: Connection, woken: _Woken, move: Write, line: FirstLine, playbook: Playbook
) -> OnTheDay:
    """Ask the gate, and write down what it lets pass or proposes; what it refuses is a person's matter."""
    draft = await _draft(connection, woken.lead, move, line, playbook)
    if draft is None:
        return ShowToPerson()
    facts = await outbox.facts(connection, [draft.conversation_id])
    fact = facts[draft.conversation_id]
    [verdict] = await judge(
        connection,
        parts.redis,
        [draft],
        facts,
        now=parts.clock(),
        hash_key=parts.hash_key,
        reachable_numbers=parts.reachable_numbers,
    )
    codes = {each.code for each in verdict.reasons}
    if verdict.refused and codes & NOT_NOW:
        return SleepOn("the gate says not now")
    if verdict.refused and codes & NO_IS_NO:
        return WakeQuietly("they are on the list of people who asked not to be written to")
    try:
        woken.message = written(draft, fact, verdict)
    except BadInput as error:
        log.warning("lead %s is not written to: %s", woken.lead.lead_id, error)
        return ShowToPerson()
    await _write_down(parts, connection, woken, woken.message, fact, verdict)
    return ShowToPerson() if verdict.refused else move


async def _draft(
    connection: Connection, lead: Sleeper, move: Write, line: FirstLine, playbook: Playbook
) -> Draft | None:
    """Return the words, or the approved template that takes them; None where there is no such template."""
    draft = Draft(
        conversation_id=lead.conversation_id or "",
        author="bot",
        purpose="follow_up",
        text=line.text(),
        follows_up_since=lead.last_inbound_at,
    )
    if not move.by_template:
        return draft
    if playbook.wake_template is None:
        return None
    found = await follow_ups.templates(connection, [(lead, playbook.wake_template)])
    for each in found.get(draft.conversation_id, []):
        filled = fill_with(each.components, line.values())
        if filled is not None:
            template = Template(each.name, each.language, each.category, filled.components)
            return replace(draft, text=filled.text, template=template)
    return None


async def _write_down(
    parts: Parts, connection: Connection, woken: _Woken, message: OutgoingMessage, fact: Facts, verdict: Verdict
) -> None:
    await outbox.add(connection, [message], parts.delivery.settle)
    woken.reason = verdict.sentence or WRITTEN
    if verdict.waits_for_click:
        woken.reason = PROPOSED
    elif verdict.outcome == "wait":
        await outbox.postpone(connection, message.outbox_id, timedelta(seconds=verdict.seconds), verdict.sentence)
    elif message.payload is not None:
        woken.call = first_call(message, fact)


async def _tell(parts: Parts, woken: _Woken) -> None:
    """Tell dashboards. The deed stands when Redis is away."""
    workspace_id = woken.lead.workspace_id
    events = [LiveEvent(workspace_id, "conversation", {"conversation_id": each}) for each in woken.conversation_ids]
    if woken.message is not None:
        ids = {"conversation_id": woken.message.conversation_id, "message_id": woken.message.id}
        events.insert(0, LiveEvent(workspace_id, "message", ids))
    await live.tell(parts.redis, events)
