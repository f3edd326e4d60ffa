"""A person may answer who came back after a no, and may not write to a lead whose last word was no."""

from __future__ import annotations

import time

import pytest

from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.sending.drafts import Draft, judge
from lead_reviver.storage import leads, outbox
from lead_reviver.storage.database import transaction
from tests.builders import Person, a_message, messages_of
from tests.integration.workbench import Workbench


async def a_person_may_write(bench: Workbench) -> bool:
    conversation_id = (await bench.conversation())["id"]
    async with transaction(bench.pool) as connection:
        facts = await outbox.facts(connection, [conversation_id])
        [verdict] = await judge(
            connection,
            bench.redis,
            [Draft(conversation_id, "person", "person_message", "I am on it")],
            facts,
            now=bench.clock(),
            hash_key=bench.parts.hash_key,
            reachable_numbers=None,
        )
    return verdict.allowed


async def test_a_lead_who_says_no_twice_has_not_come_back(bench: Workbench):
    ana, now = Person(), time.time()
    await bench.hears(ana, "STOP", at=now - 60)
    assert not await a_person_may_write(bench)
    await bench.hears(ana, "Unsubscribe me!", at=now - 30)
    assert not await a_person_may_write(bench)
    assert (await bench.lead())["opted_out_at"].timestamp() == int(now - 60)


async def test_a_lead_who_says_no_in_two_messages_has_not_come_back(bench: Workbench):
    await bench.hears(Person(), "STOP", "stop writing to me")
    assert not await a_person_may_write(bench)


async def test_a_lead_who_came_back_and_says_no_again_is_left_alone(bench: Workbench):
    ana, now = Person(), time.time()
    await bench.hears(ana, "STOP", at=now - 90)
    await bench.hears(ana, "How much is it?", at=now - 60)
    assert await a_person_may_write(bench)
    await bench.hears(ana, "STOP", at=now - 30)
    assert not await a_person_may_write(bench)
    await bench.hears(ana, "too many messages", at=now - 20)  # may be a no: it is no coming back either
    assert not await a_person_may_write(bench)


@pytest.mark.parametrize(
    ("messages", "may_answer"),
    [(["STOP", "How much is it?"], True), (["How much is it?", "STOP"], False)],
    ids=["comes-back", "says-no-last"],
)
async def test_within_a_second_the_order_counts_in_which_messages_came(bench: Workbench, messages, may_answer):
    """WhatsApp's times are whole seconds."""
    ana, now = Person(), time.time()
    for each in messages:
        await bench.hears(ana, each, at=now)
    assert await a_person_may_write(bench) is may_answer


async def test_a_message_from_before_the_no_that_comes_late_is_no_coming_back(bench: Workbench):
    ana, now = Person(), time.time()
    await bench.hears(ana, "STOP", at=now - 30)
    await bench.hears(ana, "How much is it?", at=now - 90)
    assert not await a_person_may_write(bench)


async def test_a_lead_who_writes_start_and_stop_again_begins_anew(bench: Workbench):
    ana = Person()
    for each in ("STOP", "START", "STOP"):
        await bench.hears(ana, each)
    assert not await a_person_may_write(bench)


async def test_of_two_leads_who_are_one_person_a_no_is_the_last_word(bench: Workbench):
    """One of them came back, the other one did not: nobody knows which was later."""
    hidden, known, now = Person(wa_id=None, user_id="ES.9Kd82LmQ4abc"), Person(), time.time()
    await bench.hears(hidden, "STOP", at=now - 60)
    await bench.hears(hidden, "How much is it?", at=now - 50)
    await bench.hears(known, "STOP", at=now - 40)
    rows = await bench.rows("select id from public.leads where workspace_id = $1 order by created_at")
    async with transaction(bench.pool) as connection:
        await leads.merge(connection, [each["id"] for each in rows])
    assert not await a_person_may_write(bench)


async def test_a_message_that_is_edited_into_a_no_is_one(bench: Workbench):
    ana = Person()
    [wamid] = await bench.hears(ana, "ok")
    await bench.answer()
    edit = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "STOP writing to me"}}}
    await bench.receive(messages_of(bench.number, ana, a_message(ana, "edit", edit)))
    assert (await bench.lead())["opted_out_at"] is not None
    assert len(await bench.rows("select 1 from public.suppressions where workspace_id = $1")) > 0
    assert not await a_person_may_write(bench)


async def test_a_message_that_is_edited_into_a_no_before_the_answer_gets_the_confirmation(bench: Workbench):
    ana = Person()
    bench = bench.with_parts(llm=PlaybookResponder())
    [wamid] = await bench.hears(ana, "ok")
    edit = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "STOP writing to me"}}}
    await bench.receive(messages_of(bench.number, ana, a_message(ana, "edit", edit)))
    assert await bench.answer() == "opted_out"
    assert len(bench.sent()) == 1
