"""A delivery of leads as its sender sent it: who may send, and how it travels to whoever takes it in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from lead_reviver.campaigns.lead_secrets import read_secrets
from lead_reviver.campaigns.lead_signature import HEADER, TOLERANCE, is_signed
from lead_reviver.errors import BadInput, RefusedByRules
from lead_reviver.storage.database import Pool, lent
from lead_reviver.storage.secrets import Vault

LATE: Final = timedelta(hours=1)
"""How old a delivery may be when a workflow engine passes it on: it was fresh when the gateway took it."""
KEPT_HEADERS: Final = (HEADER.lower(), "content-type")


class WrongSignature(RefusedByRules):
    """Nobody who knows the workspace's secret sent this, or not now."""

    def __init__(self) -> None:
        super().__init__(
            "The delivery is not signed with the workspace's secret, or too long ago; sign and send it again."
        )


class LeadDelivery(msgspec.Struct, frozen=True):
    """Body and headers as they came. In JSON the body is base64, since it need not be text."""

    workspace_id: str
    body: bytes
    headers: dict[str, str]
    """Those that matter, by their name in small letters."""

    @property
    def content_type(self) -> str:
        """What the sender says the body is."""
        return self.headers.get("content-type", "")


def a_delivery(workspace_id: str, body: bytes, headers: Mapping[str, str]) -> LeadDelivery:
    """Return a delivery with the headers that matter, whatever the case of their names."""
    low = {name.lower(): value for name, value in headers.items()}
    return LeadDelivery(workspace_id, body, {name: low[name] for name in KEPT_HEADERS if name in low})


def pack(workspace_id: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a delivery as JSON, to be handed to `POST /steps/take-in-leads` untouched."""
    return msgspec.json.encode(a_delivery(workspace_id, body, headers))


def unpack(packed: bytes) -> LeadDelivery:
    """Return what `pack` was given. Raises `BadInput`."""
    try:
        found = msgspec.json.decode(packed, type=LeadDelivery)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadInput(
            'Send JSON of the form {"workspace_id": ..., "body": <base64 of the raw body>, "headers": {...}}.'
        ) from None
    return a_delivery(found.workspace_id, found.body, found.headers)


async def check_signature(
    pool: Pool, vault: Vault, delivery: LeadDelivery, now: datetime, tolerance: timedelta = TOLERANCE
) -> None:
    """Return when the delivery is signed by a source of its workspace.

    Raises `WrongSignature`, also where there is no such workspace or no secret yet; `SecretUnreadable`, `DatabaseAway`.
    """
    secrets: list[str] = []
    if _is_id(delivery.workspace_id):
        async with lent(pool) as connection:
            secrets = await read_secrets(connection, vault, delivery.workspace_id, now)
    if not is_signed(delivery.body, delivery.headers.get(KEPT_HEADERS[0]), secrets, now, tolerance):
        raise WrongSignature


def _is_id(text: str) -> bool:
    """Whether this is a UUID in the one form that the record gives out."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
