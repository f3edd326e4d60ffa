"""Cached state of conversations and of turns under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
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


# Keys with a value each, all for as long: one command, since the driver's cost is by the command. ARGV: life, values.
KEEP = """
for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i + 1], 'EX', ARGV[1]) end
"""

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
    trimmed = [msgspec.structs.replace(each, history=each.history[-HISTORY_LINES:]) for each in states]
    kept = {keys.conversation(each.conversation_id): _encoder.encode(each) for each in trimmed}
    await _keep(redis, kept, keys.CONVERSATION_TTL)


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
    kept = {keys.turn(turn_id): _encoder.encode(state) for turn_id, state in states.items()}
    await _keep(redis, kept, keys.TURN_TTL)


async def _keep(redis: Redis, values: Mapping[str, bytes], life: timedelta) -> None:
    if values:
        async with answering():
            keep = redis.register_script(KEEP)
            await keep(keys=list(values), args=[int(life.total_seconds()), *values.values()])


async def forget_turns(redis: Redis, turn_ids: Sequence[str]) -> None:
    """Drop the working state of turns that ended."""
    if turn_ids:
        async with answering():
            await redis.unlink(*(keys.turn(each) for each in turn_ids))
