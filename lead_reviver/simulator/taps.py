"""A finger on a button, a list row or a template's quick reply, turned into the message it sends."""

from __future__ import annotations

from typing import Any

from lead_reviver.errors import BadInput
from lead_reviver.simulator.world import Json, Lead, Message, World


def tapped(world: World, lead: Lead, action: Json) -> Json:
    """Build the lead's message for `{"type": "tap", "message_id", "id"}`.

    `id` is that of the button or row; for a template's quick reply its payload or text.
    """
    message = world.messages.get(str(action.get("message_id")))
    if message is None or message.lead_id != lead.id or message.direction != "out":
        raise BadInput("There is nothing to tap: that message is not in this chat.")
    answer = _from_template(message, action) if message.type == "template" else _from_interactive(message, action)
    return {**answer, "context": {"id": message.wamid}}


def _from_template(message: Message, action: Json) -> Json:
    for button in (message.rendered or {}).get("buttons", []):
        if button["type"] == "QUICK_REPLY" and action.get("id") in (button["payload"], button["text"]):
            return {"type": "button", "button": {"payload": button["payload"], "text": button["text"]}}
    raise BadInput("The template has no such quick reply.")


def _from_interactive(message: Message, action: Json) -> Json:
    content: Any = message.content
    wanted = action.get("id")
    parts = content.get("action", {}) if message.type == "interactive" else {}
    for button in parts.get("buttons", []):
        if button["reply"]["id"] == wanted:
            return _interactive("button_reply", button["reply"])
    for section in parts.get("sections", []):
        for row in section.get("rows", []):
            if row["id"] == wanted:
                return _interactive("list_reply", row)
    raise BadInput("The message has no such button or row.")


def _interactive(kind: str, reply: Json) -> Json:
    kept = {key: reply[key] for key in ("id", "title", "description") if reply.get(key)}
    return {"type": "interactive", "interactive": {"type": kind, kind: kept}}
