"""Secrets of a workspace, encrypted at rest. docs/decisions/0002-secrets.md says why this way.

Each is one Fernet token (AES-128-CBC and HMAC-SHA256, by the `cryptography` library) around
`[1, workspace id, name, value]`. A token that was copied to another row opens there to the wrong workspace or name,
and is refused. Nothing here puts a value into an error.
"""

from __future__ import annotations

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from lead_reviver.errors import LeadReviverError, SettingsError
from lead_reviver.storage.database import Connection

# One secret, new or in place of the old one.
PUT = """
insert into engine.secrets (workspace_id, name, ciphertext) values ($1, $2, $3)
on conflict (workspace_id, name) do update set ciphertext = excluded.ciphertext, updated_at = now()
"""

# One secret.
GET = "select ciphertext from engine.secrets where workspace_id = $1 and name = $2"

# Every secret, held until the new ciphertexts are written.
ALL = "select workspace_id, name, ciphertext from engine.secrets order by workspace_id, name for update"

# The same secrets under another key.
REPLACE = "update engine.secrets set ciphertext = $3, updated_at = now() where workspace_id = $1 and name = $2"


class SecretUnreadable(LeadReviverError):
    """No key opens a secret, or it was not written for this workspace and name."""

    def __init__(self, workspace_id: str, name: str) -> None:
        super().__init__(
            f"The secret {name!r} of workspace {workspace_id} cannot be read: put the key it was written with back "
            "into LEAD_REVIVER_ENCRYPTION_KEYS, or set the secret again."
        )


class Vault:
    """Seals and opens secrets with the keys of this environment."""

    def __init__(self, keys: str) -> None:
        """Take LEAD_REVIVER_ENCRYPTION_KEYS: 32 bytes each, base64url, comma between; the first encrypts, all decrypt.

        Raises `SettingsError` when one is no such key.
        """
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
        except ValueError:
            raise SettingsError(
                "LEAD_REVIVER_ENCRYPTION_KEYS must be one or more keys of 32 bytes in base64url, comma between; "
                "`lead-reviver up` generates one."
            ) from None

    def seal(self, workspace_id: str, name: str, value: str) -> bytes:
        """Return the ciphertext of a secret, bound to its workspace and name."""
        return self._fernet.encrypt(msgspec.json.encode([1, workspace_id, name, value]))

    def open(self, workspace_id: str, name: str, ciphertext: bytes) -> str:
        """Return what `seal` was given. Raises `SecretUnreadable`."""
        try:
            version, sealed_for, sealed_as, value = msgspec.json.decode(
                self._fernet.decrypt(ciphertext), type=tuple[int, str, str, str]
            )
        except (InvalidToken, msgspec.DecodeError):
            raise SecretUnreadable(workspace_id, name) from None
        if (version, sealed_for, sealed_as) != (1, workspace_id, name):
            raise SecretUnreadable(workspace_id, name)
        return value


async def put_secret(connection: Connection, vault: Vault, workspace_id: str, name: str, value: str) -> None:
    """Keep a secret, in place of an older one of that name. `name` is ours, e.g. "whatsapp_access_token"."""
    await connection.execute(PUT, workspace_id, name, vault.seal(workspace_id, name, value))


async def get_secret(connection: Connection, vault: Vault, workspace_id: str, name: str) -> str | None:
    """Return a secret; None when there is none. Raises `SecretUnreadable`."""
    ciphertext = await connection.fetchval(GET, workspace_id, name)
    return None if ciphertext is None else vault.open(workspace_id, name, ciphertext)


async def rotate(connection: Connection, vault: Vault) -> int:
    """Encrypt every secret anew with the first key, all or none; returns how many. Then older keys can go.

    Needs a connection inside a transaction. Raises `SecretUnreadable` for the first that no key opens.
    """
    rows = [(str(row["workspace_id"]), row["name"], row["ciphertext"]) for row in await connection.fetch(ALL)]
    renewed = [(each, name, vault.seal(each, name, vault.open(each, name, old))) for each, name, old in rows]
    await connection.executemany(REPLACE, renewed)
    return len(renewed)
