"""Clean up sessions: what was kept for a while and is old now. The relay does it by itself, too, once an hour.

Turns and leases need nothing here: a lost lease is taken over when it ends, and what Redis holds ends by itself.
"""

from __future__ import annotations

from msgspec import Struct

from lead_reviver.state.leftovers import end_leftovers
from lead_reviver.steps.parts import Parts
from lead_reviver.storage import clean_up, inbox
from lead_reviver.storage.database import AWAY, DatabaseAway


class CleanedUp(Struct, frozen=True):
    """What one call did."""

    removed: dict[str, int]
    """Rows by table; `keys_without_end`: keys of Redis that were given an end, which should be none."""
    more: bool
    """There is more: call again."""


async def clean_up_sessions(parts: Parts) -> CleanedUp:
    """Remove what is old, a bounded amount a call. Raises `TryAgainLater` when the database or Redis is away."""
    try:
        removed = {"inbox": await inbox.purge(parts.pool), **await clean_up.delete_aged(parts.pool)}
    except AWAY as error:
        raise DatabaseAway(error) from error
    more = any(each >= clean_up.AT_ONCE for each in removed.values())
    removed["keys_without_end"], keys_left = await end_leftovers(parts.redis)
    return CleanedUp(removed, more or keys_left)
