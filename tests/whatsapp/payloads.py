"""The webhook bodies of tests/payloads, and what the engine makes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from lead_reviver.whatsapp.incoming import Incoming
from lead_reviver.whatsapp.parse import parse
from lead_reviver.whatsapp.webhook import split

FOLDER = Path(__file__).parents[1] / "payloads"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def body(name: str) -> bytes:
    """Return the webhook body of that name, as Meta would send it."""
    return (FOLDER / f"{name}.json").read_bytes()


def everything_in(webhook: bytes) -> list[Incoming]:
    """Return all that a webhook body says."""
    return [incoming for event in split(webhook, NOON) for incoming in parse(event.kind, event.payload)]


def the_one_in(name: str) -> Any:
    """Return the one thing that a payload says."""
    (incoming,) = everything_in(body(name))
    return incoming


def a_webhook(*changes: Any, account: str = "900100200300400") -> bytes:
    """Return a body with one entry that holds these changes."""
    entry = {"id": account, "changes": list(changes)}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def a_change(field: str = "messages", **value: Any) -> dict[str, Any]:
    """Return a change of a field, for the business number of the payloads."""
    metadata = {"display_phone_number": "34600111222", "phone_number_id": "700800900100"}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}


def a_text(number: int = 1, **changed: Any) -> dict[str, Any]:
    """Return a text message; a field set to None is left out."""
    message = {
        "id": f"wamid.T{number}==",
        "from": "34611222333",
        "timestamp": "1795000000",
        "type": "text",
        "text": {"body": f"line {number}"},
        **changed,
    }
    return {name: value for name, value in message.items() if value is not None}
