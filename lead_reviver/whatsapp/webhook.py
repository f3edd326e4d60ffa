"""Split the body of a webhook into the single events it holds: one message, one status, one change of the account.

On the gateway's hot path: reads the body once, copies nothing, understands no more than what makes an event one and
whose it is. `parse` understands the rest later. Whatever is valid JSON is kept: what is odd, broken or new becomes an
event of kind "unknown", and its neighbours are handled as ever. Shapes: sections 1 and 2 of the WhatsApp facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from lead_reviver.whatsapp.identity import known_as, usable_id
from lead_reviver.whatsapp.json_text import NotJson, canonical, read, write
from lead_reviver.whatsapp.timestamp import time_of

__all__ = ["KIND_OF_FIELD", "NotJson", "WebhookEvent", "split"]

KIND_OF_FIELD: dict[str, str] = {
    "user_preferences": "user_preferences",
    "user_id_update": "identity",
    "account_update": "account",
    "account_alerts": "account",
    "account_review_update": "account",
    "business_capability_update": "account",
    "business_username_update": "account",
    "phone_number_name_update": "account",
    "phone_number_quality_update": "account",
    "security": "account",
    "message_template_status_update": "template",
    "message_template_quality_update": "template",
    "message_template_components_update": "template",
    "template_category_update": "template",
    "history": "history",
    "smb_app_state_sync": "app_state",
    "standby": "standby",
    "messaging_handovers": "handover",
    "calls": "call",
    "flows": "flow",
    "group_lifecycle_update": "group",
    "group_participants_update": "group",
    "group_settings_update": "group",
    "group_status_update": "group",
}
"""Kind of an event by webhook field, for the fields whose value is kept whole."""

_LONGEST_KEY = 200
_UNDERSTOOD = {"messaging_product", "metadata", "contacts", "messages", "statuses", "errors", "message_echoes"}

Json = dict[str, Any]


class WebhookEvent(Struct, frozen=True, gc=False):
    """One event of a webhook body, ready to be stored."""

    key: str
    """What makes it one, at most 200 characters: m:<wamid>, s:<wamid>:<status>:<participant>, e:<wamid> or x:<hash>."""
    kind: str
    """message, status, echo, error, a kind of `KIND_OF_FIELD`, or unknown."""
    phone_number_id: str | None
    business_account_id: str | None
    sender: str | None
    """The WhatsApp user, for keeping order: the business-scoped id where there is one, else the `wa_id`."""
    wamid: str | None
    occurred_at: datetime
    """When it happened, by the event's own timestamp; aware, UTC."""
    payload: str
    """JSON text {field, business_account_id, metadata, contact?, occurred_at?} and, under its name, the one message,
    status, echo or error, else "value". `occurred_at` (seconds) stands in for a missing timestamp."""


class _Change(Struct):
    """What the events of one change have in common."""

    field: str | None
    business_account_id: str | None
    time: Any
    """`entry[].time`: there in account-level events."""
    head: Json
    """The payload as far as it is the same for every event."""
    phone_number_id: str | None
    contacts: dict[str, Json]
    """By `wa_id` and by `user_id`."""
    only_contact: Json | None
    now: datetime


def split(body: bytes, now: datetime) -> list[WebhookEvent]:
    """Return the events of a webhook body, each once, in the order in which they stand there.

    `now` (aware, UTC) is the time of events that carry none. Raises `NotJson`, and nothing else.
    """
    events = list(_events(read(body), now))
    if len(events) == 1:
        return events
    once: dict[str, WebhookEvent] = {}
    for event in events:
        once.setdefault(event.key, event)
    return list(once.values())


def _events(tree: Any, now: datetime) -> Iterator[WebhookEvent]:
    entries = tree.get("entry") if isinstance(tree, dict) else None
    if not isinstance(entries, list):
        yield _whole(_change_of({}, {}, now), "unknown", tree)
        return
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield _whole(_change_of(entry if isinstance(entry, dict) else {}, {}, now), "unknown", entry)
            continue
        for change in changes:
            if isinstance(change, dict):
                yield from _events_of_change(_change_of(entry, change, now), change)
            else:
                yield _whole(_change_of(entry, {}, now), "unknown", change)


