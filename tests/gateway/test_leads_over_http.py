"""Leads over HTTP, as somebody's form or CRM sends them to a running gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from lead_reviver.campaigns.lead_requests import pack
from lead_reviver.decide.lead_rows import FIELDS
from lead_reviver.storage.secrets import Vault
from tests.campaigns.leads import a_row, json_of, signed
from tests.fakes import GraphStandIn
from tests.integration.engine_process import EngineProcess, Link, an_engine
from tests.real_stack import Workspace, make_workspace


@dataclass
class Source:
    """Somebody's CRM: it knows where to send leads and how to sign them."""

    url: str
    workspace_id: str
    secret: str

    async def post(self, body: bytes, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, Any]:
        """Send a delivery; return the status and what was said."""
        signature = signed(body, self.secret, **more) if headers is None else headers
        url = f"{self.url}/webhooks/leads/{self.workspace_id}"
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=signature) as answer:
            said = await answer.read()
            return answer.status, json.loads(said) if said else None


async def make_secret(engine: EngineProcess, workspace: Workspace, who: str = "owner") -> tuple[int, Any]:
    """Ask the API for a secret, as somebody."""
    url = f"{engine.url}/api/lead-sources/secret?workspace_id={workspace.workspace_id}"
    headers = {"Authorization": f"Bearer {getattr(workspace, who).access_token}"}
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.fixture(scope="module")
def workspace(engine: EngineProcess) -> Workspace:
    return asyncio.run(make_workspace(engine.stack))


@pytest.fixture(scope="module")
def source(engine: EngineProcess, workspace: Workspace) -> Source:
    _, made = asyncio.run(make_secret(engine, workspace))
    return Source(engine.url, workspace.workspace_id, made["secret"])


@pytest.fixture
async def record(engine: EngineProcess) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(engine.stack.env["DATABASE_URL"])
    yield connection
    await connection.close()


async def test_signed_leads_are_taken_in_and_each_row_is_answered(source: Source, record: Any):
    row = a_row()
    status, said = await source.post(json_of(row, {"name": "Bo"}))
    assert status == 200
    assert [each["fate"] for each in said["rows"]] == ["created", "refused"]
    found = await record.fetchrow("select phone, workspace_id from leads where id = $1", said["rows"][0]["lead_id"])
    assert (found["phone"], str(found["workspace_id"])) == (row["phone"], source.workspace_id)
    assert (await source.post(json_of(row)))[1]["unchanged"] == 1


async def test_a_sheet_is_taken_in(source: Source):
    status, said = await source.post(b"phone,name\n+34600999888,Ana\n", kind="text/csv; charset=utf-8")
    assert (status, said["rows"][0]["row"]) == (200, 2)


async def test_a_lead_of_a_gateway_without_an_engine_is_taken_in_as_well(
    engine: EngineProcess, graph: GraphStandIn, source: Source
):
    with an_engine(engine.stack, graph, PARTS="gateway") as gateway:
        alone = Source(gateway.url, source.workspace_id, source.secret)
        assert (await alone.post(json_of(a_row())))[1]["created"] == 1


WRONG = ["none", "nonsense", "another secret", "another body", "six minutes old", "six minutes early"]


@pytest.mark.parametrize("wrong", WRONG)
async def test_whoever_does_not_know_the_secret_gets_401_without_a_word(source: Source, wrong: str):
    body = json_of(a_row())
    headers = {
        "none": {},
        "nonsense": {"X-Lead-Reviver-Signature": "t=1,v1=\xfc"},
        "another secret": signed(body, "guess"),
        "another body": signed(body + b" ", source.secret),
        "six minutes old": signed(body, source.secret, ago=360),
        "six minutes early": signed(body, source.secret, ago=-360),
    }[wrong]
    assert await source.post(body, headers) == (401, None)


@pytest.mark.parametrize("path", ["x", str(uuid7()), "../whatsapp", "", "%00", "{id}/more"])
async def test_an_address_without_a_secret_is_401_too(source: Source, path: str):
    stranger = Source(source.url, path.replace("{id}", source.workspace_id), source.secret)
    assert (await stranger.post(json_of(a_row())))[0] == 401


async def test_another_workspaces_secret_opens_nothing_here(engine: EngineProcess, source: Source):
    other = await make_workspace(engine.stack, "Rivals")
    _, made = await make_secret(engine, other)
    assert (await Source(source.url, source.workspace_id, made["secret"]).post(json_of(a_row())))[0] == 401


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "not_readable"),
        (b"{", 400, "not_readable"),
        (b"7", 422, "bad_input"),
        (b"[]", 422, "bad_input"),
        (b"[" + b"{}," * 1000 + b"{}]", 422, "bad_input"),
    ],
    ids=["empty", "broken", "a number", "no rows", "too many rows"],
)
async def test_a_body_that_cannot_be_used_is_refused_in_words(source: Source, body: bytes, status: int, reason: str):
    got, said = await source.post(body)
    assert (got, said["reason"]) == (status, reason)
    assert said["title"].endswith(".")


async def test_a_body_beyond_2_mb_is_413_whoever_sends_it(source: Source):
    assert (await source.post(b" " * (2 * 1024 * 1024 + 1), {}))[0] == 413
    assert (await source.post(b"[" + b" " * (2 * 1024 * 1024 - 3) + b"{}", {}))[0] == 401


async def test_a_form_in_a_browser_cannot_ask_for_anything_but_post(source: Source):
    url = f"{source.url}/webhooks/leads/{source.workspace_id}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 405


