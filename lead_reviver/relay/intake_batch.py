"""What one batch of the intake gathers on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lead_reviver.state.live import LiveEvent
from lead_reviver.storage.inbox import Fate, StoredEvent
from lead_reviver.storage.messages import SentMessage
from lead_reviver.whatsapp.incoming import Incoming


@dataclass(frozen=True, slots=True)
class Known:
    """An event on a number of ours."""

    event: StoredEvent
    incoming: Incoming
    channel: tuple[str, str]
    """Channel id and workspace id; empty where the event is about an account."""

    @property
    def channel_id(self) -> str:
        """The channel the event came in on."""
        return self.channel[0]

    @property
    def workspace_id(self) -> str:
        """The workspace the channel belongs to."""
        return self.channel[1]


@dataclass(slots=True)
class Batch:
    """Rules of the batch, and what has to be said once it is committed."""

    hash_key: bytes
    quiet: timedelta
    quiet_limit: timedelta
    now: datetime
    fates: dict[int, Fate] = field(default_factory=dict)
    live: list[LiveEvent] = field(default_factory=list)
    counts: list[tuple[str, str, Mapping[str, int]]] = field(default_factory=list)
    to_answer: list[tuple[str, str]] = field(default_factory=list)
    """Messages that will be answered: phone number id and WhatsApp id of the newest of each conversation."""

    failed: list[SentMessage] = field(default_factory=list)
    """Messages of ours that WhatsApp could not deliver."""

    def changed(self, workspace_id: str, name: str, **ids: str) -> None:
        """Tell dashboards that something changed."""
        self.live.append(LiveEvent(workspace_id, name, ids))
