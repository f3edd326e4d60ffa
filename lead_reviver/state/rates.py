"""How fast we may send: one bucket per number of ours, one per number and lead.

Buckets follow the generic cell rate algorithm, in one script and one round trip for a whole batch, so that any
number of replicas share them. Limits: Meta's throughput per number, and one message per 6 s to one person with
some burst (WhatsApp facts, section 5.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lead_reviver.state import keys
from lead_reviver.state.redis import Redis, answering

PAIR_INTERVAL_SECONDS = 6.0
PAIR_BURST = 10
"""Meta lends up to 45 from the future; ten is enough for a conversation and leaves the loan untouched."""

# KEYS: one bucket each. ARGV: seconds between sends, burst, for each; then the key's life in ms.
# A bucket stores the theoretical arrival time in microseconds. Returns the seconds to wait, 0 when a send was taken.
TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local ttl = tonumber(ARGV[#ARGV])
local wait = 0
local next = {}
for i, key in ipairs(KEYS) do
  local interval = tonumber(ARGV[2 * i - 1]) * 1000000
  local burst = tonumber(ARGV[2 * i])
  local arrival = math.max(tonumber(redis.call('GET', key) or '0'), now)
  wait = math.max(wait, arrival - (burst - 1) * interval - now)
  next[i] = arrival + interval
end
if wait > 0 then return tostring(wait / 1000000) end
for i, key in ipairs(KEYS) do redis.call('SET', key, string.format('%.0f', next[i]), 'PX', ttl) end
return '0'
"""


@dataclass(frozen=True, slots=True)
class Send:
    """One message about to be sent."""

    phone_number_id: str
    lead_id: str
    messages_per_second: int


async def take(redis: Redis, sends: Sequence[Send]) -> list[float]:
    """Take one send each from both buckets; return how many seconds each has to wait, 0 when it may go.

    A send that has to wait takes nothing.
    """
    if not sends:
        return []
    script = redis.register_script(TAKE)
    ttl = int(keys.RATE_TTL.total_seconds() * 1000)
    async with answering():
        pipeline = redis.pipeline(transaction=False)
        for each in sends:
            rate = each.messages_per_second
            await script(
                keys=[keys.throughput(each.phone_number_id), keys.pair(each.phone_number_id, each.lead_id)],
                args=[1 / rate, rate, PAIR_INTERVAL_SECONDS, PAIR_BURST, ttl],
                client=pipeline,
            )
        return [float(each) for each in await pipeline.execute()]
