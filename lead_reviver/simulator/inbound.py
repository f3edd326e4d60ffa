"""What a lead does on the phone, and the webhook that follows.

Shapes: section 2 of the WhatsApp facts. Every function takes JSON in Meta's own shape for the kind.
"""

from __future__ import annotations

from typing import Any

from lead_reviver.errors import BadInput
from lead_reviver.simulator.graph_errors import status_error
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.statuses import contact_of
from lead_reviver.simulator.taps import tapped
from lead_reviver.simulator.webhooks import Update
from lead_reviver.simulator.world import Json, Lead, Message, new_wamid, normal_phone

MEDIA = ("image", "video", "audio", "document", "sticker")
PLAIN = ("text", "location", "contacts", "order", "interactive", "button", "unsupported", *MEDIA)
EDIT_SECONDS = 15 * 60
REVOKE_SECONDS = 2 * 86400
LATEST_TIMESTAMP = 4_000_000_000


def act(simulator: Simulator, lead: Lead, action: Json) -> Json:
    """Do one thing as the lead; return `{"id": wamid}` or what else came of it.

    Raises `BadInput` when it is nothing a person could do.
    """
    kind = action.get("type", "text")
    if kind == "tap":
        action = tapped(simulator.world, lead, action)
        kind = action["type"]
    if kind in PLAIN:
        message, update = write(simulator, lead, kind, action)
        simulator.webhooks.put(update)
        return {"id": message.wamid}
    if kind == "reaction":
        return _react(simulator, lead, action)
    if kind == "edit":
        return _edit(simulator, lead, action)
    if kind == "revoke":
        return _revoke(simulator, lead, action)
    if kind == "number_change":
        return _change_number(simulator, lead, action)
    if kind == "marketing":
        return _marketing(simulator, lead, action)
    raise BadInput(f"A lead cannot do {str(kind)[:40]!r}; see the simulator's documentation for the kinds.")


def write(simulator: Simulator, lead: Lead, kind: str, action: Json) -> tuple[Message, Update]:
    """Put a message of the lead into the chat and build its update, without sending it."""
    content = _content(simulator, kind, action)
    at = _moment(simulator, action)
    message = Message(
        wamid=new_wamid(),
        lead_id=lead.id,
        direction="in",
        type=kind,
        content=content,
        at=at,
        status="sent",
        context_id=_context_id(action),
        referral=_part(action, "referral") or None,
        forwarded=bool(action.get("forwarded")),
    )
    lead.last_wrote_at = max(at, lead.last_wrote_at or 0)
    if message.referral:
        lead.came_from_ad_at = at
    simulator.world.add_message(message)
    lead.unread = 0
    simulator.message_changed(message)
    simulator.lead_changed(lead)
    item = _item(simulator, lead, message.wamid, at, kind)
    if kind == "unsupported":
        item["errors"] = [status_error(131051, "Message type is currently not supported.")]
    if kind != "unsupported" or content:
        item[kind] = content
    if message.context_id:
        item["context"] = {"from": simulator.settings.display_phone_number, "id": message.context_id}
    if message.forwarded:
        item["context"] = {"forwarded": True}
    if message.referral:
        item["referral"] = message.referral
    update = _update(simulator, lead, item)
    update.wamid = message.wamid
    return message, update


def _content(simulator: Simulator, kind: str, action: Json) -> Any:
    content = action.get(kind)
    if kind == "text":
        body = content.get("body") if isinstance(content, dict) else content
        if not isinstance(body, str) or not body.strip():
            raise BadInput("A text message needs words: {'type': 'text', 'text': {'body': '…'}}.")
        return {"body": body}
    if kind in MEDIA:
        return simulator.media_content(kind, _part(action, kind))
    if kind == "unsupported":
        return content or {"type": "poll_creation"}
    if not content:
        raise BadInput(f"A {kind} message needs its {kind!r} part.")
    return content


def _part(action: Json, name: str) -> Json:
    """Return an object of the action, empty when it is left out."""
    part = action.get(name)
    if part is not None and not isinstance(part, dict):
        raise BadInput(f"{name!r} must be an object.")
    return part or {}


def _context_id(action: Json) -> str | None:
    context = _part(action, "context")
    context_id = context.get("id") or context.get("message_id")
    return None if context_id is None else str(context_id)


def _moment(simulator: Simulator, action: Json) -> float:
    """When the message was written: now, or the action's own `timestamp`."""
    given = action.get("timestamp")
    if given is None:
        return simulator.now()
    if not isinstance(given, int | float) or not 0 < given < LATEST_TIMESTAMP:
        raise BadInput("A timestamp is in seconds since 1970.")
    return float(given)


def _item(simulator: Simulator, lead: Lead, wamid: str, at: float, kind: str) -> Json:
    item: Json = {}
    if lead.shows_phone(simulator.now()):
        item["from"] = lead.wa_id
    item.update({"from_user_id": lead.bsuid, "id": wamid, "timestamp": str(int(at)), "type": kind})
    return item


