"""How a request to the Graph API can end, and how Meta's answer tells which. See section 4.1 of the WhatsApp facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lead_reviver.errors import RefusedByRules, TryAgainLater
from lead_reviver.whatsapp.identity import usable_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """Meta took the message; whether it arrives, statuses will tell."""

    wamid: str
    wa_id: str | None = None
    """Meta's spelling of the number, which may differ from ours (BR, MX, AR)."""
    user_id: str | None = None
    message_status: str | None = None
    """Templates only: accepted, held_for_quality_assessment, paused."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Meta said no, with a code of `lead_reviver.whatsapp.errors`. Surely not sent."""

    code: int
    title: str
    details: str | None
    http_status: int


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left: no connection was made. Surely not sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request may have arrived and no answer of Meta's came back: the outcome is unknown until a status tells."""

    reason: str


SendOutcome = Accepted | Refused | NotSent | NoAnswer


class GraphRefused(RefusedByRules):
    """Meta refused a request that sends nothing."""

    def __init__(self, what: str, refusal: Refused) -> None:
        self.code, self.http_status = refusal.code, refusal.http_status
        super().__init__(f"WhatsApp refused {what} with code {refusal.code} (HTTP {refusal.http_status}).")


class GraphAway(TryAgainLater):
    """The Graph API did not answer, or answered with something that is not its own."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"WhatsApp did not answer {what}: {reason}.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP, Meta's or not."""

    http_status: int
    body: Any
    """The JSON value; None when the answer was none."""


def acceptance_of(answer: Answer) -> Accepted | None:
    """Read the answer to a send that Meta took; None for anything else."""
    body = answer.body
    if answer.http_status != 200 or not isinstance(body, dict):
        return None
    message, contact = _first(body.get("messages")), _first(body.get("contacts"))
    wamid = usable_id(message.get("id"))
    if wamid is None:
        return None
    return Accepted(
        wamid=wamid,
        wa_id=usable_id(contact.get("wa_id")),
        user_id=usable_id(contact.get("user_id")),
        message_status=usable_id(message.get("message_status")),
    )


def refusal_of(answer: Answer) -> Refused | None:
    """Read Meta's error object; whatever the HTTP status, it is Meta who says no."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(error, dict) or type(code) is not int:
        return None
    title = error.get("message")
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return Refused(
        code=code,
        title=title if isinstance(title, str) else "",
        details=details if isinstance(details, str) else None,
        http_status=answer.http_status,
    )


def _first(listed: Any) -> dict[str, Any]:
    return listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
