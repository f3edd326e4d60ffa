"""The secret with which a workspace's forms, CRM and sheets sign what they send.

Kept encrypted in `engine.secrets`, the present one and the one before in a single row, so that a rotation is one write.
"""

from __future__ import annotations

import contextlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from lead_reviver.storage.database import Connection
from lead_reviver.storage.intake import one_at_a_time
from lead_reviver.storage.secrets import SecretUnreadable, Vault, get_secret, put_secret

NAME: Final = "lead_source"
PREVIOUS_STANDS: Final = timedelta(hours=24)
"""How long the secret before is good after a rotation."""


class LeadSecrets(msgspec.Struct, frozen=True):
    """The secrets of a workspace's lead sources."""

    current: str
    previous: str | None = None
    previous_until: datetime | None = None

    def at(self, now: datetime) -> list[str]:
        """Return those that are good now."""
        stands = self.previous is not None and self.previous_until is not None and now < self.previous_until
        return [self.current, *([self.previous] if stands and self.previous else [])]


async def read_secrets(connection: Connection, vault: Vault, workspace_id: str, now: datetime) -> list[str]:
    """Return the secrets that are good now; none when none was ever made. Raises `SecretUnreadable`."""
    stored = await get_secret(connection, vault, workspace_id, NAME)
    return [] if stored is None else msgspec.json.decode(stored, type=LeadSecrets).at(now)


async def renew_secret(connection: Connection, vault: Vault, workspace_id: str, now: datetime) -> LeadSecrets:
    """Make a secret, in place of the one before, which stays good for a day. Needs a transaction.

    Of two rotations within a day the older secret ends at once; so does one that no key opens any more.
    """
    await one_at_a_time(connection, workspace_id)
    before = None
    with contextlib.suppress(SecretUnreadable):
        stored = await get_secret(connection, vault, workspace_id, NAME)
        before = None if stored is None else msgspec.json.decode(stored, type=LeadSecrets).current
    renewed = LeadSecrets(
        secrets.token_urlsafe(32), before, now.astimezone(UTC) + PREVIOUS_STANDS if before is not None else None
    )
    await put_secret(connection, vault, workspace_id, NAME, msgspec.json.encode(renewed).decode())
    return renewed
