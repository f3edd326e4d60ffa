"""Who asks, and what they may: Supabase's access token says who, row-level security says what they see.

A command first reads its subject as the member who gives it, so that one set of rules (the policies in
`supabase/migrations`) decides for pages and commands alike.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import jwt
from fastapi import Depends, Request

from lead_reviver.api.problems import Problem
from lead_reviver.state import sessions
from lead_reviver.storage.database import Connection, as_member

if TYPE_CHECKING:
    from lead_reviver.api.api_parts import ApiParts

WRITERS: Final = ("owner", "manager", "agent")
MANAGERS: Final = ("owner", "manager")
OWNERS: Final = ("owner",)

# What a refusal is called where only these may do something.
REASONS: Final = {WRITERS: "read_only", MANAGERS: "managers_only", OWNERS: "owner_only"}
IN_CHARGE: Final = "Only an owner or a manager may do this; ask one."

ROLE = "select role::text from public.members where workspace_id = $1 and user_id = $2"
CONVERSATION = "select id, workspace_id, lead_id, mode, assigned_to from public.conversations where id = $1"


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user."""

    user_id: str
    claims: dict[str, Any]


class TokenReader:
    """Verifies access tokens of Supabase Auth: with the project's JWT secret, or with its published keys (JWKS)."""

    def __init__(self, supabase_url: str, secret: str | None) -> None:
        self._secret = secret
        self._keys = jwt.PyJWKClient(f"{supabase_url.rstrip('/')}/auth/v1/.well-known/jwks.json", lifespan=600)

    async def read(self, token: str) -> dict[str, Any]:
        """Return the claims of a valid token of a signed-in user. Raises `Problem` 401."""
        try:
            if self._secret is not None:
                key: Any = self._secret
                algorithms = ["HS256"]
            else:
                key = (await asyncio.to_thread(self._keys.get_signing_key_from_jwt, token)).key
                algorithms = ["ES256", "RS256", "EdDSA"]
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=algorithms, audience="authenticated", options={"require": ["exp", "sub"]}
            )
        except jwt.PyJWTError:
            raise Problem(401, "sign_in", "The sign-in is not valid or has expired; sign in again.") from None
        if claims.get("role") != "authenticated":
            raise Problem(401, "sign_in", "This is no user's token; sign in with an email address and password.")
        return claims


async def signed_in(request: Request) -> Caller:
    """Return who asks. Raises `Problem` 401 without a valid token, or after the session was signed out."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "sign_in", "Sign in first: the request carries no access token.")
    parts = request.app.state.api
    claims = await parts.tokens.read(token)
    session_id = claims.get("session_id")
    if session_id and await sessions.is_signed_out(parts.redis, str(session_id)):
        raise Problem(401, "signed_out", "This session was signed out; sign in again.")
    return Caller(str(claims["sub"]), claims)


SignedIn = Annotated[Caller, Depends(signed_in)]


async def role_in(connection: Connection, caller: Caller, workspace_id: str) -> str:
    """Return the caller's role in a workspace, reading as the caller. Raises `Problem` 404 for strangers."""
    role = await connection.fetchval(ROLE, workspace_id, caller.user_id)
    if role is None:
        raise Problem(404, "not_found", "There is no such workspace here.")
    return str(role)


async def role_among(
    connection: Connection, caller: Caller, workspace_id: str, roles: tuple[str, ...], refusal: str
) -> str:
    """Return the caller's role in a workspace when it is one of `roles`: WRITERS, MANAGERS or OWNERS.

    Raises `Problem` 404 for strangers, 403 with the words of `refusal` for other members.
    """
    role = await role_in(connection, caller, workspace_id)
    if role not in roles:
        raise Problem(403, REASONS[roles], refusal)
    return role


async def check_role(
    parts: ApiParts, caller: Caller, workspace_id: str, roles: tuple[str, ...], refusal: str = IN_CHARGE
) -> None:
    """Make sure of the caller's role before a command about a whole workspace. Raises as `role_among` does."""
    async with as_member(parts.pool, caller.claims) as connection:
        await role_among(connection, caller, workspace_id, roles, refusal)


async def conversation_to_write(connection: Connection, caller: Caller, conversation_id: str) -> Any:
    """Return a conversation the caller may write in, reading as the caller.

    Raises `Problem` 404 where the caller sees none, 403 where the role may only read.
    """
    row = await connection.fetchrow(CONVERSATION, conversation_id)
    if row is None:
        raise Problem(404, "not_found", "There is no such conversation here.")
    refusal = "Your role may read conversations, but not write in them; ask an owner."
    await role_among(connection, caller, row["workspace_id"], WRITERS, refusal)
    return row
