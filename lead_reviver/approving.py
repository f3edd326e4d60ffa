"""A person lets a message of the bot go: the gate is asked once more, and what the message promises is made true.

Everything here happens in one transaction under the conversation's lock, so that two clicks at once send one message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

import msgspec
from msgspec.structs import replace

from lead_reviver.decide.conversation import Button, Choices, Decision
from lead_reviver.decide.gate import Verdict
from lead_reviver.decide.outgoing import Purpose
from lead_reviver.decide.score import Score
from lead_reviver.errors import BadInput
from lead_reviver.meetings.agree import agree
from lead_reviver.sending.deliver import Call, first_call
from lead_reviver.sending.drafts import Draft, Template, judge, written
from lead_reviver.state.redis import Redis
from lead_reviver.storage import approvals, lead_fields, meetings, outbox
from lead_reviver.storage.approvals import Approval
from lead_reviver.storage.database import Connection
from lead_reviver.storage.lead_fields import Learned, LockedLead
from lead_reviver.storage.outbox import Facts

NOT_NOW: Final = frozenset({"channel_paused", "contact_hours"})
"""Refusals by the gate that say nothing against a later click."""
_SLOT: Final = "slot:"
"""How the rows of an offer name the slots that are held for it."""
TIMES_GONE: Final = "The times in this message are no longer held. The bot is looking for others."
TIME_TAKEN: Final = "The time in this message was taken, or the meeting called off. The bot decides anew."


ScoreOf = Callable[[LockedLead], Score]
"""Returns the score of a lead that is locked, by what is in the record now."""


@dataclass(frozen=True, slots=True)
class Click:
    """Who lets it go, and in which words."""

    user_id: str
    text: str | None = None
    """Other words than the bot's; None leaves them."""


@dataclass(frozen=True, slots=True)
class Clicked:
    """What became of a click."""

    outcome: Literal["written", "not_now", "gone"]
    """written: the message is stored, sent or not sent; not_now: it goes on waiting; gone: it was withdrawn."""
    sentence: str | None = None
    call: Call | None = None
    """The Graph call to make."""
    booked: bool = False


async def let_go(
    connection: Connection,
    redis: Redis,
    approval: Approval,
    click: Click,
    *,
    now: datetime,
    settle: timedelta,
    hash_key: bytes,
    reachable_numbers: frozenset[str] | None,
    score_of: ScoreOf,
) -> Clicked:
    """Send what waits. Its conversation is locked, and it is waiting still.

    `score_of` says how far a lead has come once a meeting is agreed on or called off.
    Raises `BadInput` for words that WhatsApp would not take, or other words than a template has.
    """
    draft = _draft_of(approval, click)
    facts = await outbox.facts(connection, [approval.conversation_id])
    fact = facts[approval.conversation_id]
    [verdict] = await judge(
        connection, redis, [draft], facts, now=now, hash_key=hash_key, reachable_numbers=reachable_numbers
    )
    codes = {each.code for each in verdict.reasons}
    if verdict.refused and codes <= NOT_NOW:
        return Clicked("not_now", verdict.sentence)
    booked = False
    if not verdict.refused:
        if not await _still_held(connection, draft.choices, now):
            return await _gone(connection, approval, TIMES_GONE)
        decision = _decision_of(approval)
        if decision is not None and (decision.book or decision.cancel):
            if not await agree(connection, decision, fact.lead_id, now):
                return await _gone(connection, approval, TIME_TAKEN)
            await _come_further(connection, approval.conversation_id, fact.lead_id, decision, score_of)
            booked = decision.book is not None
    call = await _write_down(connection, draft, fact, verdict, settle)
    state: approvals.Ended = "refused" if verdict.refused else "sent"
    await approvals.end(connection, approval.id, state, verdict.sentence if verdict.refused else None, click.user_id)
    return Clicked("written", verdict.sentence, call, booked)


async def _come_further(
    connection: Connection, conversation_id: str, lead_id: str, decision: Decision, score_of: ScoreOf
) -> None:
    """The fields are known since the turn; what waited for the click is how far the lead has come."""
    stage = replace(decision, fields={}, snooze_until=None)
    await lead_fields.learn(connection, [Learned(conversation_id, 0, stage)])
    lead = await lead_fields.lock_alone(connection, lead_id)
    if lead is not None:
        await lead_fields.set_score(connection, lead_id, score_of(lead))


async def _write_down(
    connection: Connection, draft: Draft, fact: Facts, verdict: Verdict, settle: timedelta
) -> Call | None:
    message = written(draft, fact, verdict)
    await outbox.add(connection, [message], settle)
    if message.payload is None:
        return None
    if verdict.outcome == "wait":
        await outbox.postpone(connection, message.outbox_id, timedelta(seconds=verdict.seconds), verdict.sentence)
        return None
    return first_call(message, fact)


async def _gone(connection: Connection, approval: Approval, sentence: str) -> Clicked:
    await approvals.withdraw(connection, [approval.conversation_id], sentence)
    if approval.turn_id is not None:
        await approvals.answer_again(connection, approval.turn_id)
    return Clicked("gone", sentence)


async def _still_held(connection: Connection, choices: Choices | None, now: datetime) -> bool:
    """Whether every slot that the message offers is held for its lead still."""
    if choices is None:
        return True
    ids = [each.id.removeprefix(_SLOT) for each in choices.rows if each.id.startswith(_SLOT)]
    return await meetings.all_held(connection, [each for each in ids if each != "none"], now)


def _decision_of(approval: Approval) -> Decision | None:
    return None if approval.decision is None else msgspec.convert(approval.decision, Decision)


def _draft_of(approval: Approval, click: Click) -> Draft:
    """Make a draft of what was kept, by the member who lets it go. It has no turn: the turn is over."""
    template = _template_of(approval)
    if template is not None and click.text is not None:
        raise BadInput("The words of a template are fixed; send it as it is, or discard it.")
    action: dict[str, Any] = approval.content.get("action", {})
    return Draft(
        conversation_id=approval.conversation_id,
        author="bot",
        author_id=click.user_id,
        purpose=cast("Purpose", approval.purpose),
        text=approval.body if click.text is None else click.text,
        buttons=_buttons(each["reply"] for each in action.get("buttons", ())),
        choices=_choices_of(action),
        template=template,
        follows_up_since=approval.created_at,
        approved=True,
        message_id=approval.id,
    )


def _buttons(rows: Any) -> Sequence[Button]:
    return [Button(each["id"], each["title"]) for each in rows]


def _choices_of(action: dict[str, Any]) -> Choices | None:
    if "sections" not in action:
        return None
    return Choices(action["button"], list(_buttons(row for each in action["sections"] for row in each["rows"])))


def _template_of(approval: Approval) -> Template | None:
    if approval.kind != "template":
        return None
    content = approval.content
    return Template(content["name"], content["language"]["code"], content["category"], content["components"])
