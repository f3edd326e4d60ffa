"""Supabase's HTTP API as each person uses it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt

from tests.real_stack import RealStack, sign_up

from .world import SIGNED_UP, Row

Headers = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any

    @property
    def refused_as(self) -> str | None:
        """How nothing happened: "unauthorized", "forbidden", "empty" (no row was there to be seen), or None."""
        code = self.body.get("code") if isinstance(self.body, dict) else None
        if self.status in {401, 403}:
            assert code == "42501", self  # Postgres itself said no, not a missing key or a broken token
            return "unauthorized" if self.status == 401 else "forbidden"
        return "empty" if self.status == 200 and self.body == [] else None


class Api:
    """The REST API, as one of PEOPLE."""

    def __init__(self, http: aiohttp.ClientSession, stack: RealStack, tokens: dict[str, str]) -> None:
        self._http, self._env, self._tokens = http, stack.env, tokens

    def headers(self, person: str) -> Headers:
        """Return what a request carries: service_role has its own key, everybody else the publishable one."""
        if person == "service_role":
            return {"apikey": self._env["SUPABASE_SECRET_KEY"]}
        headers = {"apikey": self._env["SUPABASE_PUBLISHABLE_KEY"]}
        if person != "anonymous":
            headers["Authorization"] = f"Bearer {self._tokens[person]}"
        return headers

    async def call(
        self, person: str, method: str, path: str, body: Any = None, headers: Headers | None = None
    ) -> Answer:
        """Send one request to /rest/v1/ and return what came back."""
        sent = {**self.headers(person), "Prefer": "return=representation", **(headers or {})}
        url = f"{self._env['SUPABASE_URL']}/rest/v1/{path}"
        async with self._http.request(method, url, headers=sent, json=body) as response:
            return Answer(response.status, json.loads(await response.text() or "null", object_hook=_bytes_as_postgrest))

    async def select(self, person: str, table: str, where: str = "") -> Answer:
        """Read rows; `where` is a PostgREST filter."""
        return await self.call(person, "GET", f"{table}?{where}")

    async def insert(self, person: str, table: str, row: Row) -> Answer:
        """Try to add a row."""
        # Without RETURNING, so that what refuses is the right to insert and not the right to read the new row.
        return await self.call(person, "POST", table, row, {"Prefer": "return=minimal"})

    async def update(self, person: str, table: str, where: str, change: Row) -> Answer:
        """Try to change rows."""
        return await self.call(person, "PATCH", f"{table}?{where}", change)

    async def delete(self, person: str, table: str, where: str) -> Answer:
        """Try to take rows away."""
        return await self.call(person, "DELETE", f"{table}?{where}")


def _bytes_as_postgrest(value: dict[str, Any]) -> Any:
    """Supabase Lite writes bytea as Node's Buffer; PostgREST, and so hosted Supabase, as hex."""
    return f"\\x{bytes(value['data']).hex()}" if value.get("type") == "Buffer" else value


async def everybody(stack: RealStack) -> tuple[dict[str, str], dict[str, str]]:
    """Sign up real users and make the workers' tokens; returns user ids and tokens by name."""
    signed_up = {person: await sign_up(stack, person) for person in SIGNED_UP}
    tokens = {person: user.access_token or "" for person, user in signed_up.items()}
    tokens["n8n_worker"] = token_for(stack, role="n8n_worker")
    return {person: user.user_id for person, user in signed_up.items()}, tokens


def token_for(stack: RealStack, **claims: object) -> str:
    """Sign a JWT, as an operator does once for the workflows."""
    secret = stack.env["SUPABASE_JWT_SECRET"]
    return jwt.encode({"exp": int(time.time()) + 3600, **claims}, secret, algorithm="HS256")
