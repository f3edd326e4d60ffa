"""Who asked not to be written to, by keyed hash of how they are known: it outlives the lead and a re-import.

A hash, since the list must stay when the person's data is erased; keyed, since phone numbers are few enough to be
tried one by one against a plain hash. Whoever holds the database alone learns no number from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from lead_reviver.decide.phone import one_spelling
from lead_reviver.errors import BadInput
from lead_reviver.storage.database import Connection
from lead_reviver.storage.leads import Identity

Scope = Literal["all", "marketing"]
Hashed = tuple[str, bytes]
"""Workspace id and identity hash."""

USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
"""A business-scoped user id or its parent form, as Meta writes it. Case matters."""

KINDS = frozenset({"phone", "wa_id", "bsuid", "parent_bsuid"})

# Each no once; a no that is said again counts from now.
SUPPRESS = """
insert into public.suppressions (workspace_id, identity_hash, scope, reason)
select distinct workspace_id, identity_hash, $3, $4
from unnest($1::uuid[], $2::bytea[]) as asked (workspace_id, identity_hash)
on conflict (workspace_id, identity_hash, scope) do update set reason = excluded.reason, created_at = now()
"""

# What each of these people said no to, and when.
SUPPRESSED = """
select s.workspace_id, s.identity_hash, s.scope, s.created_at
from public.suppressions s
join (select distinct * from unnest($1::uuid[], $2::bytea[])) as asked (workspace_id, identity_hash)
  on (s.workspace_id, s.identity_hash) = (asked.workspace_id, asked.identity_hash)
"""

# They want to hear from us again.
LIFT = """
delete from public.suppressions s
using unnest($1::uuid[], $2::bytea[]) as asked (workspace_id, identity_hash)
where (s.workspace_id, s.identity_hash, s.scope) = (asked.workspace_id, asked.identity_hash, $3)
"""


def identity_hash(key: bytes, kind: str, value: str) -> bytes:
    """Return the 32 bytes under which a person's no is kept.

    `kind` is that of `identities`: phone, wa_id, bsuid, parent_bsuid. A phone number and the WhatsApp id made of it
    hash alike, whatever the punctuation. Raises `BadInput` when the value is no identity of that kind.
    """
    # The pattern first: Meta may put a user id where a number belongs, and its digits would make a plausible number.
    # An external id is the sender's own and says nothing about the person.
    if kind in KINDS and USER_ID.fullmatch(value):
        name = f"user-id:{value}"
    elif kind in {"phone", "wa_id"} and re.fullmatch(r"\+?[\d\s().-]+", value):
        name = f"number:{one_spelling(re.sub(r'[^0-9]', '', value))}"
    else:
        raise BadInput(f"An identity of kind {kind!r} does not look like one; nothing can be looked up for it.")
    return hmac.new(key, f"lead-reviver/suppression/1/{name}".encode(), hashlib.sha256).digest()


def hashes_of(key: bytes, identities: Iterable[Identity]) -> list[Hashed]:
    """Return the hashes of identities; one that looks like none cannot be on the list, and is left out."""
    found: list[Hashed] = []
    for each in identities:
        with contextlib.suppress(BadInput):
            found.append((each.workspace_id, identity_hash(key, each.kind, each.value)))
    return found


async def suppress(connection: Connection, people: Sequence[Hashed], *, scope: Scope, reason: str) -> None:
    """Write down that these people said no. Safe to run twice. `reason` holds no personal data."""
    await connection.execute(SUPPRESS, *_columns(people), scope, reason)


async def suppressed_scopes(connection: Connection, people: Sequence[Hashed]) -> dict[Hashed, dict[Scope, datetime]]:
    """Return who of them said no, to what and when, in one round trip; who did not is left out."""
    if not people:
        return {}
    found: dict[Hashed, dict[Scope, datetime]] = {}
    for row in await connection.fetch(SUPPRESSED, *_columns(people)):
        found.setdefault((str(row["workspace_id"]), row["identity_hash"]), {})[row["scope"]] = row["created_at"]
    return found


async def lift(connection: Connection, people: Sequence[Hashed], *, scope: Scope) -> None:
    """Forget a no that was taken back, e.g. WhatsApp's own "resume marketing". Safe to run twice."""
    await connection.execute(LIFT, *_columns(people), scope)


def _columns(people: Sequence[Hashed]) -> tuple[list[str], list[bytes]]:
    return [workspace for workspace, _ in people], [hashed for _, hashed in people]
