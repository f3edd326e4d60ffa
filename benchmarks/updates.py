"""Signed webhook requests, built before the clock starts. Shapes: section 2 of the WhatsApp facts."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

STATUSES = ("sent", "delivered", "read")
WORDS = (
    "Hello, is the flat you wrote about still free?",
    "Hi! I am interested, what is the price?",
    "Good morning, could we see it this week? \U0001f642",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A message of ours that WhatsApp took: statuses speak of it."""

    wamid: str
    wa_id: str
    outbox_id: str | None


class Updates:
    """Invents updates for one business number: messages of leads, and statuses of our own messages."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._secret = env["WHATSAPP_APP_SECRET"].encode()
        self._account = env["WHATSAPP_BUSINESS_ACCOUNT_ID"]
        self._metadata = {"display_phone_number": "34600111222", "phone_number_id": env["WHATSAPP_PHONE_NUMBER_ID"]}
        self._messages = 0

    def message(self, leads: int = 5_000) -> Json:
        """Return a text message, each of the next one of so many leads."""
        self._messages += 1
        wa_id = str(34_610_000_000 + self._messages % leads)
        return self._value(
            "messages",
            {
                "from": wa_id,
                "id": new_wamid(),
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": WORDS[self._messages % len(WORDS)]},
            },
            {"profile": {"name": f"Lead {self._messages % leads}"}, "wa_id": wa_id},
        )

    def statuses(self, reply: Reply) -> list[Json]:
        """Return what becomes of one message of ours: sent, delivered, read."""
        contact = {"profile": {"name": "Lead"}, "wa_id": reply.wa_id}
        return [
            self._value(
                "statuses",
                {
                    "id": reply.wamid,
                    "status": status,
                    "timestamp": str(int(time.time())),
                    "recipient_id": reply.wa_id,
                    "biz_opaque_callback_data": reply.outbox_id,
                    "pricing": {
                        "billable": False,
                        "pricing_model": "PMP",
                        "type": "free_customer_service",
                        "category": "service",
                    },
                },
                contact,
            )
            for status in STATUSES
        ]

    def mixed(self, number: int, replies: Iterator[Reply]) -> list[Json]:
        """Return so many updates as a day brings them: one message to three statuses."""
        found: list[Json] = []
        while len(found) < number:
            found += [self.message(), *self.statuses(next(replies))]
        return found[:number]

    def body(self, updates: Sequence[Json]) -> bytes:
        """Return a body with these updates, written as Meta writes it."""
        changes = [{"value": each, "field": "messages"} for each in updates]
        tree = {"object": "whatsapp_business_account", "entry": [{"id": self._account, "changes": changes}]}
        return json.dumps(tree, separators=(",", ":")).replace("/", "\\/").encode("ascii")

    def request(self, updates: Sequence[Json]) -> bytes:
        """Return the bytes of a signed request with these updates."""
        body = self.body(updates)
        signature = hmac.digest(self._secret, body, "sha256").hex()
        head = (
            "POST /webhooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: facebookexternalua\r\n"
            "Accept: */*\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _value(self, kind: str, item: Json, contact: Json) -> Json:
        return {"messaging_product": "whatsapp", "metadata": self._metadata, "contacts": [contact], kind: [item]}


def new_wamid() -> str:
    """Return an id as long as Meta's."""
    return "wamid." + secrets.token_urlsafe(42)


def invented_replies() -> Iterator[Reply]:
    """Yield messages of ours that nobody sent, for where only keeping them is measured."""
    while True:
        yield Reply(new_wamid(), str(34_610_000_000 + secrets.randbelow(5_000)), secrets.token_hex(16))
