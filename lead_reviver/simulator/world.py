"""The people, chats and templates of the simulated WhatsApp, in memory.

Directions are the business's, as everywhere in Lead-Reviver: `in` is written by a lead, `out` by the business.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import phonenumbers

Json = dict[str, Any]

BSUID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")
WINDOW_SECONDS = 24 * 3600
PHONE_KNOWN_SECONDS = 30 * 24 * 3600
ENTRY_POINT_SECONDS = 72 * 3600


@dataclass(slots=True, kw_only=True)
class Lead:
    """A person with WhatsApp on the phone. The number is always there, but may be hidden from businesses."""

    id: str
    name: str
    phone: str
    """E.164."""
    wa_id: str
    """Digits; differs from the phone in some countries."""
    bsuid: str
    username: str | None = None
    language: str = "en"
    hides_phone: bool = False
    phone_seen_at: float | None = None
    """When the business last wrote to the number itself: for 30 days after, webhooks show it even if hidden."""
    on_whatsapp: bool = True
    online: bool = True
    """An offline phone gets nothing: messages stay at one tick until it is back."""
    read_receipts: bool = True
    blocked: bool = False
    """The lead blocked the business."""
    blocked_by_business: bool = False
    marketing_stopped: bool = False
    last_wrote_at: float | None = None
    """When the lead last wrote: the 24-hour window counts from here."""
    came_from_ad_at: float | None = None
    typing_until: float = 0
    unread: int = 0
    created_at: float = field(default_factory=time.time)
    thread: list[str] = field(default_factory=list)
    """Message ids, oldest first."""

    def window_is_open(self, now: float) -> bool:
        """Whether the business may write freely."""
        return self.last_wrote_at is not None and now - self.last_wrote_at < WINDOW_SECONDS

    def shows_phone(self, now: float) -> bool:
        """Whether webhooks may carry the number."""
        recently = self.phone_seen_at is not None and now - self.phone_seen_at < PHONE_KNOWN_SECONDS
        return not self.hides_phone or recently


@dataclass(slots=True, kw_only=True)
class Message:
    """One bubble of a chat."""

    wamid: str
    lead_id: str
    direction: str
    type: str
    content: Any
    """The type-specific part, as Meta writes it (for `contacts` a list)."""
    at: float
    status: str = "accepted"
    """accepted, sent, delivered, read, played or failed; for a lead's own message sent, delivered or read."""
    context_id: str | None = None
    request: Json | None = None
    """What the business asked for, unchanged."""
    rendered: Json | None = None
    """A template as the lead sees it: header, body, footer, buttons."""
    category: str = "service"
    error_code: int | None = None
    priced: bool = False
    reaction_in: str | None = None
    """The lead's emoji on this message."""
    reaction_out: str | None = None
    edited: bool = False
    revoked: bool = False
    referral: Json | None = None
    forwarded: bool = False


@dataclass(slots=True, kw_only=True)
class Template:
    """A message template of the business account."""

    id: str
    name: str
    language: str
    category: str
    components: list[Json]
    parameter_format: str = "POSITIONAL"
    status: str = "APPROVED"
    rejected_reason: str = "NONE"


def new_wamid() -> str:
    """Return a message id that never repeats, in the form Meta uses."""
    return "wamid.HBgL" + base64.b64encode(os.urandom(21)).decode()


def normal_phone(number: str) -> str | None:
    """Return E.164 for what a person may type, None when it cannot be a number."""
    digits = re.sub(r"[\s().-]", "", number).removeprefix("+").removeprefix("00")
    return f"+{digits}" if digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 else None


def new_bsuid(phone: str) -> str:
    """Return a business-scoped user id: the number's country, a dot, letters and digits."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        region = None
    country = region if region and len(region) == 2 and region.isalpha() else "US"
    return f"{country}.{secrets.token_hex(8).upper()}"


class World:
    """Everybody and everything, with the indexes to find them."""

    def __init__(self) -> None:
        self.leads: dict[str, Lead] = {}
        self.messages: dict[str, Message] = {}
        self.templates: dict[tuple[str, str], Template] = {}
        self._by_phone: dict[str, Lead] = {}
        self._by_bsuid: dict[str, Lead] = {}

    def add_lead(self, lead: Lead) -> Lead:
        """Index a lead under every way it can be addressed."""
        self.leads[lead.id] = lead
        self._by_phone[lead.phone] = self._by_phone[f"+{lead.wa_id}"] = lead
        self._by_bsuid[lead.bsuid] = lead
        return lead

    def make_lead(self, phone: str, **details: Any) -> Lead:
        """Make a lead for an E.164 number that has none yet."""
        details.setdefault("name", phone)
        details.setdefault("wa_id", phone.removeprefix("+"))
        details["bsuid"] = details.get("bsuid") or new_bsuid(phone)
        return self.add_lead(Lead(id=f"lead-{secrets.token_hex(5)}", phone=phone, **details))

    def by_phone(self, phone: str) -> Lead | None:
        """Find a lead by E.164."""
        return self._by_phone.get(phone)

    def by_bsuid(self, bsuid: str) -> Lead | None:
        """Find a lead by business-scoped user id."""
        return self._by_bsuid.get(bsuid)

    def change_phone(self, lead: Lead, phone: str) -> None:
        """Give the lead a new number; WhatsApp makes a new business-scoped id with it."""
        for key in (lead.phone, f"+{lead.wa_id}"):
            self._by_phone.pop(key, None)
        self._by_bsuid.pop(lead.bsuid, None)
        lead.phone, lead.wa_id, lead.bsuid, lead.phone_seen_at = phone, phone[1:], new_bsuid(phone), None
        self.add_lead(lead)

    def add_message(self, message: Message) -> None:
        """Put a message at the end of its chat."""
        self.messages[message.wamid] = message
        self.leads[message.lead_id].thread.append(message.wamid)

    def restore_message(self, message: Message) -> None:
        """Put a message back that was kept; reactions of the business are no bubbles."""
        self.messages[message.wamid] = message
        if message.type != "reaction":
            self.leads[message.lead_id].thread.append(message.wamid)

    def thread(self, lead: Lead) -> Iterable[Message]:
        """Return the chat, oldest first."""
        return (self.messages[wamid] for wamid in lead.thread)

    def clear(self) -> None:
        """Forget people and chats; templates stay."""
        for each in (self.leads, self.messages, self._by_phone, self._by_bsuid):
            each.clear()