def _change_of(entry: Json, change: Json, now: datetime) -> _Change:
    field, value = change.get("field"), change.get("value")
    metadata = value.get("metadata") if isinstance(value, dict) else None
    contacts: dict[str, Json] = {}
    listed = value.get("contacts") if isinstance(value, dict) else None
    listed = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    for contact in listed:
        for name in ("wa_id", "user_id"):
            known_by = contact.get(name)
            if isinstance(known_by, str):
                contacts.setdefault(known_by, contact)
    known_field = usable_id(field) if isinstance(field, str) else None
    business_account_id = usable_id(entry.get("id"))
    return _Change(
        field=known_field,
        business_account_id=business_account_id,
        time=entry.get("time"),
        head={"field": known_field, "business_account_id": business_account_id, "metadata": metadata},
        phone_number_id=usable_id(metadata.get("phone_number_id")) if isinstance(metadata, dict) else None,
        contacts=contacts,
        only_contact=listed[0] if len(listed) == 1 else None,
        now=now,
    )


def _events_of_change(change: _Change, raw: Json) -> Iterator[WebhookEvent]:
    value, field = raw.get("value"), change.field
    if not isinstance(value, dict) or field is None:
        yield _whole(change, "unknown", value if field is not None else raw)
    elif field == "messages":
        yield from _events_of_lists(change, value, _MESSAGES)
    elif field in ("smb_message_echoes", "message_echoes"):
        yield from _events_of_lists(change, value, _ECHOES)
    elif field == "user_preferences" and isinstance(value.get("user_preferences"), list):
        for preference in value["user_preferences"]:
            yield _preference(change, value, preference)
    else:
        yield _whole(change, KIND_OF_FIELD.get(field, "unknown"), value)


def _events_of_lists(
    change: _Change, value: Json, builders: dict[str, Callable[[_Change, Json], WebhookEvent | None]]
) -> Iterator[WebhookEvent]:
    """Yield an event for each element of the named lists, and one for whatever else the value holds."""
    rest: Json = {}
    empty = True
    for name, builder in builders.items():
        elements = value.get(name)
        if elements is None:
            continue
        if not isinstance(elements, list):
            rest[name] = elements
            continue
        for element in elements:
            empty = False
            event = builder(change, element) if isinstance(element, dict) else None
            yield event or _whole(change, "unknown", {name: [element]})
    if not value.keys() <= _UNDERSTOOD:
        for name in sorted(value.keys() - _UNDERSTOOD):
            rest[name] = value[name]
    if rest:
        yield _whole(change, "unknown", rest)
    elif empty:
        yield _whole(change, "unknown", value)


def _message(change: _Change, message: Json) -> WebhookEvent | None:
    wamid = usable_id(message.get("id"))
    if wamid is None:
        return None
    contact, sender = _contact_and_key(change, message.get("from"), message.get("from_user_id"))
    return _event(change, "message", message, key=_key("m", wamid), wamid=wamid, sender=sender, contact=contact)


def _status(change: _Change, status: Json) -> WebhookEvent | None:
    wamid, name = usable_id(status.get("id")), status.get("status")
    if wamid is None or not isinstance(name, str):
        return None
    participant = status.get("recipient_participant_user_id") or status.get("recipient_participant_id")
    key = _key("s", wamid, name, participant if isinstance(participant, str) else "")
    contact, sender = _contact_and_key(change, status.get("recipient_id"), status.get("recipient_user_id"))
    return _event(change, "status", status, key=key, wamid=wamid, sender=sender, contact=contact)


def _echo(change: _Change, echo: Json) -> WebhookEvent | None:
    wamid = usable_id(echo.get("id"))
    if wamid is None:
        return None
    contact, sender = _contact_and_key(change, echo.get("to"), echo.get("to_user_id"))
    return _event(change, "echo", echo, key=_key("e", wamid), wamid=wamid, sender=sender, contact=contact)


