"""`POST /{phone_number_id}/messages`: accept a message, mark as read, show that the business is typing."""

from __future__ import annotations

from typing import Any

from lead_reviver.simulator.checks import MEDIA_KINDS, check_message
from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.media import kind_of
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.template_sends import Fitted, fit_template
from lead_reviver.simulator.world import BSUID, Json, Lead, Message, new_wamid, normal_phone

TYPING_SECONDS = 25
REACTION_DAYS = 30


def handle(simulator: Simulator, request: Any, *, marketing: bool = False) -> Json:
    """Do what a body asks for and return Meta's answer; raises `GraphError`."""
    if not isinstance(request, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    if request.get("messaging_product") != "whatsapp":
        raise GraphError(
            100,
            "Param messaging_product must be one of {WHATSAPP} - got an invalid value.",
            message="(#100) The parameter messaging_product is required.",
        )
    if request.get("status") is not None and not marketing:
        return _mark_as_read(simulator, request)
    return _accept(simulator, request, marketing=marketing)


def _mark_as_read(simulator: Simulator, request: Json) -> Json:
    """Read receipt, with or without typing dots (facts 4.3): marks earlier messages too."""
    if request["status"] != "read":
        raise GraphError(100, "Param status must be one of {READ}.")
    message = simulator.world.messages.get(str(request.get("message_id")))
    if message is None or message.direction != "in":
        raise GraphError(131009, "Message ID is invalid.")
    typing = request.get("typing_indicator")
    if typing is not None and typing != {"type": "text"}:
        raise GraphError(131009, "Param typing_indicator['type'] must be one of {TEXT}.")
    lead = simulator.world.leads[message.lead_id]
    for wamid in reversed(lead.thread):
        earlier = simulator.world.messages[wamid]
        if earlier.direction == "in" and earlier.at <= message.at:
            if earlier.status == "read":
                break
            earlier.status = "read"
            simulator.message_changed(earlier)
    if typing is not None:
        show_typing(simulator, lead, simulator.now() + TYPING_SECONDS)
    return {"success": True}


def show_typing(simulator: Simulator, lead: Lead, until: float) -> None:
    """Show the dots until then; a time in the past takes them away."""
    lead.typing_until = until
    simulator.events.publish("typing", {"lead_id": lead.id, "until": until})


def _accept(simulator: Simulator, request: Json, *, marketing: bool) -> Json:
    now = simulator.now()
    check_message(request)
    kind = request.get("type", "text")
    template = fit_template(simulator.world, request["template"]) if kind == "template" else None
    if marketing and (template is None or template.category != "marketing"):
        raise GraphError(134100)
    file_failure = _check_files(simulator, request)
    lead, entry = _recipient(simulator, request, template)
    if lead is None:
        simulator.lost_to.append(request)
        return {"messaging_product": "whatsapp", "contacts": [entry], "messages": [{"id": new_wamid()}]}
    _check_context(simulator, lead, request, now)
    simulator.rates.take(simulator.behaviour, lead.id, now)
    message = Message(
        wamid=new_wamid(),
        lead_id=lead.id,
        direction="out",
        type=kind,
        content=request[kind],
        at=now,
        context_id=(request.get("context") or {}).get("message_id"),
        request=request,
        rendered=template.rendered if template else None,
        category=("marketing_lite" if marketing else template.category) if template else "service",
    )
    failure = _fate(simulator, lead, message, now)
    if failure is None:
        failure = file_failure
    if "to" in request:
        lead.phone_seen_at = now
    _store(simulator, lead, message)
    simulator.statuses.begin(message, failure)
    simulator.counts["accepted"] += 1
    sent: Json = {"id": message.wamid}
    if template:
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [entry], "messages": [sent]}


def _check_files(simulator: Simulator, request: Json) -> int | None:
    """A media id must be known (100); a file that does not suit its kind fails later (131053)."""
    kind = request.get("type", "text")
    header = (request.get("interactive") or {}).get("header") or {} if kind == "interactive" else {}
    holder, kind = (header, header.get("type")) if header else (request, kind)
    content = holder.get(kind) if kind in MEDIA_KINDS else None
    if not content or not content.get("id"):
        return None
    file = simulator.media.find(content["id"])
    if file is None:
        raise GraphError(
            100,
            message=f"(#100) Param {kind}['id'] is not a valid whatsapp business account media attachment ID",
        )
    suits = kind_of(file.mime_type) == kind or kind == "document"
    return None if suits else 131053


