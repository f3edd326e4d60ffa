"""Once more what surely did not arrive: only if the gate still lets it pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast, get_args

from lead_reviver.decide.gate import Verdict
from lead_reviver.decide.outgoing import Author, Purpose
from lead_reviver.sending.deliver import Call
from lead_reviver.sending.drafts import Draft, Template, judge
from lead_reviver.state.redis import Redis
from lead_reviver.storage import outbox
from lead_reviver.storage.database import Connection
from lead_reviver.storage.outbox import Facts, OutboxRow

PAUSED_WAIT: Final = timedelta(minutes=1)
"""How often a paused number is looked at for a send that no turn waits for."""


@dataclass(slots=True)
class Again:
    """What may be called again, what has to wait on, and what is not sent after all. By outbox id."""

    calls: dict[str, Call] = field(default_factory=dict)
    waiting: dict[str, Verdict] = field(default_factory=dict)
    cancelled: dict[str, Verdict] = field(default_factory=dict)


async def call_again(
    connection: Connection,
    redis: Redis,
    rows: Sequence[OutboxRow],
    facts: Mapping[str, Facts],
    *,
    now: datetime,
    settle: timedelta,
    hash_key: bytes,
    reachable_numbers: frozenset[str] | None,
) -> Again:
    """Ask the gate about sends that are due again, and write down what it says.

    The lead may have said no, a person taken over, the window closed meanwhile. A paused number keeps its queue.
    """
    again = Again()
    drafts = [_draft_of(row) for row in rows]
    verdicts = await judge(
        connection, redis, drafts, facts, now=now, hash_key=hash_key, reachable_numbers=reachable_numbers
    )
    for row, verdict in zip(rows, verdicts, strict=True):
        if verdict.allowed:
            again.calls[row.id] = _call_of(row, facts[row.conversation_id])
        elif verdict.refused and {each.code for each in verdict.reasons} != {"channel_paused"}:
            again.cancelled[row.id] = verdict
        else:
            again.waiting[row.id] = verdict
    await outbox.call_again(connection, list(again.calls), settle)
    # What belongs to a turn is waited for by its turn.
    alone = {row.id for row in rows if row.turn_id is None}
    waits = {
        each: (timedelta(seconds=verdict.seconds) or PAUSED_WAIT, verdict.sentence)
        for each, verdict in again.waiting.items()
        if each in alone
    }
    await outbox.wait_on(connection, waits)
    await outbox.cancel(
        connection, {each: (verdict.sentence, verdict.as_json()) for each, verdict in again.cancelled.items()}
    )
    return again


def _draft_of(row: OutboxRow) -> Draft:
    purpose = row.purpose if row.purpose in get_args(Purpose) else "reply"
    return Draft(
        conversation_id=row.conversation_id,
        author=cast("Author", row.author),
        purpose=cast("Purpose", purpose),
        text="",
        template=_template_of(row),
        follows_up_since=row.written_at if purpose == "follow_up" else None,
        approved=True,
        valid_until=row.valid_until,
        message_id=row.message_id,
    )


def _template_of(row: OutboxRow) -> Template | None:
    if row.kind != "template":
        return None
    return Template(name="", language="", category=row.template_category or "MARKETING")


def _call_of(row: OutboxRow, fact: Facts) -> Call:
    return Call(
        row.id,
        row.workspace_id,
        row.conversation_id,
        fact.lead_id,
        fact.phone_number_id,
        row.payload,
        row.attempts + 1,
    )
