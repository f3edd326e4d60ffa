"""Leads and messages as the phone and the tests see them, in JSON."""

from __future__ import annotations

from lead_reviver.simulator.world import Json, Lead, Message, World


def message_view(message: Message) -> Json:
    """Show one bubble. `at` is in Unix seconds."""
    view: Json = {
        "id": message.wamid,
        "lead_id": message.lead_id,
        "direction": message.direction,
        "type": message.type,
        "content": message.content,
        "at": message.at,
        "status": message.status,
    }
    optional = {
        "context_id": message.context_id,
        "rendered": message.rendered,
        "error_code": message.error_code,
        "reaction_in": message.reaction_in,
        "reaction_out": message.reaction_out,
        "referral": message.referral,
        "edited": message.edited or None,
        "revoked": message.revoked or None,
        "forwarded": message.forwarded or None,
    }
    view.update({key: value for key, value in optional.items() if value is not None})
    return view


def lead_view(world: World, lead: Lead, now: float) -> Json:
    """Show one person and the last bubble of the chat."""
    last = world.messages.get(lead.thread[-1]) if lead.thread else None
    return {
        "id": lead.id,
        "name": lead.name,
        "phone": lead.phone,
        "wa_id": lead.wa_id,
        "bsuid": lead.bsuid,
        "username": lead.username,
        "language": lead.language,
        "hides_phone": lead.hides_phone,
        "on_whatsapp": lead.on_whatsapp,
        "online": lead.online,
        "read_receipts": lead.read_receipts,
        "blocked": lead.blocked,
        "blocked_by_business": lead.blocked_by_business,
        "marketing_stopped": lead.marketing_stopped,
        "last_wrote_at": lead.last_wrote_at,
        "window_open": lead.window_is_open(now),
        "typing_until": lead.typing_until,
        "unread": lead.unread,
        "created_at": lead.created_at,
        "last_message": message_view(last) if last else None,
    }


def sent_view(message: Message) -> Json:
    """Show one accepted send: what was asked for, and what became of it."""
    request = message.request or {}
    return {
        "wamid": message.wamid,
        "lead_id": message.lead_id,
        "to": request.get("to"),
        "recipient": request.get("recipient"),
        "type": message.type,
        "request": request,
        "biz_opaque_callback_data": request.get("biz_opaque_callback_data"),
        "at": message.at,
        "status": message.status,
        "error_code": message.error_code,
    }
