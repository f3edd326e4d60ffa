"""The fixtures themselves."""

from __future__ import annotations

import asyncpg

from tests.real_stack import RealStack, make_workspace


async def test_a_workspace_of_a_test_has_a_member_of_each_role(postgres_and_redis: RealStack) -> None:
    workspace = await make_workspace(postgres_and_redis)
    connection = await asyncpg.connect(postgres_and_redis.env["DATABASE_URL"])
    roles = await connection.fetch("select role from members where workspace_id = $1", workspace.workspace_id)
    await connection.close()
    assert {row["role"] for row in roles} == {"owner", "manager", "agent", "viewer"}


async def test_members_sign_in_through_auth(supabase: RealStack) -> None:
    workspace = await make_workspace(supabase)
    assert workspace.owner.access_token
