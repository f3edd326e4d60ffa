"""Access tokens of numbers: from the encrypted store, else the one in the environment."""

from __future__ import annotations

from time import monotonic

from lead_reviver.storage.database import Connection, Pool, lent
from lead_reviver.storage.secrets import Vault, get_secret

NAME = "whatsapp_access_token"
REMEMBER_SECONDS = 60.0

WORKSPACE = "select workspace_id from public.channels where phone_number_id = $1"


class Tokens:
    """Finds the token of a number and remembers it for a minute."""

    def __init__(self, pool: Pool, encryption_keys: str, default: str) -> None:
        self._pool = pool
        self._vault = Vault(encryption_keys)
        self._default = default
        self._known: dict[str, tuple[float, str]] = {}

    async def of(self, phone_number_id: str) -> str:
        """Return the token to send from a number with. Raises `SecretUnreadable`, `DatabaseAway`."""
        until, token = self._known.get(phone_number_id, (0.0, ""))
        if until > monotonic():
            return token
        async with lent(self._pool) as connection:
            token = await self._read(connection, phone_number_id)
        self._known[phone_number_id] = (monotonic() + REMEMBER_SECONDS, token)
        return token

    async def _read(self, connection: Connection, phone_number_id: str) -> str:
        workspace_id = await connection.fetchval(WORKSPACE, phone_number_id)
        if workspace_id is None:
            return self._default
        stored = await get_secret(connection, self._vault, workspace_id, f"{NAME}:{phone_number_id}")
        return stored or self._default
