"""What tests are made of: people on WhatsApp, and the webhooks Meta would send about them."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

_count = itertools.count(1)
_run = secrets.token_hex(4)


def a_wamid() -> str:
    """Return a WhatsApp message id nobody has used yet."""
    return f"wamid.T{_run}{next(_count):06d}=="


def a_number() -> str:
    """Return the digits of a Spanish mobile number nobody has used yet, as WhatsApp writes them."""
    return f"346{secrets.randbelow(90_000_000) + 10_000_000}"


@dataclass(frozen=True)
class Person:
    """Somebody with WhatsApp. Without `wa_id` the person hides the number."""

    wa_id: str | None = field(default_factory=a_number)
    user_id: str | None = None
    name: str | None = "Ana Prado"

    @property
    def phone(self) -> str:
        """E.164."""
        return f"+{self.wa_id}"

    def contact(self) -> dict[str, Any]:
        """Return the element of `contacts` that names this person."""
        known = {"wa_id": self.wa_id, "user_id": self.user_id}
        profile = {"profile": {"name": self.name}} if self.name else {}
        return profile | {name: value for name, value in known.items() if value}


def hidden_person() -> Person:
    """Return somebody who hides the phone number."""
    return Person(wa_id=None, user_id=f"ES.{secrets.token_hex(8)}")


def a_message(
    person: Person, kind: str, content: Any, *, wamid: str | None = None, at: float | None = None, **more: Any
) -> dict[str, Any]:
    """Return an element of `messages`; `at` in Unix seconds, now when left out."""
    sender = {"from": person.wa_id, "from_user_id": person.user_id}
    return {
        "id": wamid or a_wamid(),
        **{name: value for name, value in sender.items() if value},
        "timestamp": str(int(time.time() if at is None else at)),
        "type": kind,
        kind: content,
        **more,
    }


def a_text(person: Person, words: str, **more: Any) -> dict[str, Any]:
    """Return a text message."""
    return a_message(person, "text", {"body": words}, **more)


def a_tap(person: Person, reply_id: str, title: str, **more: Any) -> dict[str, Any]:
    """Return the tap on a reply button."""
    content = {"type": "button_reply", "button_reply": {"id": reply_id, "title": title}}
    return a_message(person, "interactive", content, **more)


def a_status(
    wamid: str,
    status: str,
    person: Person,
    *,
    outbox_id: str | None = None,
    code: int | None = None,
    at: float | None = None,
) -> dict[str, Any]:
    """Return an element of `statuses`; `code` is Meta's for a message that failed."""
    found: dict[str, Any] = {
        "id": wamid,
        "status": status,
        "timestamp": str(int(time.time() if at is None else at)),
        "recipient_id": person.wa_id,
        "recipient_user_id": person.user_id,
        "biz_opaque_callback_data": outbox_id,
    }
    if code is not None:
        found["errors"] = [{"code": code, "title": "no", "message": "no", "error_data": {"details": "for a reason"}}]
    return {name: value for name, value in found.items() if value is not None}


def a_change(phone_number_id: str, field: str = "messages", **value: Any) -> dict[str, Any]:
    """Return an element of `changes` for a number of ours."""
    metadata = {"display_phone_number": "34600111222", "phone_number_id": phone_number_id}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}


def a_body(*changes: dict[str, Any], account: str = "900100200300400") -> bytes:
    """Return a webhook body with one entry."""
    entry = {"id": account, "changes": list(changes)}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def messages_of(phone_number_id: str, person: Person, *messages: dict[str, Any]) -> bytes:
    """Return a webhook body with messages of one person."""
    return a_body(a_change(phone_number_id, contacts=[person.contact()], messages=list(messages)))


def statuses_of(phone_number_id: str, *statuses: dict[str, Any]) -> bytes:
    """Return a webhook body with statuses."""
    return a_body(a_change(phone_number_id, statuses=list(statuses)))


def signature(body: bytes, app_secret: str) -> dict[str, str]:
    """Return the header with which Meta signs a body."""
    made = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={made}"}
