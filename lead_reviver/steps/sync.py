"""Step 5, sync: what was decided and learned to the record, the counters of the day, the end of the turn."""

from __future__ import annotations

import logging
from datetime import timedelta

import asyncpg
from msgspec.structs import replace

from lead_reviver.decide.conversation import Decision
from lead_reviver.errors import TryAgainLater
from lead_reviver.state import counters
from lead_reviver.state.conversations import TurnState, forget_turns, read_turns
from lead_reviver.steps.hand_over import offer
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.scoring import score_after
from lead_reviver.steps.turn_ref import Batch, TurnRef
from lead_reviver.storage import conversations, lead_fields, turns
from lead_reviver.storage.database import Connection, transaction
from lead_reviver.storage.lead_fields import Learned

log = logging.getLogger(__name__)

DONE = ("replied", "booked", "handed_over", "opted_out", "drafted", "quiet", "refused")
COUNTED = {
    "replied": "replies",
    "booked": "meetings_booked",
    "handed_over": "handovers",
    "opted_out": "opt_out_confirmations",
    "drafted": "drafts",
}


async def sync(parts: Parts, batch: Batch) -> list[TurnRef]:
    """Write every turn's end to the record, whatever it is, and count those that are done."""
    states = await read_turns(parts.redis, [each.turn_id for each in batch])
    done = [each for each in batch if each.outcome in DONE]
    learned = await _learned(parts, [(each, states[each.turn_id]) for each in done if each.turn_id in states])
    async with transaction(parts.pool) as connection:
        await conversations.lock_of_turns(connection, [each.turn_id for each in batch])
        ended = await turns.finish(
            connection,
            [(each.turn_id, each.lease, "done", each.reason, _decision(states, each)) for each in done],
        )
        if learned:
            await lead_fields.learn(connection, learned)
        waiting = await _call_people(
            connection, [(each, states[each.turn_id]) for each in done if each.turn_id in states]
        )
        await turns.settle_later(
            connection,
            [
                (each.turn_id, each.lease, timedelta(seconds=each.wait_seconds), each.reason or "")
                for each in batch
                if each.outcome == "waiting"
            ],
        )
    await _offer(parts, waiting)
    for each in batch:
        if each.outcome in ("superseded", "retry", None):
            await give_back(parts, each)
    await counters.count(
        parts.redis,
        parts.clock(),
        [
            (states[each.turn_id].turn.conversation.workspace_id, each.turn_id, {COUNTED[each.outcome]: 1})
            for each in done
            if each.turn_id in states and each.turn_id in ended and each.outcome in COUNTED
        ],
    )
    await forget_turns(parts.redis, [each.turn_id for each in done])
    return list(batch)


def _decision(states: dict[str, TurnState], ref: TurnRef) -> Decision | None:
    state = states.get(ref.turn_id)
    return state.decision if state else None


async def _offer(parts: Parts, conversation_ids: list[str]) -> None:
    """Ask somebody at once; where that fails, the schedule does it within minutes."""
    try:
        await offer(parts.pool, parts.redis, conversation_ids, parts.clock(), "new")
    except (TryAgainLater, asyncpg.PostgresError) as error:
        log.warning("%d conversations are offered later: %s", len(conversation_ids), type(error).__name__)


async def _learned(parts: Parts, done: list[tuple[TurnRef, TurnState]]) -> list[Learned]:
    """Return what the decisions brought, each with the score that the lead has from then on."""
    found = []
    for ref, state in done:
        if state.decision is None:
            continue
        conversation = state.turn.conversation
        playbook = await parts.find_playbook(conversation.playbook_id)
        score = score_after(state, booked=ref.outcome == "booked", playbook=playbook)
        decision = _so_far(ref, state.decision)
        found.append(Learned(conversation.conversation_id, conversation.state_version, decision, score))
    return found


async def _call_people(connection: Connection, done: list[tuple[TurnRef, TurnState]]) -> list[str]:
    """Let leads wait for a person, and return the conversations that wait now."""
    waiting = {
        state.turn.conversation.conversation_id: ref.reason or "asked for a person"
        for ref, state in done
        if ref.outcome in ("handed_over", "refused") or (ref.outcome == "booked" and _needs_person(state))
    }
    await conversations.ask_for_person(connection, waiting)
    return list(waiting)


def _so_far(ref: TurnRef, decision: Decision) -> Decision:
    """Nobody has a meeting before the message that says so was let go."""
    unsaid = ref.outcome in ("drafted", "handed_over") and decision.book is not None
    return replace(decision, stage=None) if unsaid else decision


def _needs_person(state: TurnState) -> bool:
    """Whether a lead who booked also asked what only a person can answer."""
    return state.decision is not None and state.decision.move == "hand_over"


async def give_back(parts: Parts, ref: TurnRef, *, counts: bool = True) -> None:
    """Try a turn again later, hand it to a newer one, or park it where a person sees it.

    `counts` is False when the whole batch failed since Redis or the database was away: no outage parks a turn.
    """
    async with transaction(parts.pool) as connection:
        tries = await turns.lock_with_conversation(connection, ref.turn_id, ref.lease)
        if tries is None:
            return
        reason = ref.reason or "the run was cut off"
        if tries.written_down:
            # A send may be under way: this turn stays the one in flight until that is settled.
            wait = min(parts.retry_wait * tries.attempts, timedelta(minutes=1))
            await turns.settle_later(connection, [(ref.turn_id, ref.lease, wait, reason)])
        elif ref.outcome == "superseded":
            await turns.retry(connection, ref.turn_id, ref.lease, timedelta(), reason)
        elif not counts:
            await turns.retry(connection, ref.turn_id, ref.lease, parts.retry_wait, reason, counts=False)
        elif tries.attempts < parts.max_attempts:
            wait = parts.retry_wait * 2 ** (tries.attempts - 1)
            await turns.retry(connection, ref.turn_id, ref.lease, min(wait, timedelta(minutes=5)), reason)
        else:
            await turns.finish(connection, [(ref.turn_id, ref.lease, "parked", reason, None)])
            await conversations.ask_for_person(
                connection, {tries.conversation_id: f"the bot could not answer after {tries.attempts} tries: {reason}"}
            )
