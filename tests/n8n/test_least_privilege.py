"""What the workflows may do, and that they may do nothing else: each door is tried with each wrong key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import jwt
import psutil
import pytest
from asyncpg.exceptions import InsufficientPrivilegeError
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from lead_reviver.local.n8n_provision import worker_token
from lead_reviver.n8n.workflow_files import our_workflows
from lead_reviver.steps.order import STEPS
from tests.builders import signature
from tests.real_stack import RealStack, make_workspace
from tests.record.expectations import TABLES

pytestmark = pytest.mark.stack

DAY = "2026-11-20"
NOBODY = "00000000-0000-0000-0000-000000000000"


# --- The database role n8n_worker, through Supabase ------------------------------------------------------------------


@pytest.fixture
async def worker(supabase: RealStack) -> AsyncIterator[aiohttp.ClientSession]:
    """The workflow "Sync metrics", as Supabase knows it."""
    headers = {
        "apikey": supabase.env["SUPABASE_PUBLISHABLE_KEY"],
        "Authorization": f"Bearer {worker_token(supabase.env)}",
        "Prefer": "return=minimal",
    }
    async with aiohttp.ClientSession(f"{supabase.env['SUPABASE_URL']}/rest/v1/", headers=headers) as session:
        yield session


async def ask(session: aiohttp.ClientSession, verb: str, path: str, **more: Any) -> tuple[int, str | None]:
    """Return the status, and Postgres' own code where it has one."""
    async with session.request(verb, path, **more) as answer:
        said = await answer.json(content_type=None) if await answer.read() else None
        return answer.status, said.get("code") if isinstance(said, dict) else None


async def test_the_workflow_applies_the_counters_of_a_day(supabase: RealStack, worker: aiohttp.ClientSession):
    workspace = await make_workspace(supabase)
    body = {"workspace_id": workspace.workspace_id, "day": DAY, "generation": NOBODY, "counters": {"replies": 3}}
    for _ in range(2):
        assert (await ask(worker, "POST", "rpc/apply_day_counters", json=body))[0] in (200, 204)
    path = f"daily_metrics?workspace_id=eq.{workspace.workspace_id}&select=metric,value"
    async with worker.get(path) as answer:
        assert await answer.json() == [{"metric": "replies", "value": 3}]


@pytest.mark.parametrize("table", TABLES)
async def test_the_workflow_reads_two_tables_and_writes_none(worker: aiohttp.ClientSession, table: str):
    where = f"{table}?{'id' if table == 'workspaces' else 'workspace_id'}=eq.{NOBODY}"
    read = await ask(worker, "GET", where)
    assert read[0] == 200 if table in {"workspaces", "daily_metrics"} else read == (403, "42501")
    key = "id" if table == "workspaces" else "workspace_id"
    for verb, path in (("POST", table), ("PATCH", where), ("DELETE", where)):
        json = None if verb == "DELETE" else {key: NOBODY}
        assert await ask(worker, verb, path, json=json) == (403, "42501"), verb