def _update(simulator: Simulator, lead: Lead, item: Json) -> Update:
    return Update(person=lead.id, kind="messages", item=item, contact=contact_of(lead, simulator.now()))


def _tell(simulator: Simulator, lead: Lead, kind: str, content: Json) -> Json:
    """Send an event that is no bubble of its own."""
    now = simulator.now()
    item = _item(simulator, lead, new_wamid(), now, kind)
    item[kind] = content
    simulator.webhooks.put(_update(simulator, lead, item))
    return {"id": item["id"]}


def _target(simulator: Simulator, lead: Lead, wamid: Any, direction: str | None) -> Message:
    message = simulator.world.messages.get(str(wamid))
    if message is None or message.lead_id != lead.id or (direction and message.direction != direction):
        raise BadInput("That message is not in this chat, or not of the right side.")
    return message


def _react(simulator: Simulator, lead: Lead, action: Json) -> Json:
    """Put an emoji on a message, or take it away: then the webhook has no `emoji`."""
    wanted = _part(action, "reaction")
    message = _target(simulator, lead, wanted.get("message_id"), None)
    message.reaction_in = wanted.get("emoji") or None
    simulator.message_changed(message)
    if message.direction == "in":
        return {"id": message.wamid}
    content = {"message_id": message.wamid}
    if message.reaction_in:
        content["emoji"] = message.reaction_in
    return _tell(simulator, lead, "reaction", content)


def _edit(simulator: Simulator, lead: Lead, action: Json) -> Json:
    wanted = _part(action, "edit")
    message = _target(simulator, lead, wanted.get("original_message_id"), "in")
    text = wanted.get("text")
    if isinstance(text, dict):
        text = text.get("body")
    if message.type != "text" or message.revoked or not isinstance(text, str) or not text.strip():
        raise BadInput("Only a text that is not deleted can be edited, and into words.")
    if simulator.now() - message.at > EDIT_SECONDS:
        raise BadInput("A message can be edited for 15 minutes.")
    message.content, message.edited = {"body": text}, True
    simulator.message_changed(message)
    inner = {"type": "text", "text": {"body": text}}
    return _tell(simulator, lead, "edit", {"original_message_id": message.wamid, "message": inner})


def _revoke(simulator: Simulator, lead: Lead, action: Json) -> Json:
    wanted = _part(action, "revoke")
    message = _target(simulator, lead, wanted.get("original_message_id"), "in")
    if simulator.now() - message.at > REVOKE_SECONDS:
        raise BadInput("A message can be deleted for 2 days.")
    message.content, message.revoked = {}, True
    simulator.message_changed(message)
    return _tell(simulator, lead, "revoke", {"original_message_id": message.wamid})


def _change_number(simulator: Simulator, lead: Lead, action: Json) -> Json:
    """A `system` message without `contacts`; the business-scoped id changes with the number (facts 2.1, 3.2)."""
    phone = normal_phone(str(action.get("phone") or ""))
    if phone is None or simulator.world.by_phone(phone) is not None:
        raise BadInput("The new number is not usable or already somebody's.")
    now = simulator.now()
    item = _item(simulator, lead, new_wamid(), now, "system")
    old_wa_id, old_bsuid, shown = lead.wa_id, lead.bsuid, "from" in item
    simulator.world.change_phone(lead, phone)
    system: Json = {"type": "user_changed_number" if shown else "user_changed_user_id"}
    if shown:
        system["body"] = f"User {lead.name} changed from {old_wa_id} to {lead.wa_id}"
        system["wa_id"] = lead.wa_id
    else:
        system["body"] = f"User {lead.name} changed their user id"
    system |= {"user_id": lead.bsuid, "previous_user_id": old_bsuid}
    item["system"] = system
    simulator.webhooks.put(Update(person=lead.id, kind="messages", item=item))
    simulator.lead_changed(lead)
    return {"id": item["id"]}


def _marketing(simulator: Simulator, lead: Lead, action: Json) -> Json:
    """WhatsApp's own "stop marketing" and "resume": field `user_preferences` (facts 2.3)."""
    value = action.get("value")
    if value not in ("stop", "resume"):
        raise BadInput("Marketing can be stopped or resumed: {'type': 'marketing', 'value': 'stop'}.")
    lead.marketing_stopped = value == "stop"
    now = simulator.now()
    preference: Json = {"wa_id": lead.wa_id} if lead.shows_phone(now) else {}
    preference |= {
        "user_id": lead.bsuid,
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(now),
    }
    simulator.webhooks.put(
        Update(
            person=lead.id,
            field="user_preferences",
            kind="user_preferences",
            item=preference,
            contact=contact_of(lead, now),
        )
    )
    simulator.lead_changed(lead)
    return {"marketing_stopped": lead.marketing_stopped}
