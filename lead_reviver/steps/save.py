"""Step 4, save: the conversation's new state to Redis, live events to the dashboard."""

from __future__ import annotations

from msgspec.structs import replace

from lead_reviver.decide.conversation import Conversation
from lead_reviver.decide.fields import with_heard
from lead_reviver.state import live
from lead_reviver.state.conversations import TurnState, read_turns, write_conversations
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import Batch, TurnRef

SAVED = ("replied", "booked", "handed_over", "opted_out", "drafted", "quiet", "refused")


async def save(parts: Parts, batch: Batch) -> list[TurnRef]:
    """Cache what the next turn of each conversation starts from, and tell the dashboards."""
    ended = {each.turn_id: each for each in batch if each.outcome in SAVED}
    states = await read_turns(parts.redis, list(ended))
    if states:
        await write_conversations(parts.redis, [_after(state) for state in states.values()])
    told = await read_turns(parts.redis, [each.turn_id for each in batch if each.turn_id not in ended])
    await live.publish(parts.redis, [event for state in (states | told).values() for event in _events(state)])
    return list(batch)


def _after(state: TurnState) -> Conversation:
    """Return the conversation as it stands after the turn."""
    conversation, decision = state.turn.conversation, state.decision
    answered = {each.message_id for each in state.turn.messages}
    history = [*(each for each in conversation.history if each.message_id not in answered), *state.turn.messages]
    if state.sent is not None:
        history.append(state.sent)
    lead = conversation.lead
    if decision is not None:
        lead = replace(
            lead,
            fields=with_heard(lead.fields, decision.fields),
            stage=decision.stage or lead.stage,
            language=decision.language or lead.language,
        )
    return replace(conversation, history=history, lead=lead)


def _events(state: TurnState) -> list[LiveEvent]:
    conversation = state.turn.conversation
    ids = {"conversation_id": conversation.conversation_id}
    events = [
        LiveEvent(conversation.workspace_id, "turn", {**ids, "turn_id": state.turn.turn_id}),
        LiveEvent(conversation.workspace_id, "conversation", ids),
    ]
    if state.sent is not None:
        events.append(LiveEvent(conversation.workspace_id, "message", {**ids, "message_id": state.sent.message_id}))
    return events
