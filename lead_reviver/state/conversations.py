"""Cached state of conversations and of turns under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from lead_reviver.decide.conversation import Conversation, Decision, Line, Turn
from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

HISTORY_LINES = 20


class TurnState(msgspec.Struct):
    """What `load` found, `reply` decided and `send` sent, for the steps after them."""

    turn: Turn
    decision: Decision | None = None
    sent: Line | None = None


_conversation = msgspec.json.Decoder(Conversation)
_turn_state = msgspec.json.Decoder(TurnState)
_encoder = msgspec.json.Encoder()

T = TypeVar("T")


def _decoded(decoder: msgspec.json.Decoder[T], raw: bytes | None) -> T | None:
    """Decode what was cached; an older shape counts as missing and is rebuilt."""
    if raw is None:
        return None
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


async def read_conversations(redis: Redis, conversation_ids: Sequence[str]) -> dict[str, Conversation]:
    """Return the cached states, by conversation id; what is missing is not in it."""
    async with answering():
        raws = await redis.mget([keys.conversation(each) for each in conversation_ids])
    found = {each: _decoded(_conversation, raw) for each, raw in zip(conversation_ids, raws, strict=True)}
    return {each: state for each, state in found.items() if state is not None}


async def write_conversations(redis: Redis, states: Iterable[Conversation]) -> None:
    """Cache states, each with the newest lines of its history only."""
    async with answering():
        pipeline = redis.pipeline(transaction=False)
        for state in states:
            trimmed = msgspec.structs.replace(state, history=state.history[-HISTORY_LINES:])
            pipeline.set(keys.conversation(state.conversation_id), _encoder.encode(trimmed), ex=keys.CONVERSATION_TTL)
        await pipeline.execute()


async def read_turns(redis: Redis, turn_ids: Sequence[str]) -> dict[str, TurnState]:
    """Return what earlier steps passed on, by turn id; what is missing is not in it."""
    if not turn_ids:
        return {}
    async with answering():
        raws = await redis.mget([keys.turn(each) for each in turn_ids])
    found = {each: _decoded(_turn_state, raw) for each, raw in zip(turn_ids, raws, strict=True)}
    return {each: state for each, state in found.items() if state is not None}


async def write_turns(redis: Redis, states: Mapping[str, TurnState]) -> None:
    """Pass on what a step found, to the steps after it."""
    if not states:
        return
    async with answering():
        pipeline = redis.pipeline(transaction=False)
        for turn_id, state in states.items():
            pipeline.set(keys.turn(turn_id), _encoder.encode(state), ex=keys.TURN_TTL)
        await pipeline.execute()


async def forget_turns(redis: Redis, turn_ids: Sequence[str]) -> None:
    """Drop the working state of turns that ended."""
    if turn_ids:
        async with answering():
            await redis.unlink(*(keys.turn(each) for each in turn_ids))
