"""A message that wants to go out: by whom, what for, and what the gate (`gate.py`) has to know about its lead. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Author = Literal["bot", "person", "campaign", "api"]
Purpose = Literal[
    "reply",
    "opt_out_confirmation",
    "handover_notice",
    "person_message",
    "campaign",
    "follow_up",
    "meeting_reminder",
    "meeting_soon",
    "meeting_change",
    "meeting_missed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that wants to go out, and what is known about its lead. Times are aware, UTC."""

    author: Author
    purpose: Purpose
    now: datetime

    phone: str | None = None
    """E.164; None when the lead hides the number."""
    bsuid: str | None = None
    reachable: bool = True
    """False when this environment may only write to listed numbers, and this is none of them."""

    opted_out_at: datetime | None = None
    came_back_at: datetime | None = None
    """When the lead wrote something else after its last no; None while the no is its last word."""
    opt_out_confirmed: bool = False
    """Whether the one confirmation of that opt-out went out already."""
    suppressed: Literal["all", "marketing"] | None = None
    suppressed_at: datetime | None = None
    marketing_stopped_at: datetime | None = None
    agreed_to_marketing: bool = False
    """Whether a consent to it is in the ledger and was not withdrawn."""
    unasked_lately: int = 0
    """Messages of the last seven days that answered nothing, since the lead last wrote."""

    last_inbound_at: datetime | None = None
    window_closed_at: datetime | None = None
    """When Meta last refused a message with 131047."""

    mode: Literal["bot", "human"] = "bot"
    assigned_to: str | None = None
    """The person who took the conversation; None while it only waits for one, and for a person at the phone."""
    taken_over_at: datetime | None = None
    """When a person took it, here or at the phone."""
    newer_message_waiting: bool = False
    """The lead wrote again after what this message answers, or follows up."""
    in_contact_hours: bool = True
    """Whether the lead may be written to unasked now, by its own clock."""
    valid_until: datetime | None = None
    """When the message is no longer worth sending, e.g. a reminder; None: it always is."""
    in_flight: bool = False
    """Another message of this conversation was handed to WhatsApp and its outcome is not known."""

    needs_approval: bool = False
    """Approval mode is on, for the workspace or by the playbook, and nobody has let this very message go."""

    time_zone: str = "UTC"
    """Of the workspace, by its IANA name: reasons name days and hours on the reader's clock."""

    channel_paused_reason: str | None = None
    is_template: bool = False
    template_category: Literal["MARKETING", "UTILITY", "AUTHENTICATION"] | None = None
    us_number: bool = False
    """+1 with an area code of the United States."""

    pair_wait_seconds: float = 0.0
    """Until this lead may get another message from this number: Meta allows one in 6 s over time."""
    throughput_wait_seconds: float = 0.0
    """Until this number may send to anybody."""
