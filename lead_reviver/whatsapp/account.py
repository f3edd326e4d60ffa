"""Read from a change of the account whether sending must stop. Shapes: section 2.3 of the WhatsApp facts."""

from __future__ import annotations

from typing import Any

from lead_reviver.whatsapp.errors import STOPS_SENDING, explain, reaction_to
from lead_reviver.whatsapp.timestamp import time_of

_BANS = {
    "DISABLE": "WhatsApp has disabled the business account.",
    "SCHEDULE_FOR_DISABLE": "WhatsApp is about to disable the business account.",
}
_ENDS = {
    "ACCOUNT_DELETED": "The WhatsApp Business account was deleted.",
    "ACCOUNT_OFFBOARDED": "The WhatsApp Business account was disconnected from the API.",
}
_RESTRICTIONS = {
    "RESTRICTED_BIZ_INITIATED_MESSAGING": "WhatsApp does not let the business write to people first",
    "RESTRICTED_CUSTOMER_INITIATED_MESSAGING": "WhatsApp does not let the business answer people",
}
_OTHER_RESTRICTION = "WhatsApp has restricted the business account"
# Restrictions that leave messages alone.
_HARMLESS_RESTRICTIONS = {"RESTRICTED_ADD_PHONE_NUMBER_ACTION"}


def why_sending_must_stop(field: str, value: dict[str, Any]) -> str | None:
    """Return why nothing may be sent after this change, in plain words; None when sending may go on."""
    if field == "errors":
        code = value.get("code")
        return explain(code) if isinstance(code, int) and reaction_to(code) in STOPS_SENDING else None
    if field == "account_review_update" and value.get("decision") == "REJECTED":
        return "WhatsApp has rejected the business account in its review."
    if field != "account_update":
        return None
    event = value.get("event")
    if event == "DISABLED_UPDATE":
        return _ban(value.get("ban_info"))
    if event == "ACCOUNT_RESTRICTION":
        return _restriction(value.get("restriction_info"))
    if event == "PARTNER_REMOVED" and isinstance(value.get("disconnection_info"), dict):
        return "The WhatsApp Business app was disconnected from the API."
    return _ENDS.get(event) if isinstance(event, str) else None


def _ban(info: Any) -> str | None:
    state = info.get("waba_ban_state") if isinstance(info, dict) else None
    if state == "REINSTATE":
        return None
    return _BANS.get(state, _BANS["DISABLE"]) if isinstance(state, str) else _BANS["DISABLE"]


def _restriction(info: Any) -> str | None:
    listed = [each for each in info if isinstance(each, dict)] if isinstance(info, list) else []
    if not listed:
        return _OTHER_RESTRICTION + "."
    reasons = []
    for each in listed:
        kind = each.get("restriction_type")
        kind = kind if isinstance(kind, str) else ""
        if kind in _HARMLESS_RESTRICTIONS:
            continue
        until = time_of(each.get("expiration"))
        reasons.append(
            _RESTRICTIONS.get(kind, _OTHER_RESTRICTION) + (f" until {until:%d %b %Y %H:%M} UTC." if until else ".")
        )
    return " ".join(dict.fromkeys(reasons)) or None
