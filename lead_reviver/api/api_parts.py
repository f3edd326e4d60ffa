"""What the API works with, wired in `app.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lead_reviver.ports import Clock
from lead_reviver.sending.deliver import Delivery
from lead_reviver.state.live import LiveEvents
from lead_reviver.state.redis import Redis
from lead_reviver.storage.database import Pool
from lead_reviver.whatsapp.client import GraphClient

if TYPE_CHECKING:
    from lead_reviver.api.access import TokenReader


@dataclass(frozen=True, slots=True)
class ApiParts:
    """The real parts; tests build their own."""

    pool: Pool
    redis: Redis
    delivery: Delivery
    graph: GraphClient
    token_of: Callable[[str], Awaitable[str]]
    tokens: TokenReader
    live: LiveEvents
    clock: Clock
    hash_key: bytes
    reachable_numbers: frozenset[str] | None
    wake_turns: Callable[[], None]
    wake: Callable[[], None]
    """Say that events wait to be applied."""
    config: dict[str, Any]
    """What `/config.json` tells the dashboard."""
    describe: Callable[[], dict[str, str]]
    """Runner and model in use, for the system page."""
