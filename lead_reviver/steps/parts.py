"""What the steps work with, wired in `app.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from lead_reviver.meetings.calendar_links import CalendarLinks
from lead_reviver.ports import Classifier, Clock, Llm
from lead_reviver.reply.responder import FindPlaybook, find_shipped
from lead_reviver.sending.deliver import Delivery
from lead_reviver.state.redis import Redis
from lead_reviver.storage.database import Pool
from lead_reviver.voice.listening import Listening


@dataclass(frozen=True, slots=True)
class Parts:
    """The real parts; tests build their own."""

    pool: Pool
    redis: Redis
    llm: Llm
    delivery: Delivery
    clock: Clock
    hash_key: bytes
    reachable_numbers: frozenset[str] | None
    max_attempts: int
    retry_wait: timedelta
    show_reading: Callable[[str, str, bool], Awaitable[None]]
    """Show the lead (phone number id, wamid, whether typing as well) that the message was read."""
    shown_while_gathering: bool
    """Whether that was shown already when the turn began to gather."""
    listening: Listening | None = None
    """Listens to voice notes; None where a person does."""
    classifier: Classifier | None = None
    """Says what messages sound like, beside the rules; None: the rules alone."""
    find_playbook: FindPlaybook = find_shipped
    calendar_links: CalendarLinks | None = None
    """Makes the links with which leads keep their meetings; None: they get none."""
    dashboard_url: str | None = None
    """Where people open the dashboard; None when it is not known."""

    def link(self, conversation_id: str) -> str | None:
        """Return the address of a conversation in the dashboard."""
        return self.dashboard_url and f"{self.dashboard_url.rstrip('/')}/inbox/{conversation_id}"
