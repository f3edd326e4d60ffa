"""The program's own roles hold what they need and nothing beyond, on PostgreSQL 18 and 15."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from asyncpg.exceptions import InsufficientPrivilegeError

from lead_reviver.storage.database import as_member, connect_pool

from .expectations import EXPECTED, TABLES, places_seen, rights_of
from .hosted import Record
from .servers import Postgres
from .world import SIGNED_UP

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

HELD = """
select n.nspname || '.' || c.relname as table, lower(a.privilege_type) as right
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join aclexplode(c.relacl) a
where c.relkind in ('r', 'p', 'v', 'm') and a.grantee = $1::regrole
union all
select n.nspname || '.' || c.relname, lower(a.privilege_type) || '(' || t.attname || ')'
from pg_attribute t
join pg_class c on c.oid = t.attrelid
join pg_namespace n on n.oid = c.relnamespace
cross join aclexplode(t.attacl) a
where a.grantee = $1::regrole
"""


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def engine(hosted: Postgres, record: Record) -> AsyncIterator[asyncpg.Connection]:
    admin = await hosted.connect()
    await admin.execute("alter role engine login")
    await admin.close()
    connection = await hosted.connect("engine")
    yield connection
    await connection.close()


async def refuses(connection: asyncpg.Connection, statement: str) -> bool:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(statement)
    except InsufficientPrivilegeError:
        return True
    finally:
        await transaction.rollback()
    return False


@pytest.mark.parametrize("role", ["engine", "n8n_worker"])
async def test_a_role_of_the_program_is_nobody_special(engine: asyncpg.Connection, role: str):
    attributes = await engine.fetchrow(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit"
        " from pg_roles where rolname = $1",
        role,
    )
    assert not any(attributes)


@pytest.mark.parametrize("role", ["engine", "n8n_worker"])
async def test_a_role_of_the_program_holds_exactly_these_rights(engine: asyncpg.Connection, role: str):
    held: dict[str, set[str]] = {table: set() for table in rights_of(role)}
    for row in await engine.fetch(HELD, role):
        held.setdefault(row["table"], set()).add(row["right"])
    assert held == rights_of(role)


async def test_the_roles_belong_to_no_others(engine: asyncpg.Connection):
    memberships = await engine.fetch(
        "select m.roleid::regrole::text as of, m.member::regrole::text as member from pg_auth_members m"
        " where m.member in ('engine'::regrole, 'n8n_worker'::regrole)"
        " or (m.roleid in ('engine'::regrole, 'n8n_worker'::regrole) and m.member <> 'postgres'::regrole)"
    )
    assert {(row["of"], row["member"]) for row in memberships} == {
        ("authenticated", "engine"),  # to see a page as its member does
        ("n8n_worker", "authenticator"),  # so that PostgREST serves its token
    }


@pytest.mark.parametrize(
    "statement",
    [
        "create table public.mine (id int)",
        "create table engine.mine (id int)",
        "create table private.mine (id int)",
        "create schema mine",
        "create role mine",
        "create function public.mine() returns int language sql as 'select 1'",
        "alter table public.leads disable row level security",
        "alter table public.leads add column mine int",
        'drop policy "Members read leads, agents their own and unowned ones" on public.leads',
        "truncate public.leads cascade",
        "select email, encrypted_password from auth.users",
        "insert into auth.users (id) values (gen_random_uuid())",
        "select private.my_workspace_ids()",
        "update public.audit_log set action = 'nothing'",
        "delete from public.audit_log",
        "update public.consents set given_at = now()",
        "delete from public.consents",
        "update public.suppressions set scope = 'marketing'",
        "update public.suppressions set identity_hash = identity_hash",
        "update public.daily_metrics set value = 0",
        "update engine.metric_generations set value = 0",
        "set role postgres",
        "set role service_role",
        "set role n8n_worker",
        "set role authenticator",
        "alter role engine bypassrls",
    ],
)
async def test_the_engine_may_not(engine: asyncpg.Connection, statement: str):
    assert await refuses(engine, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from public.leads",
        "select * from engine.secrets",
        "update public.workspaces set name = 'x'",
        "insert into public.daily_metrics (workspace_id, day, metric) select id, now(), 'm' from public.workspaces",
        "create table public.mine (id int)",
        "select * from auth.users",
    ],
)
async def test_the_workflows_may_not(record: Record, statement: str):
    async with record.acting_as("n8n_worker") as connection:
        assert await refuses(connection, statement)


@pytest.mark.parametrize("person", [person for person in EXPECTED["leads"] if person in SIGNED_UP])
async def test_the_engine_in_a_members_place_sees_what_the_member_sees(
    hosted: Postgres, engine: asyncpg.Connection, record: Record, person: str
):
    pool = await connect_pool(hosted.dsn("engine"), size=1)
    try:
        for table in TABLES:
            async with as_member(pool, {"sub": record.users[person], "role": "authenticated"}) as connection:
                rows = await connection.fetch(f"select to_jsonb(t) as row from {table} t")
            assert {record.seeded.key(table, row["row"]) for row in rows} == record.seeded.keys_at(
                table, places_seen(table, person)
            ), table
            async with pool.acquire() as connection:  # and is itself again afterwards
                assert await connection.fetchval("select current_user") == "engine"
    finally:
        await pool.close()


async def test_the_engine_sees_every_workspace_as_itself(engine: asyncpg.Connection, record: Record):
    found = {str(row["id"]) for row in await engine.fetch("select id from workspaces")}
    assert found >= record.seeded.workspace_ids
