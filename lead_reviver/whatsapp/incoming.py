"""What WhatsApp tells us, as small values. `parse` turns one stored event into one of them.

Shapes: Meta's webhook reference, summed up in section 2 of the WhatsApp facts. Everything optional there is
optional here: a user may hide the phone number, a status may lack its recipient. What is not known becomes
`Unknown` with the raw event kept. Times are aware, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Sender:
    """How a WhatsApp user is known. At least one of the three ids is there."""

    wa_id: str | None
    """Digits without a plus; absent when the user hides the number."""
    bsuid: str | None
    """Business-scoped user id, e.g. ES.9Kd82LmQ4."""
    parent_bsuid: str | None = None
    name: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message of a lead, of any kind that belongs in the thread."""

    sender: Sender
    wamid: str
    kind: str
    """Meta's type; "unsupported" for what the API does not carry, "unknown" for what we do not know."""
    text: str | None
    """What a person would read: body, caption, button title, filename, place name, ..."""
    content: dict[str, Any]
    """The type-specific part as Meta wrote it ({"contacts": [...]} for contacts, the whole message for "unknown"), with
    `referred_product` when the lead asks about a product."""
    sent_at: datetime
    opens_turn: bool
    """Whether the bot should think about an answer: not for stickers, system notes, groups, unsupported, ..."""
    context_wamid: str | None = None
    """The message this one replies to."""
    reply_id: str | None = None
    """Id of the tapped button or list row, or the payload of a template's quick reply."""
    forwarded: bool = False
    referral: dict[str, Any] | None = None
    """The click-to-WhatsApp ad the lead came from."""
    group_id: str | None = None
    media_id: str | None = None
    opens_window: bool = True
    """Whether the lead wrote to us alone, so that free text may be sent for 24 hours: not in groups or by notes."""
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji put on a message of ours; `emoji` is None when it was taken away."""

    sender: Sender
    wamid: str
    target_wamid: str
    emoji: str | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Edit:
    """The lead changed a message (coexistence numbers, within 15 minutes)."""

    sender: Sender
    wamid: str
    target_wamid: str
    text: str | None
    content: dict[str, Any]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Revoke:
    """The lead deleted a message: its stored text must go."""

    sender: Sender
    wamid: str
    target_wamid: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Echo:
    """A person of the business wrote from the WhatsApp Business app: the bot pauses."""

    recipient: Sender
    wamid: str
    kind: str
    text: str | None
    content: dict[str, Any]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """A user's number or business-scoped id changed; old and new belong to one lead."""

    old: Sender
    new: Sender
    sent_at: datetime
    wamid: str | None = None


@dataclass(frozen=True, slots=True)
class MarketingPreference:
    """The user used WhatsApp's own "stop marketing" or "resume"."""

    sender: Sender
    stopped: bool
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What became of a message we sent."""

    wamid: str
    status: str
    """sent, delivered, read, played, failed; others are ignored."""
    at: datetime
    recipient: Sender
    """Without any id when Meta names nobody."""
    outbox_id: str | None
    """What we put in `biz_opaque_callback_data`."""
    error_code: int | None = None
    error_title: str | None = None
    error_details: str | None = None
    pricing: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """Something about the number, a template or the account, by webhook field name."""

    field: str
    value: dict[str, Any]
    stops_sending: str | None = None
    """Why sending must stop (ban, restriction, deletion), in plain words; None when it need not."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Kept as it came, never answered: unknown fields and types, history, standby, calls, groups, ..."""

    what: str


Incoming = (
    IncomingMessage
    | Reaction
    | Edit
    | Revoke
    | Echo
    | IdentityChange
    | MarketingPreference
    | StatusUpdate
    | AccountUpdate
    | Unknown
)
