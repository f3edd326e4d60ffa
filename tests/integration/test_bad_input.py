"""Whatever comes in: never a 5xx, never a crash, and nothing valid is lost beside it."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import Person, a_body, a_change, a_text, a_wamid, signature
from tests.integration.engine_process import EngineProcess, a_business_number
from tests.real_stack import eventually

BOUNDED = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)
PATHS = ("/api/system?workspace_id=x", "/api/sign-out", "/steps/load", "/api/%00")


@pytest.fixture(scope="module")
def number(engine: EngineProcess) -> str:
    """A business number of ours, so that what is broken is not only kept but looked at."""
    return asyncio.run(a_business_number(engine.stack))


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        await answer.read()
        return answer.status


async def kept(engine: EngineProcess, wamid: str) -> bool:
    record = await asyncpg.connect(engine.stack.env["DATABASE_URL"])
    try:
        return bool(await record.fetchval("select count(*) = 1 from engine.inbox where wamid = $1", wamid))
    finally:
        await record.close()


@given(body=st.binary(max_size=300), signed=st.booleans())
@BOUNDED
def test_any_bytes_are_answered(engine: EngineProcess, body: bytes, signed: bool):
    headers = signature(body, engine.env["WHATSAPP_APP_SECRET"] if signed else "guess")
    assert asyncio.run(post(engine.webhook, body, headers)) in ((200, 400) if signed else (401,))


def places_in(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every value of a JSON tree."""
    found = [path] if path else []
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        found += places_in(value, (*path, key))
    return found


@given(data=st.data(), nonsense=json_values)
@BOUNDED
def test_nonsense_anywhere_in_a_body_harms_no_message_beside_it(
    engine: EngineProcess, number: str, data: st.DataObject, nonsense: Any
):
    ana = Person()
    broken = orjson.loads(a_body(a_change(number, contacts=[ana.contact()], messages=[a_text(ana, "broken")])))
    *way, last = data.draw(
        st.sampled_from([each for each in places_in(broken) if each[0] == "entry" and len(each) > 2])
    )
    target = broken
    for key in way:
        target = target[key]
    target[last] = copy.deepcopy(nonsense)
    good = a_text(ana, "good", wamid=a_wamid())
    broken["entry"].append({"id": "1", "changes": [a_change(number, contacts=[ana.contact()], messages=[good])]})
    body = orjson.dumps(broken)
    assert asyncio.run(post(engine.webhook, body, signature(body, engine.env["WHATSAPP_APP_SECRET"]))) == 200
    assert asyncio.run(kept(engine, str(good["id"])))


header_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=90)


@given(value=header_text, kind=header_text)
@BOUNDED
def test_any_headers_are_answered(engine: EngineProcess, value: str, kind: str):
    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(engine.env["LEAD_REVIVER_PORT"]))
        fields = f"X-Hub-Signature-256: {value}\r\nContent-Type: {kind}\r\nAuthorization: {value}\r\n"
        head = (
            f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\n{fields}Connection: close\r\nContent-Length: 2\r\n\r\n{{}}"
        )
        writer.write(head.encode("latin-1"))
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return answer

    assert asyncio.run(ask()).split(b" ")[1] in (b"401", b"400")


@given(token=header_text, path=st.sampled_from(PATHS))
@BOUNDED
def test_any_token_is_refused(engine: EngineProcess, token: str, path: str):
    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(engine.env["LEAD_REVIVER_PORT"]))
        fields = f"Authorization: Bearer {token}\r\nConnection: close\r\nContent-Length: 2\r\n"
        writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n{{}}".encode("latin-1"))
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return answer

    assert asyncio.run(ask()).split(b" ")[1][:1] == b"4"


async def test_the_engine_has_survived_it_all(engine: EngineProcess):
    record = await asyncpg.connect(engine.stack.env["DATABASE_URL"])

    async def all_looked_at() -> bool:
        return not await record.fetchval("select count(*) from engine.inbox where state = 'new'")

    await eventually(all_looked_at, 20, "every event looked at")
    assert engine.process.poll() is None
    parked = await record.fetch("select kind, reason from engine.inbox where state = 'parked'")
    await record.close()
    assert parked == []
    assert "Exception in ASGI application" not in engine.log.read_text()
