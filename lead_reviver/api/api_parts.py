"""What the API works with, wired in `app.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lead_reviver.meetings.calendar_links import CalendarLinks
from lead_reviver.ports import Clock
from lead_reviver.reply.responder import FindPlaybook, find_shipped
from lead_reviver.sending.deliver import Delivery
from lead_reviver.state.live import LiveEvents
from lead_reviver.state.redis import Redis
from lead_reviver.storage.database import Pool
from lead_reviver.storage.secrets import Vault
from lead_reviver.whatsapp.client import GraphClient

if TYPE_CHECKING:
    from lead_reviver.api.access import TokenReader


RunnerSetting = Literal["auto", "n8n", "inline"]
N8nState = Literal["up", "down", "starting", "absent"]
"""absent: not a part of this installation, or nothing is meant to use it."""


@dataclass(frozen=True, slots=True)
class Description:
    """Who does the work just now, for the system page."""

    runner: str
    """Who takes turns now: n8n or inline."""
    model: str
    runner_setting: RunnerSetting = "inline"
    """What was asked for; auto means n8n while it is healthy."""
    n8n_state: N8nState = "absent"
    n8n_detail: str = ""
    """What a person may want to know about that state, e.g. why it is down; no address and no secret."""
    n8n_url: str | None = None
    """Where a person opens n8n; None when there is no such place. Shown to owners and managers."""


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
    vault: Vault
    reachable_numbers: frozenset[str] | None
    wake_turns: Callable[[], None]
    wake: Callable[[], None]
    """Say that events wait to be applied."""
    config: dict[str, Any]
    """What `/config.json` tells the dashboard."""
    describe: Callable[[], Description]
    """Asked for every look at the system page, so it must not wait for anybody."""
    calendar_hosts: frozenset[str] = frozenset()
    """Hosts in this network on which members may keep calendars; elsewhere only public ones over https."""
    tokens_per_workspace: int | None = None
    """What a workspace's language model may use a day; None where there is none."""
    find_playbook: FindPlaybook = find_shipped
    calendar_links: CalendarLinks | None = None
    """Makes the links with which leads keep their meetings; None: they get none."""
