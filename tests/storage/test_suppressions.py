"""A no outlives the lead, a re-import and every way to write the same number."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from lead_reviver.errors import BadInput
from lead_reviver.storage.database import connect_pool, new_id, transaction
from lead_reviver.storage.suppressions import identity_hash, lift, suppress, suppressed_scopes
from tests.real_stack import RealStack, Workspace, make_workspace

KEY = b"a key of the tests, long enough"
ANA = identity_hash(KEY, "phone", "+34611222333")
BO = identity_hash(KEY, "bsuid", "ES.9Kd82LmQ4")


@pytest_asyncio.fixture
async def pool(postgres_and_redis: RealStack) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect_pool(postgres_and_redis.env["DATABASE_URL"], size=2)
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def workspace(postgres_and_redis: RealStack) -> Workspace:
    return await make_workspace(postgres_and_redis)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("phone", "+34611222333"), ("wa_id", "34611222333")),
        (("phone", "+34 611-222-333"), ("wa_id", "34611222333")),
        (("phone", "+525512345678"), ("wa_id", "5215512345678")),
        (("phone", "+541123456789"), ("wa_id", "5491123456789")),
        (("phone", "+5511987654321"), ("wa_id", "551187654321")),
    ],
    ids=["plus", "punctuation", "Mexico", "Argentina", "Brazil"],
)
def test_a_number_hashes_alike_however_it_is_spelled(one: tuple[str, str], other: tuple[str, str]):
    assert identity_hash(KEY, *one) == identity_hash(KEY, *other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("phone", "+34611222333"), ("phone", "+34611222334")),
        (("phone", "+5511987654321"), ("phone", "+551137654321")),
        (("bsuid", "ES.9Kd82LmQ4"), ("bsuid", "ES.9KD82LMQ4")),
        (("bsuid", "ES.34611222333"), ("phone", "+34611222333")),
        (("bsuid", "ES.A1"), ("parent_bsuid", "ES.ENT.A1")),
    ],
    ids=["another number", "a landline in Brazil", "case of a user id", "user id of digits", "parent"],
)
def test_other_people_hash_otherwise(one: tuple[str, str], other: tuple[str, str]):
    assert identity_hash(KEY, *one) != identity_hash(KEY, *other)


def test_a_user_id_where_a_number_belongs_is_still_the_same_person():
    assert identity_hash(KEY, "wa_id", "ES.9Kd82LmQ4") == BO


def test_another_key_gives_other_hashes():
    assert identity_hash(b"another key of the tests", "phone", "+34611222333") != ANA
    assert len(ANA) == 32


@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", ""), ("phone", "Ana"), ("bsuid", "34611222333"), ("email", "a@b"), ("external_id", "ES.9Kd82LmQ4")],
)
def test_what_is_no_identity_is_refused_without_being_repeated(kind: str, value: str):
    with pytest.raises(BadInput) as refused:
        identity_hash(KEY, kind, value)
    assert not value or value not in str(refused.value)


@pytest.mark.stack
async def test_a_batch_learns_in_one_go_who_said_no_to_what(
    pool: asyncpg.Pool, postgres_and_redis: RealStack, workspace: Workspace
):
    rivals = await make_workspace(postgres_and_redis, "Rivals")
    here, there = workspace.workspace_id, rivals.workspace_id
    async with transaction(pool) as connection:
        await suppress(connection, [(here, ANA), (here, ANA), (here, BO)], scope="marketing", reason="turned it off")
        await suppress(connection, [(here, ANA)], scope="all", reason="said stop")

        found = await suppressed_scopes(connection, [(here, ANA), (here, BO), (there, ANA), (here, ANA), (there, BO)])

        assert {person: set(scopes) for person, scopes in found.items()} == {
            (here, ANA): {"all", "marketing"},
            (here, BO): {"marketing"},
        }
        assert await suppressed_scopes(connection, []) == {}


@pytest.mark.stack
async def test_a_no_that_is_said_again_counts_from_then(pool: asyncpg.Pool, workspace: Workspace):
    person = (workspace.workspace_id, ANA)
    async with transaction(pool) as connection:
        await suppress(connection, [person], scope="all", reason="said stop")
        first = (await suppressed_scopes(connection, [person]))[person]["all"]
    async with transaction(pool) as connection:
        await suppress(connection, [person], scope="all", reason="said stop")
        assert (await suppressed_scopes(connection, [person]))[person]["all"] > first


@pytest.mark.stack
async def test_a_no_that_is_taken_back_is_gone_for_that_scope_alone(pool: asyncpg.Pool, workspace: Workspace):
    person = (workspace.workspace_id, ANA)
    async with transaction(pool) as connection:
        await suppress(connection, [person], scope="all", reason="said stop")
        await suppress(connection, [person], scope="marketing", reason="turned it off")
        await lift(connection, [person], scope="marketing")
        await lift(connection, [person], scope="marketing")

        assert set((await suppressed_scopes(connection, [person]))[person]) == {"all"}


@pytest.mark.stack
async def test_a_lead_who_said_stop_is_still_known_after_being_erased_and_imported_again(
    pool: asyncpg.Pool, workspace: Workspace
):
    async def arrive() -> str:
        lead_id = new_id()
        await connection.execute(
            "insert into leads (id, workspace_id, phone, source) values ($1, $2, '+34611222333', 'import')",
            lead_id,
            workspace.workspace_id,
        )
        return lead_id

    person = (workspace.workspace_id, ANA)
    async with transaction(pool) as connection:
        lead_id = await arrive()
        await suppress(connection, [person], scope="all", reason="said stop")
        await connection.execute("delete from leads where id = $1", lead_id)
        await arrive()

        assert set((await suppressed_scopes(connection, [person]))[person]) == {"all"}
