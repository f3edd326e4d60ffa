"""What becomes of a message after it was accepted: sent, delivered, read, or failed.

Rules (facts 2.2, 3.4, 3.5, 5.5): `biz_opaque_callback_data` is echoed in each status; pricing is on `sent` and on the
next one; the number is left out for people who hide it; `contacts` comes with everything but `failed`; reactions only
get `sent`; a phone that is off, or blocks the business, stays at one tick.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lead_reviver.simulator.behaviour import Behaviour, Chance
from lead_reviver.simulator.graph_errors import status_error
from lead_reviver.simulator.webhooks import Update, Webhooks
from lead_reviver.simulator.world import ENTRY_POINT_SECONDS, Json, Lead, Message, World

RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}


def contact_of(lead: Lead, now: float, *, with_username: bool = True) -> Json:
    """Build an element of `contacts`: the number only where the business may see it."""
    profile: Json = {"name": lead.name}
    if lead.username and with_username:
        profile["username"] = lead.username
    contact: Json = {"profile": profile}
    if lead.shows_phone(now):
        contact["wa_id"] = lead.wa_id
    contact["user_id"] = lead.bsuid
    return contact


class Statuses:
    """Leads each accepted message through its life, and tells the business and the phone."""

    def __init__(
        self,
        world: World,
        webhooks: Webhooks,
        behaviour: Behaviour,
        chance: Chance,
        on_change: Callable[[Message], None],
    ) -> None:
        self._world = world
        self._webhooks = webhooks
        self._on_change = on_change
        self._timers: set[asyncio.TimerHandle] = set()
        self._free_used: Counter[str] = Counter()
        self.behaviour = behaviour
        self.chance = chance

    @property
    def pending(self) -> int:
        """Steps that are still to come."""
        return len(self._timers)

    def forget(self) -> None:
        """Stop everything that is still to come."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._free_used.clear()

    def begin(self, message: Message, failure: int | None = None) -> None:
        """Start the life of a message just accepted; `failure` ends it with a `failed` status."""
        if failure is not None:
            self._after(self.behaviour.sent_seconds, self.fail, message, failure)
        else:
            self._after(self.behaviour.sent_seconds, self._sent, message)

    def resume(self, lead: Lead) -> None:
        """Go on where it stopped: the phone is back, or the simulator was restarted."""
        for message in self._world.thread(lead):
            if message.direction != "out" or message.type == "reaction":
                continue
            if message.status == "accepted":
                self.begin(message, message.error_code)
            elif message.status == "sent":
                self._after(self.behaviour.delivered_seconds, self._delivered, message)

    def read_up_to_now(self, lead: Lead) -> None:
        """The lead looks at the chat: everything delivered is read."""
        if lead.online and not lead.blocked:
            for wamid in reversed(lead.thread):
                message = self._world.messages[wamid]
                if message.direction != "out":
                    continue
                if message.status in ("read", "played"):
                    break
                if message.status == "delivered":
                    self._read(message)
        lead.unread = 0

    def played(self, message: Message) -> None:
        """The lead played a voice message for the first time."""
        if message.direction == "out" and message.type == "audio" and message.status in ("delivered", "read"):
            self._tell(message, "played")

    def fail(self, message: Message, code: int) -> None:
        """End a message with a `failed` status."""
        if RANK.get(message.status, 9) > RANK["sent"]:
            return
        message.error_code = code
        self._tell(message, "failed")

    def _sent(self, message: Message) -> None:
        self._tell(message, "sent")
        if message.type != "reaction":
            self._after(self.behaviour.delivered_seconds, self._delivered, message)

    def _delivered(self, message: Message) -> None:
        lead = self._world.leads.get(message.lead_id)
        if lead is None or not lead.online or lead.blocked or message.status != "sent":
            return
        reads = self.behaviour.read_seconds is not None and lead.read_receipts
        if reads and self.chance.hits(self.behaviour.skip_delivered_percent):
            self._read(message)
            return
        self._tell(message, "delivered")
        if reads and self.behaviour.read_seconds is not None:
            self._after(self.behaviour.read_seconds, self._read, message)

    def _read(self, message: Message) -> None:
        lead = self._world.leads.get(message.lead_id)
        if lead is not None and lead.read_receipts and RANK.get(message.status, 9) < RANK["read"]:
            self._tell(message, "read")

    def _after(self, between: tuple[float, float], step: Callable[..., None], *arguments: Any) -> None:
        wait = 0.0 if self.behaviour.instant_statuses else self.chance.seconds(between)
        if wait <= 0:
            step(*arguments)
            return
        timer: asyncio.TimerHandle | None = None

        def run() -> None:
            if timer is not None:
                self._timers.discard(timer)
            step(*arguments)

        timer = asyncio.get_running_loop().call_later(wait, run)
        self._timers.add(timer)

    def _tell(self, message: Message, status: str) -> None:
        lead = self._world.leads.get(message.lead_id)
        if lead is None:
            return
        message.status = status
        now = time.time()
        shows_phone = lead.shows_phone(now)
        item: Json = {"id": message.wamid, "status": status, "timestamp": str(int(now))}
        if shows_phone:
            item["recipient_id"] = lead.wa_id
        addressed_by_phone = bool(message.request and message.request.get("to"))
        if status != "failed" or not addressed_by_phone:
            item["recipient_user_id"] = lead.bsuid
        callback = message.request.get("biz_opaque_callback_data") if message.request else None
        if callback is not None:
            item["biz_opaque_callback_data"] = callback
        if status == "failed":
            item["errors"] = [status_error(131000 if message.error_code is None else message.error_code)]
        elif status in ("sent", "delivered", "read"):
            self._price(message, lead, item, now)
        contact = None if status == "failed" else contact_of(lead, now, with_username=status != "sent")
        self._webhooks.put(Update(person=lead.id, kind="statuses", item=item, contact=contact))
        self._on_change(message)

    def _price(self, message: Message, lead: Lead, item: Json, now: float) -> None:
        """Put `pricing` on `sent` and on the first status after it; free-form messages cost since October 2026."""
        if item["status"] != "sent" and message.priced:
            return
        message.priced = item["status"] != "sent"
        came_at = lead.came_from_ad_at
        entry_point = came_at is not None and now - came_at < ENTRY_POINT_SECONDS
        kind = "regular"
        if entry_point and came_at is not None:
            kind = "free_entry_point"
            item["conversation"] = {
                "id": lead.bsuid.partition(".")[2].lower(),
                "expiration_timestamp": str(int(came_at + ENTRY_POINT_SECONDS)),
                "origin": {"type": "referral_conversion"},
            }
        elif message.category == "service":
            month = datetime.fromtimestamp(now, UTC).strftime("%Y-%m")
            if item["status"] == "sent":
                self._free_used[month] += 1
            if self._free_used[month] <= self.behaviour.free_service_messages:
                kind = "free_customer_service"
        item["pricing"] = {
            "billable": kind == "regular",
            "pricing_model": "PMP",
            "type": kind,
            "category": message.category,
        }
