"""What WhatsApp says about our messages: in any order, twice, early, or without a number."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.builders import (
    Person,
    a_body,
    a_change,
    a_message,
    a_status,
    a_text,
    hidden_person,
    messages_of,
    statuses_of,
)
from tests.integration.workbench import Workbench

ORDERS = list(itertools.permutations(("sent", "delivered", "read")))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_statuses_in_any_order_end_the_same(bench: Workbench, order: tuple[str, ...]):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    [call] = bench.sent()
    for status in (*order, *order):
        await bench.told(a_status(str(call.wamid), status, ana, outbox_id=call.outbox_id))
    [message] = await bench.messages()
    assert message["status"] == "read"


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_statuses_of_one_body_in_any_order_end_the_same(bench: Workbench, order: tuple[str, ...]):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    wamid = str(bench.sent()[0].wamid)
    await bench.told(*(a_status(wamid, each, ana) for each in order))
    assert [each["status"] for each in await bench.messages()] == ["read"]


async def test_a_message_that_was_delivered_has_not_failed(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    wamid = str(bench.sent()[0].wamid)
    await bench.told(a_status(wamid, "delivered", ana), a_status(wamid, "failed", ana, code=131026))
    [message] = await bench.messages()
    assert (message["status"], message["error_code"]) == ("delivered", None)
    assert (await bench.conversation())["waiting_for_person_since"] is None


async def test_a_message_that_was_sent_and_then_failed_has_failed_and_a_person_is_asked(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    wamid = str(bench.sent()[0].wamid)
    await bench.told(a_status(wamid, "sent", ana))
    await bench.told(a_status(wamid, "failed", ana, code=131026))
    await bench.told(a_status(wamid, "sent", ana))
    [message] = await bench.messages()
    assert (message["status"], message["error_code"]) == ("failed", 131026)
    assert "could not deliver" in message["reason"]
    assert "not delivered" in (await bench.conversation())["waiting_reason"]


async def test_a_status_that_comes_before_the_send_is_written_down_is_applied_after(bench: Workbench):
    """The answer of the Graph API is slower than its webhook, and the status names no outbox."""
    ana = Person()

    async def status_first(graph, request, body):
        answer = graph.take(graph.calls[-1])
        early = a_status(str(graph.calls[-1].wamid), "delivered", ana)
        work = asyncio.run_coroutine_threadsafe(bench.told(early), loop)
        await asyncio.wrap_future(work)
        return answer

    loop = asyncio.get_running_loop()
    bench.graph.will(bench.number, status_first)
    await bench.hears(ana, "Hello")
    assert await bench.answer() == "replied"
    [message] = await bench.messages()
    assert message["status"] == "accepted"
    await bench.receive()  # the status that waited for its message
    [message] = await bench.messages()
    assert message["status"] == "delivered"


async def test_a_status_nobody_has_heard_of_changes_nothing(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    wamid = str(bench.sent()[0].wamid)
    await bench.told(a_status(wamid, "teleported", ana))
    assert [each["status"] for each in await bench.messages()] == ["accepted"]


async def test_what_a_message_cost_is_taken_from_the_first_status_that_says_it(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    wamid = str(bench.sent()[0].wamid)
    priced = {"pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}}
    await bench.told({**a_status(wamid, "sent", ana), **priced})
    await bench.told({**a_status(wamid, "delivered", ana), "pricing": {"type": "free_customer_service"}})
    [message] = await bench.messages()
    assert message["pricing"]["category"] == "service"


async def test_a_lead_who_hides_the_number_is_answered_through_the_user_id(bench: Workbench):
    ana = hidden_person()
    await bench.hears(ana, "Hello")
    assert await bench.answer() == "replied"
    [call] = bench.sent()
    assert call.body["recipient"] == ana.user_id
    assert "to" not in call.body
    lead = await bench.lead()
    assert lead["phone"] is None
    await bench.told(a_status(str(call.wamid), "read", ana))
    assert [each["status"] for each in await bench.messages()] == ["read"]


async def test_a_lead_who_changes_the_number_keeps_history_and_opt_out(bench: Workbench):
    old, new = Person(), Person()
    await bench.hears(old, "Hello")
    await bench.run()
    await bench.hears(old, "STOP")
    await bench.run()
    sent = len(bench.sent())
    changed = a_message(old, "system", {"type": "user_changed_number", "wa_id": new.wa_id, "body": "changed"})
    await bench.receive(messages_of(bench.number, old, changed))
    await bench.hears(new, "How much is it?")
    await bench.run()

    lead = await bench.lead()
    assert lead["phone"] == new.phone
    assert lead["opted_out_at"] is not None
    assert len(bench.sent()) == sent
    said = [each["body"] for each in await bench.messages("in") if each["author"] == "lead"]
    assert said == ["Hello", "STOP", "How much is it?"]

    # Also for whoever forgets the lead: the new number is on the list as well.
    await bench.do("delete from public.leads where workspace_id = $1")
    await bench.hears(Person(wa_id=new.wa_id), "Hello")
    assert (await bench.lead())["opted_out_at"] is not None


async def test_a_lead_known_by_number_and_one_known_by_user_id_become_one_when_they_are(bench: Workbench):
    by_number = Person()
    by_id = hidden_person()
    await bench.hears(by_number, "Hello")
    await bench.run()
    await bench.hears(by_id, "STOP")
    await bench.run()
    assert len(await bench.rows("select id from public.leads where workspace_id = $1")) == 2

    both = Person(wa_id=by_number.wa_id, user_id=by_id.user_id)
    await bench.hears(both, "It is me")
    lead = await bench.lead()
    assert lead["opted_out_at"] is not None
    assert len(await bench.messages("in")) == 3
    await bench.conversation()


async def test_a_person_who_answers_from_the_phone_pauses_the_bot(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello", quiet=60)
    echo = {
        "from": "34600111222",
        "to": ana.wa_id,
        "id": f"wamid.ECHO{bench.number}",
        "timestamp": a_text(ana, "")["timestamp"],
        "type": "text",
        "text": {"body": "Hi Ana, it is me"},
    }
    await bench.receive(
        a_body(a_change(bench.number, "smb_message_echoes", contacts=[ana.contact()], message_echoes=[echo]))
    )
    conversation, turn = await bench.conversation(), await bench.turn()
    assert conversation["mode"] == "human"
    assert (turn["state"], turn["reason"]) == ("superseded", "a person answered from the phone")
    [message] = await bench.messages()
    assert (message["author"], message["body"], message["status"]) == ("app", "Hi Ana, it is me", "sent")
    await bench.hears(ana, "Thanks")
    await bench.make_due()
    assert await bench.run() == []


async def test_a_reaction_is_shown_on_its_message_and_answered_by_nobody(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    wamid = bench.sent()[0].wamid

    async def reacts(content: dict[str, str]) -> None:
        await bench.receive(messages_of(bench.number, ana, a_message(ana, "reaction", content)))

    await reacts({"message_id": str(wamid), "emoji": "👍"})
    assert [each["lead_reaction"] for each in await bench.messages()] == ["👍"]
    await reacts({"message_id": str(wamid)})
    assert [each["lead_reaction"] for each in await bench.messages()] == [None]
    assert await bench.claim() == []


async def test_a_message_the_lead_edits_before_the_answer_is_answered_as_it_is_now(bench: Workbench):
    ana = Person()
    [wamid] = await bench.hears(ana, "Two bedrooms")
    edit = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "Three bedrooms"}}}
    await bench.receive(messages_of(bench.number, ana, a_message(ana, "edit", edit)))
    [message] = await bench.messages("in")
    assert (message["body"], message["edited_at"] is not None) == ("Three bedrooms", True)
    await bench.run()
    assert bench.sent()[0].text == "Noted: Three bedrooms"


async def test_a_message_the_lead_deletes_is_gone_and_not_answered(bench: Workbench):
    ana = Person()
    [wamid] = await bench.hears(ana, "my secret")
    revoke = a_message(ana, "revoke", {"original_message_id": wamid})
    await bench.receive(messages_of(bench.number, ana, revoke))
    [message] = await bench.messages("in")
    assert (message["body"], message["content"]) == (None, {})
    assert message["deleted_at"] is not None
    assert await bench.answer() == "quiet"
    assert bench.sent() == []
    conversation = await bench.conversation()
    assert "secret" not in (conversation["last_message_preview"] or "")
    kept = await bench.pool.fetchval("select payload from engine.inbox where wamid = $1", wamid)
    assert "my secret" not in kept


async def test_a_deleted_message_is_gone_from_what_the_bot_remembers(bench: Workbench):
    ana = Person()
    [wamid] = await bench.hears(ana, "my secret")
    await bench.run()
    await bench.receive(messages_of(bench.number, ana, a_message(ana, "revoke", {"original_message_id": wamid})))
    await bench.hears(ana, "Hello")
    await bench.run()
    history = bench.llm.turns[-1].conversation.history
    assert "my secret" not in [line.text for line in history]


async def test_a_reply_keeps_what_it_replies_to(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    wamid = str(bench.sent()[0].wamid)
    answer = a_text(ana, "Yes", context={"from": "34600111222", "id": wamid})
    await bench.receive(messages_of(bench.number, ana, answer))
    assert (await bench.messages("in"))[-1]["context_wamid"] == wamid


async def test_a_message_in_a_group_is_stored_and_not_answered(bench: Workbench):
    ana = Person()
    await bench.receive(messages_of(bench.number, ana, a_text(ana, "STOP", group_id="Y2FwaV9ncm91cDo")))
    assert await bench.claim() == []
    assert (await bench.lead())["opted_out_at"] is None
    assert len(await bench.messages("in")) == 1


async def test_two_leads_in_one_body_are_kept_apart(bench: Workbench):
    ana, bo = Person(name="Ana"), Person(name="Bo")
    change = a_change(
        bench.number, contacts=[ana.contact(), bo.contact()], messages=[a_text(ana, "I am Ana"), a_text(bo, "I am Bo")]
    )
    await bench.receive(a_body(change))
    await bench.run()
    assert {each.to: each.text for each in bench.sent()} == {ana.phone: "Noted: I am Ana", bo.phone: "Noted: I am Bo"}


async def test_a_status_for_a_message_nobody_sent_here_waits_and_harms_nothing(bench: Workbench):
    await bench.receive(statuses_of(bench.number, a_status(f"wamid.NEVER{bench.number}", "delivered", Person())))
    found = await bench.pool.fetchval("select state from engine.inbox where wamid = $1", f"wamid.NEVER{bench.number}")
    assert found == "orphan"