async def test_while_the_database_is_away_it_is_503_and_the_same_again_works(source: Source, database_link: Link):
    body = json_of(a_row())
    database_link.cut()
    try:
        status, said = await source.post(body)
        assert (status, said["reason"]) == (503, "try_again")
    finally:
        database_link.mend()
    assert (await source.post(body))[1]["created"] == 1


async def test_no_number_name_or_secret_is_in_the_log(engine: EngineProcess, source: Source):
    row = a_row(name="Zacharias Unmistakable")
    await source.post(json_of(row, {"phone": row["phone"] + "1"}))
    log = engine.log.read_text()
    assert not [each for each in (row["phone"], "Unmistakable", source.secret) if each in log]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["what", "when", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
spanish = st.integers(600_000_000, 799_999_999).map(str)
rows = anything | st.fixed_dictionaries(
    {"phone": spanish | anything}, optional=dict.fromkeys(sorted(FIELDS - {"phone"}), anything)
)
FUZZ = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(batch=st.lists(rows, min_size=1, max_size=8))
@FUZZ
def test_whatever_a_signed_row_holds_it_has_a_fate(source: Source, batch: list[Any]):
    status, said = asyncio.run(source.post(json_of(*batch)))
    assert status == 200, said
    assert [each["row"] for each in said["rows"]] == list(range(1, len(batch) + 1))
    assert all(
        (each["lead_id"] is None) == (each["fate"] == "refused") == bool(each["reason"]) for each in said["rows"]
    )


@given(
    body=st.binary(max_size=300),
    kind=st.sampled_from(["application/json", "text/csv", "text/csv; charset=utf-16", "x"]),
)
@FUZZ
def test_whatever_is_signed_is_answered_and_never_with_a_5xx(source: Source, body: bytes, kind: str):
    status, _ = asyncio.run(source.post(body, kind=kind))
    assert status in (200, 400, 422)


def vault_of(engine: EngineProcess) -> Vault:
    return Vault(engine.env["LEAD_REVIVER_ENCRYPTION_KEYS"])


async def step(engine: EngineProcess, packed: bytes, key: str | None = None) -> tuple[int, Any]:
    """Call the step, as the workflow does."""
    headers = {"Authorization": f"Bearer {engine.env['LEAD_REVIVER_STEPS_KEY'] if key is None else key}"}
    url = f"{engine.url}/steps/take-in-leads"
    async with aiohttp.ClientSession() as session, session.post(url, data=packed, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_the_step_takes_what_the_gateway_packed_once_however_often_it_is_called(
    engine: EngineProcess, source: Source
):
    body = json_of(a_row())
    packed = pack(vault_of(engine), source.workspace_id, body, signed(body, source.secret, ago=1800))
    assert (await step(engine, packed))[1]["created"] == 1
    assert (await step(engine, packed))[1]["unchanged"] == 1


async def test_the_step_asks_for_its_key_and_for_the_senders_signature(engine: EngineProcess, source: Source):
    body = json_of(a_row())
    good = pack(vault_of(engine), source.workspace_id, body, signed(body, source.secret))
    status, said = await step(engine, good, key="wrong")
    assert (status, said["reason"]) == (401, "wrong_key")
    for headers in ({}, signed(body, "guess"), signed(body, source.secret, ago=3700)):
        status, said = await step(engine, pack(vault_of(engine), source.workspace_id, body, headers))
        assert (status, said["reason"]) == (401, "signature")


@pytest.mark.parametrize(
    "packed", [b"", b"{", b"[]", b"{}", b'{"workspace_id": "x", "body": "?", "headers": {}}', b"\xff"]
)
async def test_the_step_refuses_what_no_gateway_packed(engine: EngineProcess, packed: bytes):
    status, said = await step(engine, packed)
    assert (status, said["reason"]) == (422, "bad_input")


@pytest.mark.parametrize(("who", "expected"), [("owner", 201), ("manager", 403), ("agent", 403), ("viewer", 403)])
async def test_only_an_owner_makes_the_secret(engine: EngineProcess, workspace: Workspace, who: str, expected: int):
    other = await make_workspace(engine.stack)
    assert (await make_secret(engine, other, who))[0] == expected


async def test_a_secret_is_shown_once_kept_unreadable_and_written_into_the_audit_log(
    engine: EngineProcess, record: Any
):
    workspace = await make_workspace(engine.stack)
    _, first = await make_secret(engine, workspace)
    _, second = await make_secret(engine, workspace)
    assert first["previous_valid_until"] is None
    assert second["previous_valid_until"] is not None
    assert first["path"] == f"/webhooks/leads/{workspace.workspace_id}"
    for each in (first, second):
        assert (await Source(engine.url, workspace.workspace_id, each["secret"]).post(json_of(a_row())))[0] == 200
    kept = await record.fetchval(
        "select ciphertext from engine.secrets where workspace_id = $1", workspace.workspace_id
    )
    assert second["secret"].encode() not in kept
    log = await record.fetch(
        "select actor_id, action, details from audit_log where workspace_id = $1", workspace.workspace_id
    )
    assert [(str(each["actor_id"]), each["action"]) for each in log] == [
        (workspace.owner.user_id, "make lead secret")
    ] * 2


async def test_a_stranger_makes_no_secret(engine: EngineProcess, workspace: Workspace):
    other = await make_workspace(engine.stack)
    url = f"{engine.url}/api/lead-sources/secret?workspace_id={workspace.workspace_id}"
    for headers, expected in (({}, 401), ({"Authorization": f"Bearer {other.owner.access_token}"}, 404)):
        async with aiohttp.ClientSession() as session, session.post(url, headers=headers) as answer:
            assert answer.status == expected
