"""Step 1, load: what is known about the conversation, from Redis or rebuilt from the record."""

from __future__ import annotations

from msgspec import convert
from msgspec.structs import replace

from lead_reviver.decide.conversation import Calendar, Conversation, Decision, Turn
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.state.conversations import TurnState, read_conversations, read_turns, write_turns
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import Batch, TurnRef, under_way, with_outcomes
from lead_reviver.storage import conversations, meetings, turns
from lead_reviver.storage.database import Connection, lent


async def load(parts: Parts, batch: Batch) -> list[TurnRef]:
    """Put the state of each turn where the next steps find it; drop turns that the lease no longer holds."""
    held = {each.turn_id: each.lease for each in under_way(batch)}
    await _listen(parts, held)
    async with lent(parts.pool) as connection:
        fenced = await turns.fenced(connection, held)
        messages = await turns.messages(connection, list(fenced))
        states = await _states(parts, connection, list(fenced.values()))
        calendars = await meetings.calendars(
            connection, list({each.lead.lead_id for each in states.values()}), parts.clock()
        )
    before = await read_turns(parts.redis, list(fenced))
    found: dict[str, TurnState] = {}
    changed = {
        turn_id: TurnRef(turn_id, lease, "lost", "another runner has this turn")
        for turn_id, lease in held.items()
        if turn_id not in fenced
    }
    for turn_id, fence in fenced.items():
        if not messages[turn_id]:
            # The lead deleted every message of the turn before it was answered.
            changed[turn_id] = TurnRef(turn_id, held[turn_id], "quiet", "every message of the turn was deleted")
            continue
        conversation = states[fence.conversation_id]
        opted_out = any(opt_out_level(line.text or "", line.reply_id) is OptOut.HARD for line in messages[turn_id])
        turn = Turn(
            turn_id=turn_id,
            conversation=conversation,
            messages=messages[turn_id],
            just_opted_out=opted_out and conversation.lead.opted_out_at is not None,
            calendar=calendars.get(conversation.lead.lead_id) or Calendar(),
        )
        found[turn_id] = TurnState(turn, decision=_earlier_decision(fence, before.get(turn_id), turn))
    await write_turns(parts.redis, found)
    return with_outcomes(batch, changed)


async def _listen(parts: Parts, held: dict[str, str]) -> None:
    """Let voice notes be heard before anything is read: what they say may change what is known of the lead."""
    if parts.listening is not None and held:
        await parts.listening.listen(parts.pool, parts.redis, held)


def _earlier_decision(fence: turns.Fenced, earlier: TurnState | None, turn: Turn) -> Decision | None:
    """Return what an earlier run decided: what was written down stands, what was only thought stands if still apt."""
    if fence.decision is not None:
        return convert(fence.decision, Decision)
    if earlier is not None and earlier.turn.messages == turn.messages:
        return earlier.decision
    return None


async def _states(parts: Parts, connection: Connection, fenced: list[turns.Fenced]) -> dict[str, Conversation]:
    ids = [each.conversation_id for each in fenced]
    if not ids:
        return {}
    cached = await read_conversations(parts.redis, ids)
    fresh = {
        each.conversation_id: state
        for each in fenced
        if (state := cached.get(each.conversation_id)) is not None and state.state_version == each.state_version
    }
    missing = [each for each in ids if each not in fresh]
    if missing:
        fresh |= await conversations.states(connection, missing)
    now = {each.conversation_id: each for each in fenced}
    return {
        each: replace(state, mode=now[each].mode, playbook_id=now[each].playbook_id) for each, state in fresh.items()
    }