def _store(simulator: Simulator, lead: Lead, message: Message) -> None:
    """Put the message on the phone; a reaction goes onto its bubble instead."""
    if message.type == "reaction":
        target = simulator.world.messages[message.content["message_id"]]
        target.reaction_out = message.content.get("emoji") or None
        simulator.world.messages[message.wamid] = message
        simulator.memory.note("message", message.wamid, message)
        simulator.message_changed(target)
        return
    simulator.world.add_message(message)
    lead.unread += 1
    if lead.typing_until > message.at:
        show_typing(simulator, lead, 0)
    simulator.message_changed(message)
    simulator.lead_changed(lead)


def _recipient(simulator: Simulator, request: Json, template: Fitted | None) -> tuple[Lead | None, Json]:
    """Find who gets it, and the `contacts` element of the answer (facts 3.6); None for what gets lost."""
    to, recipient = request.get("to"), request.get("recipient")
    if to is None and recipient is None:
        raise GraphError(100, message="(#100) The parameter to is required.")
    if to is None:
        lead = simulator.world.by_bsuid(str(recipient))
        if lead is None:
            raise GraphError(131009, "The recipient is not a user id that this business knows.")
        if template is not None and template.needs_phone:
            raise GraphError(131062)
        entry: Json = {"input": recipient, "user_id": lead.bsuid}
        if lead.shows_phone(simulator.now()):
            entry["wa_id"] = lead.wa_id
        return _allowed(simulator, lead), entry
    if not isinstance(to, str | int) or isinstance(to, bool):
        raise GraphError(100, "Param to must be a string.")
    if BSUID.match(str(to)):
        return None, {"input": to, "wa_id": str(to)}
    phone = normal_phone(str(to))
    if phone is None:
        raise GraphError(131009, "The recipient phone number is not valid.")
    if phone[1:] == simulator.settings.display_phone_number:
        raise GraphError(131021)
    lead = simulator.world.by_phone(phone)
    if lead is None:
        lead = simulator.world.make_lead(phone)
    return _allowed(simulator, lead), {"input": to, "wa_id": lead.wa_id, "user_id": lead.bsuid}


def _allowed(simulator: Simulator, lead: Lead) -> Lead:
    listed = simulator.behaviour.allowed_recipients
    if listed is not None and lead.phone not in listed and lead.bsuid not in listed:
        raise GraphError(131030)
    return lead


def _check_context(simulator: Simulator, lead: Lead, request: Json, now: float) -> None:
    """A reaction needs a message of this chat, at most 30 days old and not deleted (facts 4.2)."""
    if request.get("type") != "reaction":
        return
    target = simulator.world.messages.get(request["reaction"]["message_id"])
    if target is None or target.lead_id != lead.id or target.revoked or now - target.at > REACTION_DAYS * 86400:
        raise GraphError(131009, "The message to react to does not exist, was deleted or is too old.")


def _fate(simulator: Simulator, lead: Lead, message: Message, now: float) -> int | None:
    """Return the code of the `failed` status that will come, None when all will be well.

    Raises `GraphError` where Meta refuses at once.
    """
    behaviour = simulator.behaviour
    for planned in behaviour.fail_next:
        if planned.to is None or planned.to in (lead.phone, lead.bsuid):
            planned.count -= 1
            if planned.count == 0:
                behaviour.fail_next.remove(planned)
            if planned.how == "response":
                raise GraphError(planned.code)
            return planned.code
    if not lead.on_whatsapp or lead.blocked_by_business:
        return 131026
    if message.category in ("marketing", "marketing_lite") and lead.marketing_stopped:
        return 131050
    if message.type != "template" and behaviour.window_enforced and not lead.window_is_open(now):
        if behaviour.window_error == "response":
            raise GraphError(131047)
        return 131047
    return None
