"""Supabase's HTTP API as each person uses it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt

from .servers import Lite
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

    def __init__(self, http: aiohttp.ClientSession, lite: Lite, tokens: dict[str, str]) -> None:
        self._http, self._lite, self._tokens = http, lite, tokens

    def headers(self, person: str) -> Headers:
        """Return what a request carries: service_role has its own key, everybody else the publishable one."""
        if person == "service_role":
            return {"apikey": self._lite.secret_key}
        headers = {"apikey": self._lite.publishable_key}
        if person != "anonymous":
            headers["Authorization"] = f"Bearer {self._tokens[person]}"
        return headers

    async def call(
        self, person: str, method: str, path: str, body: Any = None, headers: Headers | None = None
    ) -> Answer:
        """Send one request to /rest/v1/ and return what came back."""
        sent = {**self.headers(person), "Prefer": "return=representation", **(headers or {})}
        async with self._http.request(method, f"{self._lite.url}/rest/v1/{path}", headers=sent, json=body) as response:
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


async def sign_up_everybody(http: aiohttp.ClientSession, lite: Lite) -> tuple[dict[str, str], dict[str, str]]:
    """Sign up real users and make a worker's token; returns user ids and tokens by name."""
    users, tokens = {}, {"n8n_worker": token_for(lite, "n8n_worker")}
    for person in SIGNED_UP:
        async with http.post(
            f"{lite.url}/auth/v1/signup",
            headers={"apikey": lite.publishable_key},
            json={"email": f"{person}@costa-homes.example", "password": f"long enough for {person}"},
        ) as response:
            session = await response.json()
            assert response.status == 200, session
        users[person], tokens[person] = session["user"]["id"], session["access_token"]
    return users, tokens


def token_for(lite: Lite, role: str) -> str:
    """Sign a JWT that names a database role, as an operator does for the workflows."""
    return jwt.encode({"role": role, "exp": int(time.time()) + 3600}, lite.jwt_secret, algorithm="HS256")
