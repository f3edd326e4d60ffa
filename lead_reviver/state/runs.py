"""Signs of life of a workflow's run: which step of ours it called last, for whoever waits for its answer.

Shared by all replicas, since n8n may call any of them. A cache: without it a run counts as lost, which costs a second
runner and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

# By the clock of Redis, which all replicas share.
SHOW = """
local now = redis.call('TIME')
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. now[1] .. string.format('.%06d', now[2]), 'EX', ARGV[2])
"""


@dataclass(frozen=True, slots=True)
class Sign:
    """The latest sign of life."""

    step: str
    under_way: bool
    """Whether the step is at work in an engine now."""
    at: float
    """Unix seconds, by the clock of Redis."""
    now: float
    """The same clock when it was asked."""

    @property
    def age(self) -> float:
        """Seconds since the sign."""
        return self.now - self.at


async def show_life(redis: Redis, lease: str, step: str, *, under_way: bool) -> None:
    """Say that a run has called a step, or has its answer."""
    async with answering():
        show = redis.register_script(SHOW)
        await show(keys=[keys.run(lease)], args=[f"{step} {int(under_way)}", int(keys.RUN_TTL.total_seconds())])


async def last_sign(redis: Redis, lease: str) -> Sign | None:
    """Return the latest sign of life of the run that works on a lease; None when there was none."""
    async with answering():
        pipeline = redis.pipeline(transaction=False)
        pipeline.time()
        pipeline.get(keys.run(lease))
        (seconds, micros), said = await pipeline.execute()
    if said is None:
        return None
    step, under_way, at = said.decode().split(" ")
    return Sign(step, under_way == "1", float(at), seconds + micros / 1e6)


async def note_execution(redis: Redis, execution_id: str, lease: str) -> None:
    """Remember which turns an execution of n8n works on, in case it fails."""
    async with answering():
        await redis.set(keys.execution(execution_id), lease, ex=keys.RUN_TTL)


async def lease_of_execution(redis: Redis, execution_id: str) -> str | None:
    """Return the lease that an execution works on; None when it works on none or that is forgotten."""
    async with answering():
        said = await redis.get(keys.execution(execution_id))
    return None if said is None else str(said.decode())
