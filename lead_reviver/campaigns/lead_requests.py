"""A delivery of leads as its sender sent it: who may send, and how it travels to whoever takes it in.

It travels through n8n sealed: n8n writes what a workflow was given into its database, and keeps it when the run fails,
so names and numbers must not be readable there.
"""

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
SEALED_AS: Final = "delivery of leads"


class WrongSignature(RefusedByRules):
    """Nobody who knows the workspace's secret sent this, or not now."""

    def __init__(self) -> None:
        super().__init__(
            "The delivery is not signed with the workspace's secret, or too long ago; sign and send it again."
        )


class LeadDelivery(msgspec.Struct, frozen=True):
    """Body and headers as they came."""

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


class _Sealed(msgspec.Struct, frozen=True):
    """What n8n gets to see of a delivery."""

    workspace_id: str
    sealed: str


def pack(vault: Vault, workspace_id: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a delivery as JSON, sealed, to be handed to `POST /steps/take-in-leads` untouched."""
    delivery = msgspec.json.encode(a_delivery(workspace_id, body, headers)).decode()
    return msgspec.json.encode(_Sealed(workspace_id, vault.seal(workspace_id, SEALED_AS, delivery).decode()))


def unpack(vault: Vault, packed: bytes) -> LeadDelivery:
    """Return what `pack` was given. Raises `BadInput`; `SecretUnreadable` when no key of ours opens it."""
    try:
        given = msgspec.json.decode(packed, type=_Sealed)
        opened = vault.open(given.workspace_id, SEALED_AS, given.sealed.encode())
        found = msgspec.json.decode(opened, type=LeadDelivery)
    except (msgspec.DecodeError, UnicodeError):
        raise BadInput(
            'Send JSON of the form {"workspace_id": ..., "sealed": ...}, as the gateway packed it.'
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
