"""The seeded record in a database like hosted Supabase's, as each person's requests meet it there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from .world import World

ROLES = {"anonymous": "anon", "n8n_worker": "n8n_worker", "service_role": "service_role"}


@dataclass
class Record:
    """A seeded database and whoever is signed in."""

    seeded: World
    users: dict[str, str]
    connection: asyncpg.Connection

    @asynccontextmanager
    async def acting_as(self, person: str) -> AsyncIterator[asyncpg.Connection]:
        """Be one of PEOPLE for a while; whatever they change is rolled back."""
        role = ROLES.get(person, "authenticated")
        claims = {"role": role, "sub": self.users.get(person)}
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            await self.connection.execute("select set_config('request.jwt.claims', $1, true)", json.dumps(claims))
            await self.connection.execute(f"set local role {role}")
            yield self.connection
        finally:
            await transaction.rollback()