def _error(change: _Change, error: Json) -> WebhookEvent:
    return _event(change, "error", error, key=_hash(change, error))


_Builder = Callable[[_Change, Json], WebhookEvent | None]
_MESSAGES: dict[str, _Builder] = {"messages": _message, "statuses": _status, "errors": _error}
_ECHOES: dict[str, _Builder] = {"message_echoes": _echo}


def _preference(change: _Change, value: Json, preference: Any) -> WebhookEvent:
    alone = {**value, "user_preferences": [preference]}
    alone.pop("contacts", None)
    if not isinstance(preference, dict):
        return _whole(change, "unknown", alone)
    contact, sender = _contact_and_key(change, preference.get("wa_id"), preference.get("user_id"))
    return _event(
        change,
        "user_preferences",
        alone,
        key=_hash(change, preference),
        part="value",
        sender=sender,
        contact=contact,
        timestamp=preference.get("timestamp"),
    )


def _whole(change: _Change, kind: str, value: Any) -> WebhookEvent:
    """Keep a value as one event, understood or not."""
    sender = _identity_key(value) if kind == "identity" else None
    return _event(change, kind, value, key=_hash(change, value), part="value", sender=sender)


def _event(
    change: _Change,
    kind: str,
    element: Any,
    *,
    key: str,
    part: str | None = None,
    wamid: str | None = None,
    sender: str | None = None,
    contact: Json | None = None,
    timestamp: Any = None,
) -> WebhookEvent:
    payload = change.head.copy()
    if timestamp is None and isinstance(element, dict):
        timestamp = element.get("timestamp")
    occurred_at = time_of(timestamp)
    if occurred_at is None:
        occurred_at = time_of(change.time) or change.now
        payload["occurred_at"] = occurred_at.timestamp()
    if contact is not None:
        payload["contact"] = contact
    payload[part or kind] = element
    return WebhookEvent(
        key=key,
        kind=kind,
        phone_number_id=change.phone_number_id,
        business_account_id=change.business_account_id,
        sender=sender,
        wamid=wamid,
        occurred_at=occurred_at,
        payload=write(payload),
    )


def _contact_and_key(change: _Change, number: Any, user_id: Any) -> tuple[Json | None, str | None]:
    """Return the contact that belongs to a user, and the key that keeps the user's events in order.

    A contact is taken only when it names the same user; else one person's message would be filed under another. One
    contact beside a message without any sender can only be that sender.
    """
    contacts = change.contacts
    contact = None
    if isinstance(user_id, str):
        contact = contacts.get(user_id)
    if contact is None and isinstance(number, str):
        contact = contacts.get(number)
    if contact is None and number is None and user_id is None:
        contact = change.only_contact
    wa_id, bsuid = known_as(number, user_id)
    if contact is not None and (bsuid is None or wa_id is None):
        contact_wa_id, contact_bsuid = known_as(contact.get("wa_id"), contact.get("user_id"))
        bsuid, wa_id = bsuid or contact_bsuid, wa_id or contact_wa_id
    return contact, bsuid or wa_id


def _identity_key(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    ids = value.get("user_id")
    wa_id, bsuid = known_as(value.get("wa_id"), ids.get("current") if isinstance(ids, dict) else None)
    return bsuid or wa_id


def _key(*parts: str) -> str:
    key = ":".join(parts)
    if len(key) <= _LONGEST_KEY and key.isprintable():
        return key
    return f"{parts[0]}:#{hashlib.sha256(canonical(parts)).hexdigest()}"


def _hash(change: _Change, value: Any) -> str:
    """Return the key of an event without an id of its own.

    Account and time belong to it: a template may be paused, approved and paused again in the same words.
    """
    whole = canonical(
        [change.field, change.business_account_id, change.phone_number_id, change.time, value],
    )
    return "x:" + hashlib.sha256(whole).hexdigest()
