"""The webhook of a running engine, over HTTP, as Meta uses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest

from tests.builders import Person, a_body, a_change, a_status, a_text, a_wamid, messages_of, signature, statuses_of
from tests.integration.engine_process import PREVIOUS_SECRET, EngineProcess, Link, a_business_number
from tests.real_stack import eventually

UNKNOWN_NUMBER = "799999999999"
"""A business number that is set up nowhere here: what comes for it is kept and left alone."""


@pytest.fixture
async def number(engine: EngineProcess) -> str:
    return await a_business_number(engine.stack)


@pytest.fixture
async def record(engine: EngineProcess) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(engine.stack.env["DATABASE_URL"])
    yield connection
    await connection.close()


async def get(engine: EngineProcess, query: dict[str, str]) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(engine.webhook, params=query) as answer,
    ):
        return answer.status, await answer.text()


async def kept(record: Any, wamids: list[str]) -> int:
    """Return how many events about these messages are in the inbox."""
    return int(await record.fetchval("select count(*) from engine.inbox where wamid = any ($1::text[])", wamids))


async def test_meta_verifies_the_address_and_gets_its_challenge_back(engine: EngineProcess):
    token = engine.env["WHATSAPP_VERIFY_TOKEN"]
    answer = await get(engine, {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"})
    assert answer == (200, "1158201444")


@pytest.mark.parametrize(
    "wrong",
    [{"hub.verify_token": "guess"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": "ü€"}],
)
async def test_somebody_who_does_not_know_the_verify_token_gets_403(engine: EngineProcess, wrong: dict[str, str]):
    right = {"hub.mode": "subscribe", "hub.verify_token": engine.env["WHATSAPP_VERIFY_TOKEN"], "hub.challenge": "77"}
    assert await get(engine, right | wrong) == (403, "")


async def test_a_message_signed_with_the_app_secret_is_kept(engine: EngineProcess, number: str, record: Any):
    message = a_text(Person(), "Hello")
    assert await engine.post(messages_of(number, Person(), message)) == 200
    assert await kept(record, [message["id"]]) == 1


async def test_a_message_signed_with_the_secret_before_a_rotation_is_kept(
    engine: EngineProcess, number: str, record: Any
):
    message = a_text(Person(), "Hello")
    body = messages_of(number, Person(), message)
    assert await engine.post(body, signature(body, PREVIOUS_SECRET)) == 200
    assert await kept(record, [message["id"]]) == 1


async def test_a_body_with_a_wrong_or_missing_signature_gets_401_without_a_word(
    engine: EngineProcess, number: str, record: Any
):
    message = a_text(Person(), "Hello")
    body = messages_of(number, Person(), message)
    right = signature(body, engine.env["WHATSAPP_APP_SECRET"])["X-Hub-Signature-256"]
    wrong: list[dict[str, str]] = [
        {},
        signature(body, "somebody else's secret"),
        signature(body + b" ", engine.env["WHATSAPP_APP_SECRET"]),
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": right.removeprefix("sha256=")},
        {"X-Hub-Signature-256": right[:-1]},
        {"X-Hub-Signature-256": right.replace("sha256=", "sha1=")},
        {"X-Hub-Signature-256": "sha256=" + "é" * 64},
        {"X-Hub-Signature": right},
    ]
    async with aiohttp.ClientSession() as session:
        for headers in wrong:
            async with session.post(engine.webhook, data=body, headers=headers) as answer:
                assert (answer.status, await answer.read()) == (401, b""), headers
    assert await kept(record, [message["id"]]) == 0


@pytest.mark.parametrize("body", [b"", b"hello", b"{", b'{"a":1}x', b"\xff\xfe", b'{"a":' * 2000])
async def test_a_signed_body_that_is_no_json_gets_400(engine: EngineProcess, body: bytes):
    assert await engine.post(body) == 400


async def test_a_body_beyond_four_megabytes_gets_413_with_or_without_its_length(engine: EngineProcess):
    body = b" " * (4 * 1024 * 1024 + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 64 * 1024):
            yield body[start : start + 64 * 1024]

    headers = signature(body, engine.env["WHATSAPP_APP_SECRET"])
    async with aiohttp.ClientSession() as session:
        async with session.post(engine.webhook, data=body, headers=headers) as answer:
            assert answer.status == 413
        try:
            async with session.post(engine.webhook, data=in_pieces(), headers=headers) as answer:
                assert "Transfer-Encoding" in answer.request_info.headers
                assert answer.status == 413
        except aiohttp.ClientConnectionError:
            pass  # refused before everything was read, which is as good


async def test_a_body_that_comes_in_pieces_without_a_length_is_kept(engine: EngineProcess, record: Any):
    message = a_text(Person(), "Hello")
    body = messages_of(UNKNOWN_NUMBER, Person(), message)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    headers = signature(body, engine.env["WHATSAPP_APP_SECRET"])
    async with (
        aiohttp.ClientSession() as session,
        session.post(engine.webhook, data=in_pieces(), headers=headers) as answer,
    ):
        assert answer.status == 200
    assert await kept(record, [message["id"]]) == 1


async def test_three_megabytes_with_a_thousand_updates_are_kept_once_however_often_they_come(
    engine: EngineProcess, record: Any
):
    person = Person()
    messages = [a_text(person, f"{n} " + "x" * 2700) for n in range(1000)]
    body = messages_of(UNKNOWN_NUMBER, person, *messages)
    assert 2_800_000 < len(body) < 4_000_000
    wamids = [str(each["id"]) for each in messages]

    assert await engine.post(body) == 200
    assert await kept(record, wamids) == 1000
    assert await asyncio.gather(*(engine.post(body) for _ in range(3))) == [200, 200, 200]
    assert await kept(record, wamids) == 1000


async def test_a_message_that_is_twice_in_one_body_and_in_two_bodies_at_once_is_stored_once(
    engine: EngineProcess, number: str, record: Any
):
    person = Person()
    message = a_text(person, "Hello")
    bodies = [messages_of(number, person, message, message) for _ in range(8)]
    assert set(await asyncio.gather(*(engine.post(each) for each in bodies))) == {200}
    assert await kept(record, [message["id"]]) == 1

    async def stored() -> int:
        return int(await record.fetchval("select count(*) from public.messages where wamid = $1", message["id"]))

    assert await eventually(stored, 5, "the message stored") == 1


async def test_every_message_and_status_of_two_entries_with_two_changes_each_is_kept(
    engine: EngineProcess, record: Any
):
    person = Person()
    wamids: list[str] = []
    entries = []
    for _ in range(2):
        changes = []
        for _ in range(2):
            messages = [a_text(person, "Hello") for _ in range(2)]
            statuses = [a_status(a_wamid(), name, person) for name in ("sent", "delivered")]
            wamids += [str(each["id"]) for each in messages + statuses]
            change = a_change(UNKNOWN_NUMBER, contacts=[person.contact()], messages=messages, statuses=statuses)
            changes.append(change)
        entries.append({"id": "900100200300400", "changes": changes})

    assert await engine.post(orjson.dumps({"object": "whatsapp_business_account", "entry": entries})) == 200
    assert await kept(record, wamids) == len(set(wamids)) == 16


async def test_a_message_for_a_business_number_that_is_not_set_up_is_kept_with_200(engine: EngineProcess, record: Any):
    message = a_text(Person(), "Hello")
    assert await engine.post(messages_of(UNKNOWN_NUMBER, Person(), message)) == 200

    async def fate() -> Any:
        row = await record.fetchrow("select state, reason from engine.inbox where wamid = $1", message["id"])
        return row if row["state"] != "new" else None

    row = await eventually(fate, 5, "the event looked at")
    assert row["state"] == "kept"
    assert "not set up" in row["reason"]


@pytest.mark.parametrize(
    "tree",
    [
        {},
        [],
        {"entry": []},
        {"object": "page", "entry": [{"id": "1", "changes": [{"field": "feed", "value": {"item": "post"}}]}]},
        {"entry": [{"changes": [{"field": "messages", "value": {"messages": [{"type": "text"}]}}]}]},
        {"entry": [{"changes": [{"field": "a_field_of_2027", "value": {"new": [1, 2]}}]}]},
    ],
)
async def test_what_nobody_knows_yet_is_taken_with_200(engine: EngineProcess, tree: Any):
    assert await engine.post(orjson.dumps(tree)) == 200


async def test_an_unknown_kind_is_kept_as_it_came(engine: EngineProcess, record: Any):
    surprise = {"sparkle": a_wamid(), "text": "caf\\u0000é"}
    assert await engine.post(a_body(a_change(UNKNOWN_NUMBER, "a_field_of_2027", **surprise))) == 200
    payload = await record.fetchval(
        "select payload from engine.inbox where kind = 'unknown' and strpos(payload, $1) > 0", surprise["sparkle"]
    )
    assert orjson.loads(payload)["value"]["sparkle"] == surprise["sparkle"]


async def test_other_methods_are_told_which_to_use(engine: EngineProcess):
    async with aiohttp.ClientSession() as session, session.put(engine.webhook, data=b"{}") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, POST"


async def test_while_the_database_is_away_meta_gets_503_and_what_it_repeats_is_kept(
    engine: EngineProcess, number: str, database_link: Link, record: Any
):
    person = Person()
    message = a_text(person, "Is the flat still there?")
    body = messages_of(number, person, message)
    database_link.cut()
    try:
        assert await engine.post(body) == 503
        assert await ready(engine) == (503, "down")
    finally:
        database_link.mend()

    async def taken() -> bool:
        return await engine.post(body) == 200

    await eventually(taken, 10, "the repeated webhook taken")
    assert await kept(record, [message["id"]]) == 1

    async def answered() -> Any:
        return engine.graph.sent_from(number)

    [answer] = await eventually(answered, 15, "the lead answered")
    assert answer.to == person.phone
    assert await ready(engine) == (200, "up")


async def ready(engine: EngineProcess) -> tuple[int, str]:
    """Return the status of /readyz and what it says about Postgres."""
    async with aiohttp.ClientSession() as session, session.get(f"{engine.url}/readyz") as answer:
        said = await answer.json()
        return answer.status, said["parts"]["postgres"].split(" ")[0]


async def test_health_says_that_the_process_lives_and_what_it_depends_on_by_name(engine: EngineProcess):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{engine.url}/healthz") as answer:
            assert answer.status == 200
        async with session.get(f"{engine.url}/readyz") as answer:
            assert answer.status == 200
            assert set((await answer.json())["parts"]) >= {"postgres", "redis", "supabase"}


async def test_metrics_count_what_was_accepted_refused_and_doubled(engine: EngineProcess):
    body = messages_of(UNKNOWN_NUMBER, Person(), a_text(Person(), "Hello"))
    before = await metrics(engine)
    await engine.post(body)
    await engine.post(body)
    await engine.post(body, {})
    await engine.post(b"{")
    after = await metrics(engine)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more("lead_reviver_webhooks_accepted_total") == 2
    assert more("lead_reviver_updates_duplicate_total") == 1
    assert more('lead_reviver_webhooks_refused_total{reason="signature"}') == 1
    assert more('lead_reviver_webhooks_refused_total{reason="not_json"}') == 1
    assert more("lead_reviver_inbox_commit_seconds_count") >= 1


async def metrics(engine: EngineProcess) -> dict[str, float]:
    """Return what /metrics says, by name with labels."""
    async with aiohttp.ClientSession() as session, session.get(f"{engine.url}/metrics") as answer:
        assert answer.status == 200
        lines = (await answer.text()).splitlines()
    return {name: float(value) for name, _, value in (each.rpartition(" ") for each in lines if each[0] != "#")}


async def test_metrics_show_turns_by_state_queue_age_and_sends_by_result(engine: EngineProcess, number: str):
    person = Person()
    await engine.post(messages_of(number, person, a_text(person, "Hello")))

    async def counted() -> bool:
        found = await metrics(engine)
        return any(name.startswith("lead_reviver_sends_total") and 'result="accepted"' in name for name in found)

    await eventually(counted, 10, "the send counted")
    text = "\n".join(await metrics(engine))
    for name in ("lead_reviver_turns_ended_total", "lead_reviver_intake_seconds_count"):
        assert name in text


async def test_no_log_line_holds_a_number_a_name_or_what_was_said(
    engine: EngineProcess, number: str, database_link: Link
):
    person = Person(user_id="ES.Secret1234567", name="Zenobia Quux")
    words = "my-unmistakable-words"
    await engine.post(messages_of(number, person, a_text(person, words)))
    await engine.post(messages_of(UNKNOWN_NUMBER, person, a_text(person, words)))
    await engine.post(statuses_of(number, a_status(a_wamid(), "failed", person, code=131026)))
    await engine.post(a_body(a_change(number, "a_field_of_2027", text=words, who=person.contact())))

    async def answered() -> Any:
        return engine.graph.sent_from(number)

    [answer] = await eventually(answered, 10, "the lead answered")
    database_link.cut()
    await engine.post(messages_of(number, person, a_text(person, words)))
    database_link.mend()
    await asyncio.sleep(0.5)

    log = engine.log.read_text()
    assert log
    for secret in (person.wa_id, person.user_id, "Zenobia", words, answer.text[:40]):
        assert secret is not None
        assert secret not in log
    for name in ("WHATSAPP_APP_SECRET", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_VERIFY_TOKEN", "LEAD_REVIVER_STEPS_KEY"):
        assert engine.env[name] not in log
