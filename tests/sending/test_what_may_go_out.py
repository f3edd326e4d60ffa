"""Nothing goes out that may not: the window, a no, a person who answers, limits; and a message says why it stayed."""

from __future__ import annotations

import time
from datetime import timedelta

import asyncpg
import pytest

from lead_reviver.decide.gate import Verdict
from lead_reviver.errors import BadInput
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.sending.again import call_again
from lead_reviver.sending.drafts import Draft, Template, judge, written
from lead_reviver.storage import conversations, outbox
from lead_reviver.storage.database import transaction
from tests.builders import Person, a_body, a_change, a_message, a_status, a_tap, a_text, messages_of
from tests.fakes import loses, refuses, takes_and_hangs_up
from tests.integration.workbench import Workbench, an_answer

HOUR = 3600.0


async def test_a_message_that_arrives_26_hours_late_gets_no_free_answer(bench: Workbench):
    await bench.hears(Person(), "Are you open tomorrow?", at=time.time() - 26 * HOUR)
    assert await bench.answer() == "refused"
    assert bench.sent() == []
    [message] = await bench.messages()
    assert message["status"] == "not_sent"
    assert "24-hour reply window" in message["reason"]
    assert message["gate"]["reasons"][0]["code"] == "window_closed"
    conversation = await bench.conversation()
    assert conversation["waiting_for_person_since"] is not None


async def test_a_message_that_arrives_20_hours_late_is_answered(bench: Workbench):
    await bench.hears(Person(), "Are you open tomorrow?", at=time.time() - 20 * HOUR)
    assert await bench.answer() == "replied"


@pytest.mark.parametrize(
    "words", ["STOP", "baja", "não quero receber mensagens", "désabonner", "abmelden", "non scrivermi più", "बंद करो"]
)
async def test_a_lead_who_says_stop_in_any_language_gets_one_confirmation_and_then_silence(
    bench: Workbench, words: str
):
    ana = Person()
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.hears(ana, words)
    lead = await bench.lead()
    assert lead["opted_out_at"] is not None  # before anything was sent
    assert await bench.answer() == "opted_out"
    assert len(bench.sent()) == 1

    await bench.hears(ana, words)
    await bench.hears(ana, "How much is it?")
    await bench.make_due()
    assert await bench.run() == []
    assert len(bench.sent()) == 1
    conversation = await bench.conversation()
    assert "asking not to be written to" in conversation["waiting_reason"]


@pytest.mark.parametrize("message", ["button", "payload"])
async def test_the_stop_button_of_a_template_is_a_no(bench: Workbench, message: str):
    ana = Person()
    if message == "button":
        tap = a_message(ana, "button", {"payload": "STOP", "text": "No more of this"})
    else:
        tap = a_tap(ana, "stop:campaign-7", "Not for me")
    await bench.receive(messages_of(bench.number, ana, tap))
    assert (await bench.lead())["opted_out_at"] is not None


