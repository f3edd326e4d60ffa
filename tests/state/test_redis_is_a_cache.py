"""Redis is a cache that may be lost at any moment: still one right answer, and every counter counted once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.state import counters, keys, live
from lead_reviver.state.conversations import read_turns
from lead_reviver.state.live import LiveEvent, LiveEvents
from lead_reviver.steps.order import STEPS
from lead_reviver.storage import metrics
from lead_reviver.storage.database import transaction
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.real_stack import flush_redis

STEP_NAMES = list(STEPS)


@pytest.mark.parametrize("forgets_before", [*STEP_NAMES, "the end"])
async def test_redis_forgets_everything_between_two_steps_and_the_lead_gets_one_right_answer(
    bench: Workbench, forgets_before: str
):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    await bench.hears(ana, "Two bedrooms")
    batch = await bench.claim()
    for name in STEP_NAMES:
        if name == forgets_before:
            await flush_redis(bench.stack)
        batch = await bench.step(name, batch)
    if forgets_before == "the end":
        await flush_redis(bench.stack)
    [ref] = batch
    assert ref.outcome == "replied"
    assert [each.text for each in bench.sent()] == ["Noted: Hello", "Noted: Two bedrooms"]
    states = await bench.rows("select state, decision from public.turns where workspace_id = $1")
    assert {each["state"] for each in states} == {"done"}
    assert all(each["decision"]["text"].startswith("Noted: ") for each in states)

    await bench.hears(ana, "Anything else?")
    await bench.run()
    history = [line.text for line in bench.llm.turns[-1].conversation.history]
    # WhatsApp's times are whole seconds, so the order within one is not told here.
    assert sorted(map(str, history)) == ["Hello", "Noted: Hello", "Noted: Two bedrooms", "Two bedrooms"]


async def test_what_is_remembered_is_what_would_be_rebuilt(bench: Workbench):
    """The cached conversation and the one read from the record say the same to the responder."""
    ana = Person()
    bench = bench.with_parts(llm=PlaybookResponder())
    for words in ("Hi, I want to buy a flat", "Two bedrooms", "In Valencia"):
        await bench.hears(ana, words)
        await bench.run()
    conversation_id = str((await bench.conversation())["id"])

    async def next_turn() -> Any:
        batch = await bench.claim()
        await bench.step("load", batch)
        return (await read_turns(bench.redis, [batch[0].turn_id]))[batch[0].turn_id].turn.conversation, batch

    await bench.hears(ana, "Hm")
    cached, batch = await next_turn()
    await flush_redis(bench.stack)
    await bench.step("load", batch)
    rebuilt = (await read_turns(bench.redis, [batch[0].turn_id]))[batch[0].turn_id].turn.conversation
    assert cached.conversation_id == conversation_id
    assert cached.lead == rebuilt.lead
    assert {(line.direction, line.text) for line in cached.history} == {
        (line.direction, line.text) for line in rebuilt.history
    }


async def test_every_key_the_engine_writes_has_an_end(bench: Workbench):
    await flush_redis(bench.stack)
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run(steps=("load", "reply", "send"))
    await bench.hears(Person(), "STOP")
    await bench.run()
    await counters.totals(bench.redis)
    await bench.hears(Person(), "Hello")
    async with Redis.from_url(bench.stack.env["LEAD_REVIVER_ADMIN_REDIS_URL"]) as admin:
        found = {key.decode(): await admin.pttl(key) async for key in admin.scan_iter()}
    assert {each.split(":")[1] for each in found} >= {"conversation", "turn", "live", "day", "rate", "counted"}
    assert [key for key, life in found.items() if life <= 0] == []
    assert all(key.startswith("lr:") for key in found)
    assert not any(str(ana.wa_id) in key for key in found)


async def test_the_users_of_redis_cannot_do_what_they_must_not(bench: Workbench):
    await bench.redis.set("lr:conversation:x", "secret", ex=60)
    n8n_url, engine_url = bench.stack.env["LEAD_REVIVER_N8N_REDIS_URL"], bench.stack.env["REDIS_URL"]
    forbidden: list[tuple[str, tuple[Any, ...]]] = [
        (n8n_url, ("GET", "lr:conversation:x")),
        (n8n_url, ("SET", "lr:day:x", "1")),
        (n8n_url, ("SET", "other:x", "1")),
        (engine_url, ("GET", "n8n:x")),
        (engine_url, ("SET", "other:x", "1")),
    ]
    for url in (n8n_url, engine_url):
        dangerous = (("KEYS", "*"), ("CONFIG", "GET", "*"), ("FLUSHALL",), ("FLUSHDB",), ("ACL", "LIST"))
        forbidden += [(url, command) for command in dangerous]
    for url, command in forbidden:
        async with Redis.from_url(url) as client:
            with pytest.raises(NoPermissionError):
                await client.execute_command(*command)
    async with Redis.from_url(n8n_url) as n8n:
        await n8n.set("n8n:x", "1", ex=1)


async def test_nobody_gets_in_without_a_user(bench: Workbench):
    port = urlsplit(bench.stack.env["REDIS_URL"]).port
    async with Redis(host="127.0.0.1", port=port or 0) as stranger:
        with pytest.raises(Exception, match=r"(?i)auth|perm"):
            await stranger.ping()


async def sync(bench: Workbench) -> None:
    """Sync counters as the relay does."""
    for each in await counters.totals(bench.redis):
        if each[0] == bench.workspace.workspace_id:
            async with transaction(bench.pool) as connection:
                await metrics.apply(connection, [each])
        await counters.synced(bench.redis, each)


async def counted(bench: Workbench) -> dict[str, int]:
    """Return the workspace's numbers in the record."""
    rows = await bench.rows("select metric, value from public.daily_metrics where workspace_id = $1")
    return {each["metric"]: each["value"] for each in rows}


