"""What the HTTP API never shows: the engine's schema, the policies' functions, other people's sign-ins.

All against Supabase Lite after it has made its own grants, so it is the real state that is proven.
"""

from __future__ import annotations

import json

import asyncpg
import pytest

from tests.real_stack import RealStack

from .api import Api, token_for
from .expectations import PEOPLE
from .world import World, new_id

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

each_person = pytest.mark.parametrize("person", PEOPLE)
HIDDEN = {
    "engine": ("inbox", "outbox", "secrets", "jobs", "gateway_beat", "metric_generations"),
    "auth": ("users", "sessions", "refresh_tokens", "identities"),
    "private": ("my_workspace_ids",),
    "supabase_migrations": ("schema_migrations",),
}
API_ROLES = ("anon", "authenticated", "service_role", "n8n_worker")


@each_person
@pytest.mark.parametrize("schema", HIDDEN)
async def test_a_hidden_schema_cannot_be_asked_for(api: Api, person: str, schema: str):
    for table in HIDDEN[schema]:
        read = await api.call(person, "GET", table, headers={"Accept-Profile": schema})
        written = await api.call(person, "POST", table, {"id": new_id()}, {"Content-Profile": schema})
        called = await api.call(person, "POST", f"rpc/{table}", {}, {"Content-Profile": schema})
        for answer in (read, written, called):
            assert (answer.status, answer.body["code"]) == (406, "PGRST106"), answer


@each_person
@pytest.mark.parametrize("schema", HIDDEN)
async def test_a_hidden_table_is_not_found_under_any_name(api: Api, person: str, schema: str):
    for table in HIDDEN[schema]:
        names = [f"{schema}.{table}", f"public.{schema}.{table}", f"rpc/{table}", f"rpc/{schema}.{table}"]
        names += [table] if table != "identities" else []  # a table of ours, too
        for name in names:
            answer = await api.call(
                person, "POST" if name.startswith("rpc/") else "GET", name, {} if "rpc" in name else None
            )
            assert answer.status == 404, (name, answer)


@each_person
async def test_a_visible_row_does_not_lead_into_a_hidden_table(api: Api, person: str):
    for path in (
        "messages?select=id,outbox(*)",
        "workspaces?select=id,secrets(*)",
        "members?select=user_id,users(*)",
        "members?select=user_id,owner:user_id(*)",
    ):
        answer = await api.call(person, "GET", path)
        assert answer.status in {400, 401, 403, 404}, (path, answer)
        assert isinstance(answer.body, dict)
        assert answer.body["code"]


@pytest.mark.parametrize("role", API_ROLES)
async def test_no_role_of_the_api_may_enter_the_engines_schema(
    api: Api, seeded: World, admin: asyncpg.Connection, role: str
):
    await api.select("owner", "leads")  # Supabase Lite makes its grants with the first request
    assert not await admin.fetchval("select has_schema_privilege($1, 'engine', 'usage')", role)
    held = await admin.fetchval(
        "select count(*) from pg_class c, aclexplode(c.relacl) a"
        " where c.relnamespace = 'engine'::regnamespace and a.grantee = $1::regrole",
        role,
    )
    assert held == 0


async def test_the_workflows_sync_counters_over_the_api(api: Api, seeded: World, admin: asyncpg.Connection):
    workspace_id = seeded.places["own"].workspace_id
    counters = {"workspace_id": workspace_id, "day": "2026-11-20", "generation": new_id(), "counters": {"replies": 7}}

    for person in ("owner", "agent", "stranger"):
        refused = await api.call(person, "POST", "rpc/apply_day_counters", counters)
        assert refused.refused_as == "forbidden"
    assert (await api.call("anonymous", "POST", "rpc/apply_day_counters", counters)).refused_as == "unauthorized"
    total = "select value from daily_metrics where workspace_id = $1 and metric = 'replies'"
    assert await admin.fetchval(total, workspace_id) is None

    for _ in range(2):
        assert (await api.call("n8n_worker", "POST", "rpc/apply_day_counters", counters)).status in {200, 204}
    assert await admin.fetchval(total, workspace_id) == 7
    await admin.execute("delete from daily_metrics where workspace_id = $1 and metric = 'replies'", workspace_id)


@pytest.mark.parametrize(
    ("token", "status"),
    [("signed with another secret", 401), ("expired", 401), ("role engine", 403), ("role supabase_admin", 403)],
)
async def test_a_token_that_is_not_right_opens_nothing(api: Api, supabase: RealStack, token: str, status: int):
    tokens = {
        "signed with another secret": _signed_elsewhere(supabase),
        "expired": token_for(supabase, role="service_role", exp=1),
        "role engine": token_for(supabase, role="engine"),
        "role supabase_admin": token_for(supabase, role="supabase_admin"),
    }
    headers = {"Authorization": f"Bearer {tokens[token]}"}
    answer = await api.call("anonymous", "GET", "leads", headers=headers)
    assert answer.status == status, answer
    assert "source" not in json.dumps(answer.body)


def _signed_elsewhere(stack: RealStack) -> str:
    header, claims, signature = token_for(stack, role="service_role").split(".")
    return ".".join((header, claims, signature[::-1]))
