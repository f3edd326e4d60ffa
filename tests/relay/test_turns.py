"""From what a lead writes to one answer: gathered, in order, retried, parked, and never by two at once."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from lead_reviver.errors import TryAgainLater
from lead_reviver.relay.relay import replace_reason
from lead_reviver.state.redis import connect
from lead_reviver.steps.sync import give_back
from lead_reviver.storage import turns
from tests.builders import Person, a_text, messages_of
from tests.fakes import ScriptedLlm
from tests.integration.workbench import Workbench, an_answer
from tests.real_stack import eventually


class ModelAway(TryAgainLater):
    """The model does not answer."""


async def test_a_lead_who_writes_three_messages_in_a_row_gets_one_answer_to_all_of_them(bench: Workbench):
    ana = Person()
    async with bench.relay(quiet=1.5):
        for words in ("Hi", "about the flat", "is it still there?"):
            await bench.keep(messages_of(bench.number, ana, a_text(ana, words)))
            await asyncio.sleep(0.1)
        assert bench.sent() == []
        [answer] = await bench.until_sent(1)
        await asyncio.sleep(0.3)
    assert answer.text == "Noted: Hi / about the flat / is it still there?"
    assert len(bench.sent()) == 1


async def test_a_lead_who_never_pauses_is_answered_at_the_limit(bench: Workbench):
    ana = Person()
    async with bench.relay(quiet=0.5, limit=1.2):
        began = time.monotonic()
        while not bench.sent() and time.monotonic() - began < 4:
            await bench.keep(messages_of(bench.number, ana, a_text(ana, "and another thing")))
            await asyncio.sleep(0.2)
        waited = time.monotonic() - began
    assert 1.0 < waited < 2.5


async def test_a_lead_is_answered_at_once_where_no_quiet_time_is_set(bench: Workbench):
    ana = Person()
    async with bench.relay():
        await bench.keep(messages_of(bench.number, ana, a_text(ana, "warm-up")))
        await bench.until_sent(1)
        waits = []
        for n in range(3):
            began = time.monotonic()
            await bench.keep(messages_of(bench.number, ana, a_text(ana, f"Hello {n}")))
            await bench.until_sent(n + 2)
            waits.append(time.monotonic() - began)
    # The relay looks by itself only every 5 s: a notification of the database woke it.
    assert min(waits) < 0.3


async def test_a_message_that_comes_while_the_answer_is_written_leads_to_one_answer_to_both(bench: Workbench):
    ana = Person()

    async def writes_on() -> None:
        await bench.hears(ana, "I meant two bedrooms")

    bench.llm.meanwhile = writes_on
    await bench.hears(ana, "Three bedrooms please")
    [first] = await bench.run()
    [second] = await bench.run()

    assert (first.outcome, second.outcome) == ("superseded", "replied")
    assert [each.text for each in bench.sent()] == ["Noted: Three bedrooms please / I meant two bedrooms"]
    states = await bench.rows("select state from public.turns where workspace_id = $1 order by id")
    assert [each["state"] for each in states] == ["superseded", "done"]


async def test_a_lead_who_writes_without_end_is_answered_after_three_answers_were_thrown_away(bench: Workbench):
    ana = Person()
    said = iter(range(100))

    async def writes_on() -> None:
        bench.llm.meanwhile = writes_on
        await bench.hears(ana, f"line {next(said)}")

    bench.llm.meanwhile = writes_on
    await bench.hears(ana, "Hello")
    outcomes = [(await bench.run())[0].outcome for _ in range(4)]
    assert outcomes == ["superseded", "superseded", "superseded", "replied"]
    assert len(bench.sent()) == 1


async def test_turns_of_a_lead_never_overlap(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "first")
    running = await bench.claim()
    await bench.hears(ana, "second")
    assert await bench.claim() == []
    await bench.run(running)
    await bench.run()
    assert [each.text for each in bench.sent()] == ["Noted: first / second"]


async def test_messages_of_one_second_keep_the_order_in_which_they_came(bench: Workbench):
    ana = Person()
    now = int(time.time())
    words = [f"line {n}" for n in range(6)]
    ids = [f"wamid.{bench.number}{9 - n}==" for n in range(6)]
    await bench.receive(
        messages_of(bench.number, ana, *(a_text(ana, w, wamid=i, at=now) for w, i in zip(words, ids, strict=True)))
    )
    await bench.run()
    assert bench.sent()[0].text == "Noted: " + " / ".join(words)


async def test_fifty_leads_at_once_are_each_answered_once(bench: Workbench):
    people = [Person() for _ in range(50)]
    async with bench.relay():
        await bench.keep(*(messages_of(bench.number, each, a_text(each, each.phone)) for each in people))
        await bench.until_sent(50)
        await asyncio.sleep(0.3)
    assert sorted(each.to for each in bench.sent()) == sorted(each.phone for each in people)
    assert all(each.text == f"Noted: {each.to}" for each in bench.sent())


async def test_a_turn_whose_model_is_away_is_tried_again_later_and_then_answered(bench: Workbench):
    ana = Person()
    bench.llm.script.extend([ModelAway("the model is away"), an_answer("Hello Ana")])
    await bench.hears(ana, "Hello")
    assert await bench.answer() == "retry"
    turn = await bench.turn()
    assert (turn["state"], turn["attempts"], turn["reason"]) == ("gathering", 1, "the model is away")
    assert turn["lease"] is None

    assert await bench.claim() == []  # not before its backoff
    await bench.make_due()
    assert await bench.answer() == "replied"
    assert [each.text for each in bench.sent()] == ["Hello Ana"]


async def test_each_try_waits_longer_than_the_one_before(bench: Workbench):
    bench = bench.with_parts(retry_wait=timedelta(seconds=10), max_attempts=9)
    bench.llm.script.extend([ModelAway("the model is away")] * 3)
    await bench.hears(Person(), "Hello")
    waits = []
    for _ in range(3):
        await bench.run()
        found = await bench.row(
            "select extract(epoch from ready_at - now())::float8 as wait from public.turns where workspace_id = $1"
        )
        waits.append(round(found["wait"]))
        await bench.make_due()
    assert waits == [10, 20, 40]


async def parked(bench: Workbench, ana: Person) -> None:
    """Let a turn be tried until it is given up."""
    bench.llm.script.extend([ModelAway("the model is away")] * 3)
    await bench.hears(ana, "Hello")
    for _ in range(3):
        await bench.make_due()
        await bench.run()


async def test_a_turn_that_cannot_be_answered_is_parked_where_a_person_sees_why(bench: Workbench):
    await parked(bench, Person())
    turn, conversation = await bench.turn(), await bench.conversation()
    assert (turn["state"], turn["reason"]) == ("parked", "the model is away")
    assert turn["finished_at"] is not None
    assert "after 3 tries" in conversation["waiting_reason"]
    assert "the model is away" in conversation["waiting_reason"]
    await bench.make_due()
    assert await bench.claim() == []


async def test_an_outage_of_redis_parks_nothing_and_the_lead_is_answered_after_it(bench: Workbench):
    ana = Person()
    nobody_there = connect("redis://127.0.0.1:1/0")
    without_redis = bench.with_parts(redis=nobody_there, max_attempts=2, retry_wait=timedelta(milliseconds=20))
    await bench.keep(messages_of(bench.number, ana, a_text(ana, "Hello")))
    async with without_redis.relay():
        await asyncio.sleep(2)
    await nobody_there.aclose()
    assert bench.sent() == []
    turn = await bench.turn()
    assert (turn["state"], turn["attempts"]) == ("gathering", 0)
    async with bench.relay():
        [answer] = await bench.until_sent(1)
    assert answer.text == "Noted: Hello"


async def test_a_parked_turn_is_answered_together_with_the_next_message_of_the_lead(bench: Workbench):
    ana = Person()
    await parked(bench, ana)
    await bench.hears(ana, "Anybody there?")
    assert await bench.answer() == "replied"
    assert [each.text for each in bench.sent()] == ["Noted: Hello / Anybody there?"]
    # Nobody has to come any more: the lead has an answer.
    assert (await bench.conversation())["waiting_for_person_since"] is None


async def test_a_bug_in_the_reply_of_one_lead_does_no_harm_to_the_others(bench: Workbench):
    good, bad = Person(), Person()

    class Buggy(ScriptedLlm):
        async def decide(self, turn):
            if turn.conversation.phone == bad.phone:
                raise ZeroDivisionError(turn.messages[0].text)
            return await super().decide(turn)

    bench = bench.with_parts(llm=Buggy())
    await bench.hears(bad, "boom")
    await bench.hears(good, "Hello")
    outcomes = sorted(str(each.outcome) for each in await bench.run())
    assert outcomes == ["replied", "retry"]
    assert [each.to for each in bench.sent()] == [good.phone]
    reason = await bench.row("select reason from public.turns where workspace_id = $1 and state = 'gathering'")
    assert reason["reason"] == "the reply could not be written (ZeroDivisionError)"


async def test_whoever_lost_the_lease_changes_nothing(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    slow = await bench.claim(timedelta(milliseconds=1))
    await bench.step("load", slow)
    await bench.step("reply", slow)
    await asyncio.sleep(0.05)
    fast = await bench.claim()
    assert [each.turn_id for each in fast] == [each.turn_id for each in slow]

    for name in ("load", "reply", "send", "save", "sync"):
        [after] = await bench.step(name, slow)
    assert bench.sent() == []
    turn = await bench.turn()
    assert (turn["state"], turn["lease"]) == ("running", fast[0].lease)

    [ended] = await bench.run(fast)
    assert ended.outcome == "replied"
    before = await bench.turn()
    for name in ("load", "reply", "send", "save", "sync"):
        [after] = await bench.step(name, slow)
        assert after.outcome in (None, "lost")
    assert await bench.turn() == before
    assert len(bench.sent()) == 1


async def test_a_turn_whose_relay_was_lost_is_taken_over_when_its_lease_has_run_out(bench: Workbench):
    await bench.hears(Person(), "Hello")
    await bench.claim(timedelta(seconds=0.3))
    async with bench.relay():
        [answer] = await bench.until_sent(1)
    assert answer.text == "Noted: Hello"
    assert (await bench.turn())["attempts"] == 2


async def test_a_slow_model_keeps_its_lease(bench: Workbench):
    async def thinks() -> None:
        await asyncio.sleep(1.2)

    bench.llm.meanwhile = thinks
    await bench.hears(Person(), "Hello")
    async with bench.relay(lease=0.4), bench.relay(lease=0.4):
        await bench.until_sent(1)
        await asyncio.sleep(0.3)
    assert len(bench.sent()) == 1
    assert (await bench.turn())["attempts"] == 1


async def test_a_turn_whose_message_was_sent_is_not_answered_again_with_the_next_one(bench: Workbench):
    """The steps after the send fail, and the lead writes on before the next try."""
    ana = Person()
    await bench.hears(ana, "Hello")
    batch = await bench.run(steps=("load", "reply", "send"))
    assert len(bench.sent()) == 1
    await bench.hears(ana, "How much is it?")
    await give_back(bench.parts, replace_reason(batch[0], "Redis does not answer"))
    for _ in range(3):
        await bench.make_due()
        await bench.run()
    assert [each.text for each in bench.sent()] == ["Noted: Hello", "Noted: How much is it?"]


@pytest.mark.parametrize("state", ["gathering", "parked"])
async def test_what_the_bot_gathers_is_dropped_when_a_person_takes_over(bench: Workbench, state: str):
    ana = Person()
    await bench.hears(ana, "Hello")
    if state == "parked":
        await bench.do("update public.turns set state = 'parked' where workspace_id = $1")
    conversation = await bench.conversation()
    async with bench.pool.acquire() as connection:
        await turns.drop_gathering(connection, conversation["id"], "a person took over")  # type: ignore[arg-type]
    turn = await bench.turn()
    assert (turn["state"], turn["reason"]) == ("superseded", "a person took over")
    assert await bench.claim() == []


async def test_queue_age_and_turns_by_state_can_be_told(bench: Workbench):
    await bench.hears(Person(), "Hello", quiet=60)

    async def found() -> bool:
        number, oldest = (await turns.count_by_state(bench.pool)).get("gathering", (0, 0.0))
        return number >= 1 and oldest > 0

    assert await eventually(found, 2, "the turn counted")


async def test_a_state_that_no_turn_is_in_counts_as_none(bench: Workbench):
    assert set(await turns.count_by_state(bench.pool)) == {"gathering", "running", "settling", "parked"}