async def count(bench: Workbench, once: str, **amounts: int) -> None:
    await counters.count(
        bench.redis, datetime.now(UTC), [(bench.workspace.workspace_id, f"{once} of {bench.number}", amounts)]
    )


async def test_a_turn_is_counted_once_however_often_it_is_counted_and_synced(bench: Workbench):
    for _ in range(3):
        await count(bench, "turn-1", replies=1)
        await sync(bench)
        await sync(bench)
    assert await counted(bench) == {"replies": 1}


async def test_a_batch_counts_each_of_its_turns_once(bench: Workbench):
    turns = [
        ("turn-1", {"replies": 1, "handovers": 2}),
        ("turn-2", {}),
        ("turn-1", {"replies": 9}),
        ("turn-3", {"replies": 4}),
    ]
    workspace_id = bench.workspace.workspace_id
    await count(bench, "turn-3", replies=7)
    await counters.count(
        bench.redis,
        datetime.now(UTC),
        [(workspace_id, f"{once} of {bench.number}", amounts) for once, amounts in turns],
    )
    await sync(bench)
    assert await counted(bench) == {"replies": 8, "handovers": 2}


async def test_a_sync_that_is_cut_off_loses_nothing(bench: Workbench):
    await count(bench, "turn-1", replies=1)
    await counters.totals(bench.redis)  # and then the process is gone
    await sync(bench)
    assert await counted(bench) == {"replies": 1}


async def test_what_is_counted_during_a_sync_is_synced_the_next_time(bench: Workbench):
    await count(bench, "turn-1", replies=1)
    found = await counters.totals(bench.redis)
    await count(bench, "turn-2", replies=1)
    for each in found:
        if each[0] == bench.workspace.workspace_id:
            async with transaction(bench.pool) as connection:
                await metrics.apply(connection, [each])
        await counters.synced(bench.redis, each)
    await sync(bench)
    assert await counted(bench) == {"replies": 2}


async def test_counters_go_on_after_redis_forgot_them(bench: Workbench):
    await count(bench, "turn-1", replies=5)
    await sync(bench)
    await flush_redis(bench.stack)
    await count(bench, "turn-2", replies=2)
    await sync(bench)
    await sync(bench)
    assert await counted(bench) == {"replies": 7}


async def test_a_day_of_messages_is_counted_as_it_was(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello", "Anybody there?")
    await bench.run()
    await bench.hears(Person(), "STOP")
    await bench.run()
    await sync(bench)
    found = await counted(bench)
    assert (found["messages_in"], found["replies"], found["opted_out"]) == (3, 1, 1)


async def listen(bench: Workbench, after: str | None, number: int) -> list[LiveEvent]:
    """Return the first events a dashboard gets that saw `after` last."""
    events = LiveEvents(bench.redis)
    reader = asyncio.create_task(events.run())
    found = []
    try:
        async with asyncio.timeout(5):
            async for event in events.listen(bench.workspace.workspace_id, after):
                if event is not None:
                    found.append(event)
                if len(found) == number:
                    return found
        return found
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


def an_event(bench: Workbench, n: int) -> LiveEvent:
    return LiveEvent(bench.workspace.workspace_id, "message", {"conversation_id": "c", "message_id": str(n)})


async def test_a_dashboard_that_was_away_gets_what_it_missed_in_order(bench: Workbench):
    await live.publish(bench.redis, [an_event(bench, n) for n in range(3)])
    first = (await bench.redis.xrange(keys.live(bench.workspace.workspace_id), count=1))[0][0].decode()
    missed = await listen(bench, first, 2)
    assert [each.data["message_id"] for each in missed] == ["1", "2"]
    assert all(each.id for each in missed)


async def test_a_dashboard_that_was_away_too_long_is_told_to_read_everything_again(bench: Workbench):
    await live.publish(bench.redis, [an_event(bench, n) for n in range(live.KEEP_EVENTS + 500)])
    [told] = await listen(bench, "1-0", 1)
    assert told.name == "resync"
    assert told.data == {}


async def test_a_dashboard_is_told_to_read_everything_again_after_redis_forgot(bench: Workbench):
    await live.publish(bench.redis, [an_event(bench, 1)])
    last = (await bench.redis.xrevrange(keys.live(bench.workspace.workspace_id), count=1))[0][0].decode()
    await flush_redis(bench.stack)
    [told] = await listen(bench, last, 1)
    assert told.name == "resync"


async def test_a_turn_tells_the_dashboards_with_ids_only(bench: Workbench):
    await bench.hears(Person(), "my words")
    await bench.run()
    entries = await bench.redis.xrange(keys.live(bench.workspace.workspace_id))
    names = [fields[b"n"].decode() for _, fields in entries]
    assert {"message", "conversation", "turn"} <= set(names)
    assert not any(b"words" in fields[b"d"] for _, fields in entries)


@pytest.mark.parametrize("old", [b"{", b"[]", b'{"turn": 7}', b"\x00\xff"])
async def test_what_an_older_version_cached_is_rebuilt(bench: Workbench, old: bytes):
    await bench.hears(Person(), "Hello")
    await bench.run()
    conversation = await bench.conversation()
    await bench.redis.set(keys.conversation(conversation["id"]), old, ex=timedelta(minutes=1))
    person = Person(wa_id=(await bench.lead())["phone"][1:])
    await bench.hears(person, "Two bedrooms")
    [ref] = batch = await bench.claim()
    await bench.redis.set(keys.turn(ref.turn_id), old, ex=timedelta(minutes=1))
    assert (await bench.run(batch))[0].outcome == "replied"