async def test_a_no_that_arrives_a_day_late_counts_but_is_not_confirmed_any_more(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.hears(Person(), "STOP", at=time.time() - 20 * HOUR)
    await bench.run()
    assert bench.sent() == []
    assert (await bench.lead())["opted_out_at"] is not None


async def test_a_no_outlives_the_lead(bench: Workbench):
    """The lead is erased and writes again, or is imported again: still a no."""
    ana = Person(user_id="ES.9Kd82LmQ4abc")
    await bench.hears(ana, "STOP")
    await bench.run()
    sent = len(bench.sent())
    await bench.do("delete from public.leads where workspace_id = $1")

    await bench.hears(Person(wa_id=ana.wa_id), "Hello again")
    lead = await bench.lead()
    assert lead["opted_out_at"] is not None
    await bench.make_due()
    await bench.run()
    assert len(bench.sent()) == sent


async def test_a_lead_who_opted_out_and_writes_start_is_answered_again(bench: Workbench):
    ana = Person()
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.hears(ana, "STOP")
    await bench.run()
    await bench.hears(ana, "START")
    assert (await bench.lead())["opted_out_at"] is None
    assert await bench.answer() == "replied"
    await bench.hears(ana, "To buy a flat")
    assert await bench.answer() == "replied"
    assert await bench.rows("select 1 from public.suppressions where workspace_id = $1") == []


async def test_a_no_withdraws_every_consent_in_the_ledger(bench: Workbench):
    ana = Person()
    await bench.hears(ana, "Hello")
    await bench.run()
    lead = await bench.lead()
    await bench.do(
        "insert into public.consents (id, workspace_id, lead_id, purpose, source, given_at) "
        "values (gen_random_uuid(), $1, $2, 'marketing', 'web form', now())",
        lead["id"],
    )
    await bench.hears(ana, "STOP")
    ledger = await bench.row("select withdrawn_at, withdrawn_through from public.consents where workspace_id = $1")
    assert ledger["withdrawn_at"] is not None
    assert ledger["withdrawn_through"] == "whatsapp message"


async def test_a_lead_who_stops_marketing_in_whatsapp_is_still_answered(bench: Workbench):
    ana = Person()
    preference = {
        "wa_id": ana.wa_id,
        "detail": "User requested to stop marketing messages",
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": int(time.time()),
    }
    await bench.receive(
        a_body(a_change(bench.number, "user_preferences", contacts=[ana.contact()], user_preferences=[preference]))
    )
    lead = await bench.lead()
    assert lead["marketing_stopped_at"] is not None
    assert lead["opted_out_at"] is None
    scopes = await bench.rows("select scope from public.suppressions where workspace_id = $1")
    assert {each["scope"] for each in scopes} == {"marketing"}
    await bench.hears(ana, "Is the flat still there?")
    assert await bench.answer() == "replied"


async def test_a_person_who_takes_over_while_the_bot_thinks_has_the_only_word(bench: Workbench):
    ana = Person()

    async def person_takes_over() -> None:
        conversation = await bench.conversation()
        async with bench.pool.acquire() as connection:
            await conversations.take_over(connection, conversation["id"], bench.workspace.agent.user_id)  # type: ignore[arg-type]

    bench.llm.meanwhile = person_takes_over
    await bench.hears(ana, "Hello")
    assert await bench.answer() == "refused"
    assert bench.sent() == []
    [message] = await bench.messages()
    assert message["gate"]["reasons"][0]["code"] == "human_mode"
    assert (await bench.conversation())["waiting_for_person_since"] is None  # somebody is there already
    await bench.hears(ana, "Anybody?")
    assert await bench.claim() == []


async def test_a_reply_that_waited_is_not_sent_after_a_no(bench: Workbench):
    """The Graph API could not be reached; before the next try the lead says stop."""
    ana = Person()
    away = bench.with_parts(graph_url="http://127.0.0.1:9")
    await bench.hears(ana, "Hello")
    assert await away.answer() == "waiting"
    await bench.hears(ana, "STOP")
    await bench.make_due()
    await bench.run()
    await bench.make_due()
    await bench.run()
    assert [each.text for each in bench.sent()] in ([], ["Noted: STOP"])


async def test_a_reply_that_waited_is_not_sent_after_a_person_took_over(bench: Workbench):
    away = bench.with_parts(graph_url="http://127.0.0.1:9")
    await bench.hears(Person(), "Hello")
    assert await away.answer() == "waiting"
    conversation = await bench.conversation()
    async with bench.pool.acquire() as connection:
        await conversations.take_over(connection, conversation["id"], bench.workspace.agent.user_id)  # type: ignore[arg-type]
    await bench.make_due()
    await bench.run()
    assert bench.sent() == []
    [message] = await bench.messages()
    assert message["status"] == "not_sent"


async def test_the_confirmation_of_a_no_is_sent_once_the_graph_api_is_back(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    away = bench.with_parts(graph_url="http://127.0.0.1:9")
    await bench.hears(Person(), "STOP")
    assert await away.answer() == "waiting"
    await bench.make_due()
    assert await bench.answer() == "opted_out"
    assert len(bench.sent()) == 1


async def test_whoever_is_not_on_the_list_gets_nothing_outside_production(bench: Workbench):
    listed, other = Person(), Person()
    bench = bench.with_parts(reachable_numbers=frozenset({listed.phone}))
    await bench.hears(listed, "Hello")
    await bench.hears(other, "Hello")
    assert sorted(str(each.outcome) for each in await bench.run()) == ["refused", "replied"]
    assert [each.to for each in bench.sent()] == [listed.phone]
    [stays] = [each for each in await bench.messages() if each["status"] == "not_sent"]
    assert stays["gate"]["reasons"][0]["code"] == "environment"


async def test_a_real_graph_address_in_development_reaches_listed_numbers_only(bench: Workbench):
    real = {"WHATSAPP_GRAPH_URL": "https://graph.facebook.com", "LEAD_REVIVER_ALLOWED_NUMBERS": "+34600111222, "}
    for environment in ("development", "staging"):
        settings = bench.stack.settings(**real, LEAD_REVIVER_ENV=environment)
        assert settings.reachable_numbers == frozenset({"+34600111222"})
    assert bench.stack.settings(**real, LEAD_REVIVER_ENV="production").reachable_numbers is None
    assert bench.stack.settings(WHATSAPP_GRAPH_URL="http://127.0.0.1:1").reachable_numbers is None
    assert bench.stack.settings(WHATSAPP_GRAPH_URL="http://127.0.0.1.example.com").reachable_numbers == frozenset()


async def test_more_than_ten_answers_to_one_lead_wait_for_the_pair_rate(bench: Workbench):
    ana, bo = Person(), Person()
    for n in range(10):
        await bench.hears(ana, f"line {n}")
        assert await bench.answer() == "replied"
    await bench.hears(ana, "line 10")
    [ref] = await bench.run()
    assert ref.outcome == "waiting"
    assert 0 < ref.wait_seconds <= 6
    assert len(bench.sent()) == 10
    turn = await bench.row("select state, reason from public.turns where workspace_id = $1 and state <> 'done'")
    assert turn["state"] == "settling"
    assert "how fast one person" in turn["reason"]

    await bench.hears(bo, "Hello")  # others go on
    assert await bench.answer() == "replied"


async def test_a_number_sends_no_faster_than_whatsapp_lets_it(bench: Workbench):
    await bench.do("update public.channels set messages_per_second = 3 where workspace_id = $1")
    for _ in range(5):
        await bench.hears(Person(), "Hello")
    outcomes = sorted(str(each.outcome) for each in await bench.run())
    assert outcomes == ["replied"] * 3 + ["waiting"] * 2
    await bench.make_due()
    time.sleep(1)
    await bench.run()
    assert len(bench.sent()) == 5


async def test_a_stopped_number_keeps_its_answers_until_a_person_lets_it_go_on(bench: Workbench):
    bench.graph.will(bench.number, refuses(190, 401))
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "waiting"
    channel = await bench.row("select paused_at, paused_reason from public.channels where workspace_id = $1")
    assert "access token" in channel["paused_reason"]

    await bench.make_due()
    assert await bench.answer() == "waiting"
    assert len(bench.sent()) == 1
    await bench.do("update public.channels set paused_at = null, paused_reason = null where workspace_id = $1")
    await bench.make_due()
    assert await bench.answer() == "replied"
    assert len(bench.sent()) == 2


async def test_the_outbox_is_written_before_the_call(bench: Workbench):
    seen = []

    async def looks(graph, request, body):
        connection = await asyncpg.connect(bench.stack.env["DATABASE_URL"])
        row = await connection.fetchrow(
            "select o.state, m.status from engine.outbox o join public.messages m on m.id = o.message_id "
            "where o.id = $1",
            body["biz_opaque_callback_data"],
        )
        await connection.close()
        seen.append(tuple(row))
        return graph.take(graph.calls[-1])

    bench.graph.will(bench.number, looks)
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "replied"
    assert seen == [("calling", "sending")]


async def test_a_lost_answer_is_settled_by_the_status_and_nothing_is_sent_twice(bench: Workbench):
    ana = Person()
    bench.graph.will(bench.number, takes_and_hangs_up)
    await bench.hears(ana, "Hello")
    assert await bench.answer() == "waiting"
    [call] = bench.sent()
    await bench.told(a_status(str(call.wamid), "sent", ana, outbox_id=call.outbox_id))
    [message] = await bench.messages()
    assert (message["status"], message["wamid"]) == ("sent", call.wamid)

    assert await bench.answer() == "replied"  # due at once
    assert len(bench.sent()) == 1
    assert (await bench.turn())["state"] == "done"


async def test_a_lost_message_is_sent_again_only_after_a_silence(bench: Workbench):
    bench.graph.will(bench.number, loses)
    await bench.hears(Person(), "Hello")
    [ref] = await bench.run()
    assert ref.outcome == "waiting"
    assert ref.wait_seconds == pytest.approx(60, abs=1)
    await bench.do("update public.turns set ready_at = now() where workspace_id = $1 and state = 'settling'")
    assert await bench.answer() == "waiting"  # asked too early, it waits on
    assert len(bench.sent()) == 1

    await bench.make_due()
    assert await bench.answer() == "replied"
    first, second = bench.sent()
    assert first.outbox_id == second.outbox_id


async def test_while_an_answer_is_lost_no_other_answer_overtakes_it(bench: Workbench):
    ana = Person()
    bench.graph.will(bench.number, loses)
    await bench.hears(ana, "Hello")
    assert await bench.answer() == "waiting"
    await bench.hears(ana, "How much is it?")
    assert await bench.claim() == []
    await bench.make_due()
    await bench.run()
    await bench.run()
    assert [each.text for each in bench.sent()] == ["Noted: Hello", "Noted: Hello / How much is it?"]


async def test_a_text_beyond_whatsapps_limits_is_not_tried_without_end(bench: Workbench):
    bench.llm.script.extend([an_answer("x" * 5000)] * 3)
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "handed_over"
    assert bench.sent() == []
    assert (await bench.conversation())["waiting_for_person_since"] is not None


async def test_a_token_that_cannot_be_read_harms_only_its_own_number(bench: Workbench):
    good, bad = Person(), Person()
    other = "6" + bench.number[1:]
    await bench.do(
        "insert into public.channels (id, workspace_id, phone_number_id, business_account_id, name) "
        "values (gen_random_uuid(), $1, $2, '900', 'Rentals')",
        other,
    )
    token_of = bench.parts.delivery._token_of

    async def some_tokens(number: str) -> str:
        if number == other:
            raise BadInput("the token cannot be read")
        return await token_of(number)

    bench.parts.delivery._token_of = some_tokens
    await bench.hears(good, "Hello")
    await bench.receive(messages_of(other, bad, a_text(bad, "Hello")))
    outcomes = sorted(str(each.outcome) for each in await bench.run())
    assert outcomes == ["replied", "waiting"]
    accepted = await bench.rows("select 1 from engine.outbox where workspace_id = $1 and state = 'accepted'")
    assert len(accepted) == 1


async def test_a_reason_names_the_day_on_the_workspaces_calendar(bench: Workbench):
    """They asked at half past eleven at night there; elsewhere it was the next morning."""
    await bench.hears(Person(), "Hello")
    await bench.do("update public.workspaces set time_zone = 'America/New_York' where id = $1")
    await bench.do("update public.leads set opted_out_at = '2026-05-04T03:30:00Z' where workspace_id = $1")
    assert await bench.answer() in ("refused", "quiet")
    conversation = await bench.conversation()
    verdict = await _judged(bench, Draft(conversation["id"], "bot", "reply", "Hi", ignores_newer=True))
    assert verdict.sentence == "Not sent: they asked on 3 May not to be written to."


@pytest.mark.parametrize(
    ("consent", "phone", "code"), [(False, None, "no_consent"), (True, "+12125550123", "us_marketing")]
)
async def test_a_marketing_template_needs_a_consent_and_a_number_that_gets_it(
    bench: Workbench, consent: bool, phone: str | None, code: str
):
    await bench.hears(Person(), "Hello")
    lead = await bench.lead()
    if phone is not None:
        await bench.do("update public.leads set phone = $2 where workspace_id = $1", phone)
    if consent:
        await bench.do(
            "insert into public.consents (id, workspace_id, lead_id, purpose, source, given_at) "
            "values (gen_random_uuid(), $1, $2, 'marketing', 'web form', now())",
            lead["id"],
        )
    conversation = await bench.conversation()
    template = Template("spring", "en", "MARKETING")
    verdict = await _judged(bench, Draft(conversation["id"], "campaign", "campaign", "Hi", template=template))
    assert code in {each.code for each in verdict.reasons}


async def _judged(bench: Workbench, draft: Draft) -> Verdict:
    """Ask the gate about a message that is not written down."""
    async with transaction(bench.pool) as connection:
        facts = await outbox.facts(connection, [draft.conversation_id])
        [verdict] = await judge(
            connection,
            bench.redis,
            [draft],
            facts,
            now=bench.parts.clock(),
            hash_key=bench.parts.hash_key,
            reachable_numbers=None,
        )
    return verdict


async def test_a_paused_number_keeps_nobody_elses_messages_waiting(bench: Workbench):
    """What people sent from it is looked at once a minute, not first of all every second."""
    await bench.hears(Person(), "Hello")
    await bench.answer()
    conversation_id = (await bench.conversation())["id"]
    async with transaction(bench.pool) as connection:
        facts = await outbox.facts(connection, [conversation_id])
        draft = Draft(conversation_id, "person", "person_message", "I am on it")
        message = written(draft, facts[conversation_id], Verdict("allowed"))
        await outbox.add(connection, [message], bench.parts.delivery.settle)
        await outbox.postpone(connection, message.outbox_id, timedelta(), "WhatsApp could not be reached")
    await bench.do("update public.channels set paused_at = now(), paused_reason = 'x' where workspace_id = $1")
    async with transaction(bench.pool) as connection:
        settle = bench.parts.delivery.settle
        assert conversation_id in await outbox.conversations_due(connection, 99, settle)
        facts = await outbox.facts(connection, [conversation_id])
        again = await call_again(
            connection,
            bench.redis,
            await outbox.due_without_turn(connection, [conversation_id], settle),
            facts,
            now=bench.clock(),
            settle=settle,
            hash_key=bench.parts.hash_key,
            reachable_numbers=None,
        )
        assert list(again.waiting) == [message.outbox_id]
    async with transaction(bench.pool) as connection:
        assert conversation_id not in await outbox.conversations_due(connection, 99, settle)
    [row] = await bench.rows("select state, due_at from engine.outbox where workspace_id = $1 and turn_id is null")
    assert row["state"] == "waiting"
