"""Who listens to which voice note, where no turn's lease says so: one relay at a time.

With Redis lost two may listen to the same note, which costs money and nothing else: the first transcript is kept.
"""

from __future__ import annotations

from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering


async def claim(redis: Redis, message_id: str) -> bool:
    """Take a voice note; False when somebody else has it. Who dies over it gives it back after a while.

    Raises `StateAway`.
    """
    async with answering():
        return bool(await redis.set(keys.voice_note(message_id), b"1", nx=True, ex=keys.VOICE_NOTE_TTL))
