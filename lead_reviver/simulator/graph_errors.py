"""Errors as the Graph API answers them, and as `failed` statuses carry them.

Source: Meta's error code reference (codes, titles, HTTP status); section 5.7 of the WhatsApp facts.
"""

from __future__ import annotations

import secrets
from typing import Any

from lead_reviver.errors import LeadReviverError

HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

TITLES: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Invalid OAuth access token"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131037: (400, "WhatsApp provided number needs display name approval before message can be sent"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages from your business"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "Business-scoped user id is not supported for this message"),
    131063: (400, "Marketing messages are not allowed through the Cloud API for this account"),
    131064: (400, "Messaging limit reduced"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Template hydrated text too long"),
    132007: (400, "Template format character policy violated"),
    132008: (400, "Template parameter name is missing"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132018: (400, "There's an issue with the parameters in your template"),
    133010: (400, "Phone number not registered"),
    134100: (400, "Only marketing messages are supported"),
    137000: (400, "User's identity hash does not match"),
}

DETAILS: dict[int, str] = {
    190: "Error validating access token.",
    130429: "Cloud API message throughput has been reached.",
    131026: "Message Undeliverable.",
    131030: "Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again.",
    131047: (
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
    ),
    131049: "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    131050: "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages.",
    131053: "Unable to upload the media used in the message.",
    131056: (
        "Message failed to send because there were too many messages sent from this phone number to the same phone "
        "number in a short period of time."
    ),
    132015: "Template is paused due to low quality so it cannot be sent in a template message.",
    132016: "Template has been paused too many times due to low quality and is now permanently disabled.",
    130472: "Failed to send message because this user's phone number is part of an experiment.",
}


def title_of(code: int) -> str:
    """Return the short text Meta gives a code."""
    return TITLES.get(code, (400, "Unknown error"))[1]


def details_of(code: int) -> str:
    """Return the longer text of a code."""
    return DETAILS.get(code, f"{title_of(code)}.")


def status_error(code: int, details: str | None = None) -> dict[str, Any]:
    """Build the `errors[]` entry of a `failed` status or an unsupported message."""
    title = title_of(code)
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or details_of(code)},
        "href": HREF,
    }


class GraphError(LeadReviverError):
    """A call that the Graph API refuses."""

    def __init__(
        self,
        code: int,
        details: str | None = None,
        *,
        message: str | None = None,
        http_status: int | None = None,
        subcode: int | None = None,
        type_: str = "OAuthException",
    ) -> None:
        self.code = code
        self.details = details or details_of(code)
        self.http_status = http_status or TITLES.get(code, (400, ""))[0]
        self.message = message or f"(#{code}) {title_of(code)}"
        self.subcode = subcode
        self.type = type_
        super().__init__(self.message)

    def body(self, *, about_messages: bool = True) -> dict[str, Any]:
        """Build the answer; `error_data` names WhatsApp where the call was about messages."""
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if about_messages:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}


def unknown_object(object_id: str) -> GraphError:
    """Build Meta's answer about an id that does not exist or may not be seen."""
    return GraphError(
        100,
        message=(
            f"Unsupported request. Object with ID '{object_id[:64]}' does not exist, cannot be loaded due to missing "
            "permissions, or does not support this operation"
        ),
        subcode=33,
        type_="GraphMethodException",
    )