async def test_the_workflow_calls_no_function_but_its_own(supabase: RealStack, worker: aiohttp.ClientSession):
    connection = await asyncpg.connect(supabase.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
    try:
        runs = await connection.fetch(
            "select p.oid::regprocedure::text as what from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('public', 'private', 'engine', 'auth')"
            " and has_schema_privilege('n8n_worker', n.oid, 'usage')"
            " and has_function_privilege('n8n_worker', p.oid, 'execute')"
        )
        names = await connection.fetch(
            "select distinct proname from pg_proc where pronamespace = 'public'::regnamespace"
        )
    finally:
        await connection.close()
    assert [row["what"] for row in runs] == ["apply_day_counters(uuid,date,uuid,jsonb)"]
    for name in {row["proname"] for row in names} - {"apply_day_counters"}:
        assert (await ask(worker, "POST", f"rpc/{name}", json={}))[0] in (403, 404), name


@pytest.mark.parametrize("schema", ["engine", "private", "auth", "pg_catalog"])
async def test_the_workflow_sees_no_other_schema(worker: aiohttp.ClientSession, schema: str):
    for table in ("secrets", "users", "workflows", "pg_authid"):
        status, _ = await ask(worker, "GET", table, headers={"Accept-Profile": schema})
        assert status in (403, 404, 406)


# --- The Redis users -------------------------------------------------------------------------------------------------

DANGEROUS = (
    "KEYS *", "SCAN 0", "SCAN 0 MATCH lr:*", "RANDOMKEY", "CONFIG GET *", "CONFIG SET maxmemory 1", "FLUSHALL",
    "FLUSHDB", "DEBUG SLEEP 0", "ACL LIST", "ACL SETUSER n8n on", "MONITOR", "CLIENT LIST", "CLIENT KILL ID 1",
    "SLOWLOG GET", "MODULE LIST", "SAVE", "SHUTDOWN NOSAVE", "REPLICAOF NO ONE", "SWAPDB 0 1",
    "MIGRATE 127.0.0.1 1 lr:turn:1 0 1",
)  # fmt: skip
ENGINE_KEYS = (
    "GET lr:conversation:1", "GET lr:turn:1", "STRLEN lr:turn:1", "EXISTS lr:turn:1", "TYPE lr:turn:1",
    "TTL lr:turn:1", "DUMP lr:turn:1", "OBJECT ENCODING lr:turn:1", "MGET n8n:a lr:turn:1", "XRANGE lr:live:1 - +",
    "XREAD STREAMS lr:live:1 0", "SMEMBERS lr:days-to-sync", "GET lr:signed-out:1", "GET lr:run:1",
    "COPY lr:turn:1 n8n:stolen", "RENAME lr:turn:1 n8n:stolen", "SORT n8n:list BY nosort GET lr:turn:*",
    "SUBSCRIBE lr:live", "PSUBSCRIBE *", "PUBLISH lr:live 1", "SET lr:turn:1 x", "DEL lr:turn:1", "SET other 1",
)  # fmt: skip
DAY_KEYS = (
    "HSET lr:day:1:w replies 9", "HINCRBY lr:day:1:w replies 1", "DEL lr:day:1:w", "UNLINK lr:day:1:w",
    "EXPIRE lr:day:1:w 1", "PERSIST lr:day:1:w", "RENAME lr:day:1:w n8n:w", "SADD lr:day:list:1 x",
    "COPY n8n:a lr:day:1:w", "SMOVE lr:day:list:1 n8n:list x", "SUNIONSTORE lr:day:list:1 n8n:list",
)  # fmt: skip
SCRIPTS = (
    ["EVAL", "return redis.call('HSET', KEYS[1], 'replies', 9)", "1", "lr:day:1:w"],
    ["EVAL", "return redis.call('GET', KEYS[1])", "1", "lr:turn:1"],
    ["EVAL", "return redis.call('GET', 'lr:turn:1')", "0"],
    ["EVAL", "return redis.call('HSET', 'lr:day:1:w', 'replies', 9)", "0"],
    ["EVAL_RO", "return redis.call('GET', KEYS[1])", "1", "lr:turn:1"],
    ["EVAL", "return redis.call('KEYS', '*')", "0"],
    ["EVAL", "return redis.call('SCAN', '0')", "0"],
)


async def refused(address: str, command: list[str]) -> bool:
    """Whether Redis says that this user may not; a script says so in words of its own."""
    async with Redis.from_url(address) as client:
        try:
            await client.execute_command(*command)
        except NoPermissionError:
            return True
        except ResponseError as error:
            said = str(error).lower()
            # Inside of a script Redis refuses in words of its own, and DEBUG is switched off for everybody.
            return any(each in said for each in ("permission", "can't run this command", "not allowed"))
    return False


@pytest.fixture
async def day_of_the_engine(postgres_and_redis: RealStack) -> AsyncIterator[Redis]:
    async with Redis.from_url(postgres_and_redis.env["REDIS_URL"]) as engine:
        await engine.hset("lr:day:1:w", mapping={"replies": 3})
        await engine.set("lr:turn:1", "what a lead wrote")
        await engine.sadd("lr:day:list:1", "lr:day:1:w")
        yield engine
        assert await engine.hgetall("lr:day:1:w") == {b"replies": b"3"}
        assert await engine.get("lr:turn:1") == b"what a lead wrote"
        await engine.delete("lr:day:1:w", "lr:turn:1", "lr:day:list:1")


async def test_the_workflows_read_the_counters_and_keep_keys_of_their_own(
    postgres_and_redis: RealStack, day_of_the_engine: Redis
):
    async with Redis.from_url(postgres_and_redis.env["LEAD_REVIVER_N8N_REDIS_URL"]) as n8n:
        assert await n8n.smembers("lr:day:list:1") == {b"lr:day:1:w"}
        assert await n8n.hgetall("lr:day:1:w") == {b"replies": b"3"}
        assert await n8n.type("lr:day:1:w") == b"hash"
        await n8n.set("n8n:mine", "1", ex=5)
        assert await n8n.incr("n8n:mine") == 2


@pytest.mark.parametrize("command", [*map(str.split, DANGEROUS + ENGINE_KEYS + DAY_KEYS), *SCRIPTS], ids=" ".join)
async def test_the_workflows_do_nothing_else_in_redis(
    postgres_and_redis: RealStack, day_of_the_engine: Redis, command: list[str]
):
    assert await refused(postgres_and_redis.env["LEAD_REVIVER_N8N_REDIS_URL"], command)


@pytest.mark.parametrize(
    "command",
    [*map(str.split, (*DANGEROUS, *ENGINE_KEYS, *DAY_KEYS, "HGETALL lr:day:1:w", "SMEMBERS lr:day:list:1")), *SCRIPTS],
    ids=" ".join,
)
async def test_the_queue_of_n8n_touches_nothing_of_ours(
    postgres_and_redis: RealStack, day_of_the_engine: Redis, command: list[str]
):
    assert await refused(postgres_and_redis.env["LEAD_REVIVER_N8N_QUEUE_REDIS_URL"], command)


async def test_the_queue_of_n8n_runs_scripts_over_its_own_keys(postgres_and_redis: RealStack):
    async with Redis.from_url(postgres_and_redis.env["LEAD_REVIVER_N8N_QUEUE_REDIS_URL"]) as queue:
        script = "return redis.call('SET', KEYS[1], 'x', 'EX', 5)"
        assert await queue.eval(script, 1, "n8n:bull:jobs:1") == b"OK"


# --- n8n's own database user -----------------------------------------------------------------------------------------


async def test_n8n_has_a_database_of_its_own_and_reads_nothing_of_the_record(n8n_stack: RealStack):
    own = n8n_stack.env["LEAD_REVIVER_N8N_DATABASE_URL"]
    record = urlsplit(n8n_stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"]).path
    assert urlsplit(own).path != record
    connection = await asyncpg.connect(urlsplit(own)._replace(path=record).geturl())
    try:
        tables = await connection.fetch(
            "select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm')"
            " and n.nspname in ('public', 'engine', 'private', 'auth')"
        )
        assert {f"public.{each}" for each in TABLES} <= {row["name"] for row in tables}
        for row in tables:
            for statement in (f"select * from {row['name']} limit 1", f"delete from {row['name']}"):
                with pytest.raises(InsufficientPrivilegeError):
                    await connection.execute(statement)
        for statement in (
            "create table public.mine (id int)",
            "create schema mine",
            "set role postgres",
            "set role engine",
            "set role n8n_worker",
            "set role service_role",
            f"select public.apply_day_counters('{NOBODY}', '{DAY}', '{NOBODY}', '{{}}')",
            "alter role n8n superuser",
        ):
            with pytest.raises(InsufficientPrivilegeError):
                await connection.execute(statement)
        assert not any(
            await connection.fetchrow(
                "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles"
                " where rolname = current_user"
            )
        )
    finally:
        await connection.close()


async def test_the_engine_does_not_read_n8ns_database(n8n_stack: RealStack):
    own = urlsplit(n8n_stack.env["LEAD_REVIVER_N8N_DATABASE_URL"]).path
    with pytest.raises(InsufficientPrivilegeError):
        await asyncpg.connect(urlsplit(n8n_stack.env["DATABASE_URL"])._replace(path=own).geturl())


# --- Keys and doors --------------------------------------------------------------------------------------------------


def a_call_signed_with(key: str, **claims: Any) -> str:
    """Return a token like the engine's own for one call to n8n."""
    now = int(time.time())
    return jwt.encode({"iss": "lead-reviver", "iat": now, "exp": now + 60, **claims}, key, algorithm="HS256")


async def status_of(verb: str, url: str, bearer: str | None = None, **more: Any) -> int:
    headers = {**({"Authorization": f"Bearer {bearer}"} if bearer else {}), **more.pop("headers", {})}
    async with (
        aiohttp.ClientSession() as session,
        session.request(verb, url, headers=headers, allow_redirects=False, **more) as answer,
    ):
        return answer.status


def steps_of_the_workflows() -> set[str]:
    urls = [each["parameters"].get("url", "") for ours in our_workflows() for each in ours.content["nodes"]]
    return {url.rpartition("/steps/")[2] for url in urls if "/steps/" in url} | set(STEPS)


async def test_each_key_opens_its_own_door_at_the_engine_and_no_other(n8n_stack: RealStack):
    gateway, env = n8n_stack.urls["gateway"], n8n_stack.env
    assert gateway is not None
    gateway = f"{urlsplit(gateway).scheme}://{urlsplit(gateway).netloc}"
    workspace = await make_workspace(n8n_stack)
    user, steps, webhook = (
        workspace.owner.access_token,
        env["LEAD_REVIVER_STEPS_KEY"],
        env["LEAD_REVIVER_N8N_WEBHOOK_KEY"],
    )
    pages = f"{gateway}/api/system?workspace_id={workspace.workspace_id}"

    assert await status_of("GET", pages, user) == 200
    assert await status_of("POST", f"{gateway}/steps/load", steps, json={"turns": []}) == 200

    strangers = {"steps": steps, "webhook": webhook, "call": a_call_signed_with(webhook), "worker": worker_token(env)}
    for name, key in strangers.items():
        assert await status_of("GET", pages, key) == 401, name
    strangers = {**strangers, "user": user or "", "publishable": env["SUPABASE_PUBLISHABLE_KEY"], "nothing": ""}
    del strangers["steps"]
    for step in sorted(steps_of_the_workflows()):
        for name, key in strangers.items():
            assert await status_of("POST", f"{gateway}/steps/{step}", key, json={}) == 401, (step, name)
    for key in (steps, webhook):
        made_up = b'{"object": "whatsapp_business_account", "entry": []}'
        sent = await status_of("POST", f"{gateway}/webhooks/whatsapp", data=made_up, headers=signature(made_up, key))
        assert sent == 401


async def test_n8n_takes_calls_of_the_engine_alone(n8n_stack: RealStack):
    env = n8n_stack.env
    key, now = env["LEAD_REVIVER_N8N_WEBHOOK_KEY"], int(time.time())
    wrong = {
        "nothing": None,
        "the key itself": key,
        "the steps' key": env["LEAD_REVIVER_STEPS_KEY"],
        "another key": a_call_signed_with("x" * 40),
        "a call of an hour ago": a_call_signed_with(key, iat=now - 3600, exp=now - 3540),
        "not signed": jwt.encode({"iss": "lead-reviver", "exp": now + 60}, "", algorithm="none"),
        "a worker": worker_token(env),
    }
    for path in ("inbound-messages", "delivery-statuses", "take-in-leads"):
        for name, bearer in wrong.items():
            status = await status_of(
                "POST", f"{env['LEAD_REVIVER_N8N_URL']}/webhook/{path}", bearer, json={"turns": []}
            )
            assert status in (401, 403), (path, name)
    good = a_call_signed_with(key)
    url = f"{env['LEAD_REVIVER_N8N_URL']}/webhook/inbound-messages"
    assert await status_of("POST", url, good, json={"turns": []}) == 200


async def test_nobody_uses_the_editor_without_signing_in(n8n_stack: RealStack):
    editor = n8n_stack.env["LEAD_REVIVER_N8N_EDITOR_URL"]
    for path in ("workflows", "credentials", "executions", "users"):
        assert await status_of("GET", f"{editor}/rest/{path}") == 401
        assert await status_of("GET", f"{editor}/rest/{path}", n8n_stack.env["LEAD_REVIVER_STEPS_KEY"]) == 401
    assert await status_of("GET", f"{editor}/api/v1/workflows", headers={"X-N8N-API-KEY": "x"}) in (401, 404)


async def test_n8n_listens_on_loopback_alone(n8n_stack: RealStack):
    pid = n8n_stack.pid_of("n8n")
    assert pid is not None
    process = psutil.Process(pid)
    listening = {
        address.laddr.ip
        for each in (process, *process.children(recursive=True))
        for address in each.net_connections()
        if address.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


async def test_the_gateway_never_leads_to_n8n(n8n_stack: RealStack):
    gateway, env = n8n_stack.urls["gateway"], n8n_stack.env
    assert gateway is not None
    key = a_call_signed_with(env["LEAD_REVIVER_N8N_WEBHOOK_KEY"])
    headers = {"Authorization": f"Bearer {key}", "Host": urlsplit(env["LEAD_REVIVER_N8N_EDITOR_URL"]).netloc}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def look(verb: str, path: str) -> None:
            async with session.request(verb, f"{gateway.rstrip('/')}{path}", json={}) as answer:
                body = (await answer.text()).lower()
                assert "n8n" not in body, path
                assert verb == "GET" or answer.status in (404, 405), path

        gets = (
            "/rest/settings",
            "/rest/workflows",
            "/signin",
            "/workflows",
            "/n8n",
            "/n8n/",
            "/rest/push",
            "/types/nodes.json",
        )
        posts = (
            "/rest/login",
            "/webhook/inbound-messages",
            "/webhook-test/inbound-messages",
            "/n8n/webhook/take-in-leads",
        )
        await asyncio.gather(*(look("GET", each) for each in gets), *(look("POST", each) for each in posts))
