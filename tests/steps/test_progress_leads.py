"""Leads that move on by themselves: followed up once, aged by silence, awake again; nobody is bothered twice."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.steps import follow_up_leads
from lead_reviver.steps.progress_leads import progress_leads
from lead_reviver.steps.progressed import Progressed
from lead_reviver.storage import conversations, suppressions
from lead_reviver.storage.database import new_id
from lead_reviver.storage.leads import Identity
from tests.builders import Person, a_status
from tests.fakes import loses, refuses
from tests.integration.workbench import Workbench

HOUR = timedelta(hours=1)
WAITS = """
update public.conversations set waiting_for_person_since = now(), waiting_reason = 'x' where workspace_id = $1
"""


@pytest.fixture
async def asked(bench: Workbench) -> Workbench:
    """A lead was asked how many bedrooms, and says nothing. By its clock it may be written to at any hour."""
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.do("update public.workspaces set contact_from = 0, contact_until = 24 where id = $1")
    await bench.hears(Person(), "Hello, I am looking for a flat")
    assert await bench.answer() == "replied"
    return bench


async def after(bench: Workbench, silence: timedelta) -> list[Progressed]:
    """Let time pass and leads progress; return what became of our leads."""
    bench.clock.moved = silence
    found = await progress_leads(bench.parts)
    return [each for each in found.leads if each.workspace_id == bench.workspace.workspace_id]


async def test_a_lead_who_went_silent_is_asked_once_more_in_other_words(asked: Workbench):
    [done] = await after(asked, 5 * HOUR)
    conversation = await asked.conversation()
    assert (done.outcome, done.stage, done.conversation_id) == ("followed_up", "engaged", conversation["id"])
    question, reminder = asked.sent()
    assert question.text.endswith("How many bedrooms would you like?")
    assert reminder.text == (
        "Hi Ana, no rush at all, I'm just picking this up where we left it. "
        "Roughly how many bedrooms do you need, for example 2 or 3?"
    )
    _, message = await asked.messages()
    assert (message["author"], message["status"], message["turn_id"]) == ("bot", "accepted", None)
    assert message["gate"]["purpose"] == "follow_up"


async def test_a_lead_is_not_hurried(asked: Workbench):
    assert await after(asked, 3 * HOUR) == []
    assert len(asked.sent()) == 1


async def test_a_lead_who_stays_silent_is_followed_up_only_once(asked: Workbench):
    assert len(await after(asked, 5 * HOUR)) == 1
    assert await after(asked, 5 * HOUR) == []
    assert await after(asked, 15 * HOUR) == []
    assert await after(asked, 30 * HOUR) == []
    assert len(asked.sent()) == 2
    assert (await asked.conversation())["waiting_for_person_since"] is None


async def test_two_runs_at_once_write_once(asked: Workbench):
    asked.clock.moved = 5 * HOUR
    runs = await asyncio.gather(*(progress_leads(asked.parts) for _ in range(4)))
    ours = [each for run in runs for each in run.leads if each.workspace_id == asked.workspace.workspace_id]
    assert [each.outcome for each in ours] == ["followed_up"]
    assert len(asked.sent()) == 2


async def test_an_answer_to_a_follow_up_is_understood_as_an_answer_to_its_question(asked: Workbench):
    await after(asked, 5 * HOUR)
    asked.clock.moved = timedelta()
    lead = await asked.lead()
    await asked.hears(Person(wa_id=lead["phone"][1:]), "3")
    assert await asked.answer() == "replied"
    assert (await asked.lead())["fields"]["bedrooms"]["value"] == 3
    assert "3 bedrooms, noted." in asked.sent()[-1].text.replace("Three", "3")


async def test_a_lead_who_answers_and_goes_silent_again_is_followed_up_about_the_new_question(asked: Workbench):
    await after(asked, 5 * HOUR)
    asked.clock.moved = timedelta()
    lead = await asked.lead()
    await asked.hears(Person(wa_id=lead["phone"][1:]), "3")
    await asked.answer()
    [done] = await after(asked, 5 * HOUR)
    assert done.outcome == "followed_up"
    assert asked.sent()[-1].text.endswith("Which part of town would suit you best?")


async def test_a_follow_up_that_was_written_down_and_never_called_goes_out_once_by_the_relay(asked: Workbench):
    """The process dies between the commit and the Graph call."""

    class Killed(BaseException):
        pass

    async def dies(calls: Any) -> Any:
        raise Killed

    deliver, asked.parts.delivery.deliver = asked.parts.delivery.deliver, dies  # type: ignore[method-assign]
    with pytest.raises(Killed):
        await after(asked, 5 * HOUR)
    asked.parts.delivery.deliver = deliver  # type: ignore[method-assign]
    assert len(asked.sent()) == 1
    assert await after(asked, 6 * HOUR) == []  # it is written down: nobody writes another

    await asked.make_due()
    async with asked.relay():
        await asked.until_sent(2)
        await asyncio.sleep(1.2)
    assert len(asked.sent()) == 2


async def test_a_follow_up_whose_answer_was_lost_is_settled_by_its_status(asked: Workbench):
    asked.graph.will(asked.number, loses)
    [done] = await after(asked, 5 * HOUR)
    assert done.outcome == "followed_up"
    call = asked.sent()[-1]
    person = Person(wa_id=call.to.removeprefix("+"))
    await asked.told(a_status("wamid.LATE", "delivered", person, outbox_id=call.outbox_id))
    assert [each["status"] for each in await asked.messages()][-1] == "delivered"
    assert await after(asked, 6 * HOUR) == []


async def test_a_follow_up_that_could_not_be_sent_is_not_sent_after_the_lead_wrote(asked: Workbench):
    """The Graph API could not be reached; before the next try the lead answers and is answered."""
    away = asked.with_parts(graph_url="http://127.0.0.1:9")
    [done] = await after(away, 5 * HOUR)
    assert (done.outcome, done.reason) == ("followed_up", "WhatsApp could not be reached")
    asked.clock.moved = timedelta()
    lead = await asked.lead()
    await asyncio.sleep(1.1)  # WhatsApp's times are whole seconds
    await asked.hears(Person(wa_id=lead["phone"][1:]), "3")
    assert await asked.answer() == "replied"
    sent = len(asked.sent())
    await asked.make_due()
    async with asked.relay():
        await asyncio.sleep(1.5)
    assert len(asked.sent()) == sent
    [message] = [each for each in await asked.messages() if each["gate"]["purpose"] == "follow_up"]
    assert message["status"] == "not_sent"
    assert message["gate"]["reasons"][0]["code"] == "newer_message"


async def test_a_follow_up_that_could_not_be_sent_is_not_sent_over_a_person_who_took_over(asked: Workbench):
    away = asked.with_parts(graph_url="http://127.0.0.1:9")
    await after(away, 5 * HOUR)
    conversation = await asked.conversation()
    async with asked.pool.acquire() as connection:
        await conversations.take_over(connection, conversation["id"], asked.workspace.agent.user_id)  # type: ignore[arg-type]
    await asked.make_due()
    async with asked.relay():
        await asyncio.sleep(1.5)
    assert len(asked.sent()) == 1
    assert (await asked.messages())[-1]["gate"]["reasons"][0]["code"] == "human_mode"


@pytest.mark.parametrize(
    "change",
    [
        "update public.conversations set mode = 'human' where workspace_id = $1",
        WAITS,
        "update public.leads set opted_out_at = now() where workspace_id = $1",
        "update public.leads set snoozed_until = now() + interval '9 days' where workspace_id = $1",
        "update public.channels set paused_at = now(), paused_reason = 'x' where workspace_id = $1",
        "update public.turns set state = 'parked' where workspace_id = $1",
        "update public.messages set status = 'failed' where workspace_id = $1 and direction = 'out'",
        "update public.turns set decision = decision || '{\"asked\": null}' where workspace_id = $1",
    ],
    ids=["person", "waits", "opted-out", "snoozed", "paused", "parked", "never-asked", "no-question"],
)
async def test_nobody_is_followed_up_who_must_be_left_alone(asked: Workbench, change: str):
    await asked.do(change)
    assert await after(asked, 5 * HOUR) == []
    assert len(asked.sent()) == 1


async def test_a_person_who_wrote_and_handed_back_is_not_followed_up_by_the_bot(asked: Workbench):
    conversation = await asked.conversation()
    await asked.do(
        "insert into public.messages (id, workspace_id, conversation_id, direction, author, kind, status, sent_at)"
        " values ($3, $1, $2, 'out', 'person', 'text', 'sent', now())",
        conversation["id"],
        new_id(),
    )
    assert await after(asked, 5 * HOUR) == []


async def test_somebody_on_the_list_of_those_who_said_no_is_refused_by_the_gate_and_the_thread_says_so(
    asked: Workbench,
):
    """The list knows more than the lead: another lead with the same number said no."""
    lead = await asked.lead()
    hashes = suppressions.hashes_of(
        asked.parts.hash_key, [Identity(asked.workspace.workspace_id, "phone", lead["phone"])]
    )
    async with asked.pool.acquire() as connection:
        await suppressions.suppress(connection, hashes, scope="all", reason="asked on WhatsApp")  # type: ignore[arg-type]
    [done] = await after(asked, 5 * HOUR)
    assert done.outcome == "not_sent"
    assert "list of people" in str(done.reason)
    assert len(asked.sent()) == 1
    assert (await asked.messages())[-1]["status"] == "not_sent"
    assert await after(asked, 6 * HOUR) == []


async def test_outside_production_nobody_is_followed_up_who_is_not_on_the_list(asked: Workbench):
    [done] = await after(asked.with_parts(reachable_numbers=frozenset()), 5 * HOUR)
    assert (done.outcome, len(asked.sent())) == ("not_sent", 1)


async def test_a_lead_is_followed_up_by_day_in_its_own_time_zone(asked: Workbench):
    hour = datetime.now(UTC).hour
    await asked.do("update public.workspaces set contact_from = 9, contact_until = 20 where id = $1")

    async def lives_where_it_is(o_clock: int) -> None:
        offset = (o_clock - hour - 5 + 12) % 24 - 12
        zone = f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
        await asked.do("update public.leads set time_zone = $2 where workspace_id = $1", zone)

    for night in (3, 8, 20, 23):
        await lives_where_it_is(night)
        assert await after(asked, 5 * HOUR) == []
    await lives_where_it_is(11)
    assert [each.outcome for each in await after(asked, 5 * HOUR)] == ["followed_up"]


async def test_when_the_window_has_closed_a_person_is_asked_once_and_nothing_is_sent(asked: Workbench):
    [done] = await after(asked, 25 * HOUR)
    assert (done.outcome, done.stage) == ("needs_template", "engaged")
    conversation = await asked.conversation()
    assert conversation["waiting_for_person_since"] is not None
    assert "template" in conversation["waiting_reason"]
    assert len(asked.sent()) == 1
    await asked.do(
        "update public.conversations set waiting_for_person_since = null, waiting_reason = null where workspace_id = $1"
    )
    assert await after(asked, 26 * HOUR) == []


async def test_when_meta_has_closed_the_window_no_free_text_is_tried(asked: Workbench):
    await asked.do("update public.conversations set window_closed_at = now() where workspace_id = $1")
    [done] = await after(asked, 5 * HOUR)
    assert done.outcome == "needs_template"


async def a_template(bench: Workbench, **changes: Any) -> None:
    row = {
        "name": "follow_up",
        "language": "en_US",
        "category": "UTILITY",
        "status": "APPROVED",
        "body": "Hi {{1}}, shall we go on?",
    }
    row |= changes
    await bench.do(
        "insert into public.templates (id, workspace_id, channel_id, name, language, category, status, components)"
        " values ($2, $1, $3, $4, $5, $6, $7, $8)",
        new_id(),
        bench.workspace.channel_id,
        row["name"],
        row["language"],
        row["category"],
        row["status"],
        [{"type": "BODY", "text": row["body"]}],
    )


async def test_when_the_window_has_closed_the_template_meant_for_it_is_sent(asked: Workbench):
    await a_template(asked)
    [done] = await after(asked, 25 * HOUR)
    assert done.outcome == "followed_up"
    body = asked.sent()[-1].body
    assert (body["type"], body["template"]["name"], body["template"]["language"]) == (
        "template",
        "follow_up",
        {"code": "en_US"},
    )
    assert body["template"]["components"] == [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]
    message = (await asked.messages())[-1]
    assert (message["kind"], message["body"], message["status"]) == ("template", "Hi Ana, shall we go on?", "accepted")
    assert await after(asked, 26 * HOUR) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "PENDING"},
        {"language": "de"},
        {"name": "other"},
        {"category": "MARKETING"},
        {"body": "Hi {{1}}, still looking in {{2}}?"},
    ],
    ids=["not-approved", "other-language", "other-name", "selling-without-consent", "needs-more"],
)
async def test_a_template_that_does_not_fit_is_not_sent(asked: Workbench, changes: dict[str, Any]):
    await a_template(asked, **changes)
    assert [each.outcome for each in await after(asked, 25 * HOUR)] == ["needs_template"]
    assert len(asked.sent()) == 1


async def test_a_follow_up_that_whatsapp_refuses_is_not_tried_again_and_a_person_looks(asked: Workbench):
    asked.graph.will(asked.number, refuses(131026))
    [done] = await after(asked, 5 * HOUR)
    assert done.outcome == "not_sent"
    assert (await asked.conversation())["waiting_for_person_since"] is not None
    assert await after(asked, 6 * HOUR) == []


async def test_a_playbook_without_follow_ups_follows_nobody_up(asked: Workbench):
    body = {**msgspec.to_builtins(shipped_playbook()), "follow_ups": []}
    await asked.do(
        "insert into public.playbooks (id, workspace_id, name, version, body, published_at)"
        " values ($2, $1, 'Quiet', 1, $3, now())",
        new_id(),
        body,
    )
    assert await after(asked, 5 * HOUR) == []


async def test_as_many_leads_as_asked_for_are_followed_up_and_the_rest_wait(asked: Workbench, monkeypatch: Any):
    monkeypatch.setattr(follow_up_leads, "PAGE", 2)
    for _ in range(4):
        await asked.hears(Person(), "Hello, I am looking for a flat")
    await asked.run()
    asked.clock.moved = 5 * HOUR
    counts, more = [], True
    while more:
        found = await progress_leads(asked.parts, 2)
        counts.append(len(found.leads))
        more = found.more
    assert sum(counts) == 5
    assert max(counts) == 2
    assert len(asked.sent()) == 10


async def test_a_lead_whose_record_is_broken_does_no_harm_to_the_others(asked: Workbench):
    await asked.do("update public.leads set fields = '{\"budget\": 7}' where workspace_id = $1")
    await asked.hears(Person(), "Hello, I am looking for a flat")
    await asked.run()
    [done] = await after(asked, 5 * HOUR)
    assert done.outcome == "followed_up"
    assert len(asked.sent()) == 3


async def test_follow_ups_that_whatsapp_s_limits_hold_back_go_out_by_themselves(asked: Workbench):
    for _ in range(2):
        await asked.hears(Person(), "Hello, I am looking for a flat")
    await asked.run()
    await asked.do("update public.channels set messages_per_second = 1 where workspace_id = $1")
    await asyncio.sleep(1.1)
    found = await after(asked, 5 * HOUR)
    assert [each.outcome for each in found] == ["followed_up"] * 3
    assert sorted(each.reason or "" for each in found)[-1].startswith("Waiting: WhatsApp limits how fast")
    assert len(asked.sent()) == 4
    async with asked.relay():
        await asked.until_sent(6)
    assert await after(asked, 6 * HOUR) == []


async def silent_for(bench: Workbench, days: int) -> None:
    """Let the last word of either side be days ago."""
    for table, columns in {
        "leads": ("updated_at", "last_inbound_at"),
        "conversations": ("last_message_at", "last_inbound_at"),
        "messages": ("sent_at",),
    }.items():
        moved = ", ".join(f"{each} = {each} - make_interval(days => $2)" for each in columns)
        await bench.do(f"update public.{table} set {moved} where workspace_id = $1", days)


async def test_a_lead_who_said_nothing_for_two_weeks_becomes_dormant(asked: Workbench):
    await silent_for(asked, 15)
    [done] = await after(asked, timedelta())
    assert (done.outcome, done.stage) == ("aged", "dormant")
    assert done.reason == "was engaged, and nothing was said for 15 days"
    assert (await asked.lead())["stage"] == "dormant"
    entry = await asked.row("select * from public.audit_log where workspace_id = $1")
    assert (entry["action"], entry["actor_id"], entry["subject_id"]) == ("age", None, done.lead_id)
    assert entry["details"] == {"from": "engaged", "to": "dormant"}
    assert await after(asked, timedelta()) == []
    assert len(asked.sent()) == 1


async def test_a_dormant_lead_who_writes_again_is_engaged(asked: Workbench):
    await silent_for(asked, 15)
    await after(asked, timedelta())
    lead = await asked.lead()
    await asked.hears(Person(wa_id=lead["phone"][1:]), "Hello again")
    assert await asked.answer() == "replied"
    assert (await asked.lead())["stage"] == "engaged"


@pytest.mark.parametrize(
    "change",
    [
        "update public.conversations set mode = 'human' where workspace_id = $1",
        WAITS,
        "update public.leads set opted_out_at = now() where workspace_id = $1",
        "update public.leads set snoozed_until = now() + interval '9 days' where workspace_id = $1",
        "update public.leads set updated_at = now() where workspace_id = $1",
        "update public.leads set stage = 'won' where workspace_id = $1",
        "insert into public.meetings (id, workspace_id, lead_id, kind, state, starts_at, ends_at, time_zone) "
        "select gen_random_uuid(), $1, id, 'viewing', 'booked', now() + interval '2 days', now() + interval '3 days', "
        "'UTC' from public.leads where workspace_id = $1",
    ],
    ids=["person", "waits", "opted-out", "snoozed", "changed", "won", "meeting"],
)
async def test_a_stage_does_not_age_while_somebody_is_at_it(asked: Workbench, change: str):
    await silent_for(asked, 20)
    await asked.do(change)
    assert await after(asked, timedelta()) == []


async def test_a_lead_who_was_never_written_with_ages_too(bench: Workbench):
    await bench.do(
        "insert into public.leads (id, workspace_id, source, stage, updated_at)"
        " values ($2, $1, 'import', 'qualified', now() - interval '31 days')",
        new_id(),
    )
    [done] = await after(bench, timedelta())
    assert (done.outcome, done.stage, done.conversation_id) == ("aged", "dormant", None)


async def test_a_snoozed_lead_wakes_on_its_day_and_a_person_sees_it(asked: Workbench):
    await asked.do("update public.leads set snoozed_until = now() + interval '3 days' where workspace_id = $1")
    version = (await asked.conversation())["state_version"]
    assert await after(asked, timedelta(days=2)) == []
    [done] = await after(asked, timedelta(days=3, minutes=1))
    assert (done.outcome, done.stage) == ("woken", "engaged")
    assert (await asked.lead())["snoozed_until"] is None
    conversation = await asked.conversation()
    assert (conversation["waiting_reason"], conversation["state_version"]) == ("their snooze is over", version + 1)
    assert (await asked.row("select action from public.audit_log where workspace_id = $1"))["action"] == "wake"
    assert await after(asked, timedelta(days=3, minutes=1)) == []


async def test_a_snoozed_lead_who_said_no_wakes_without_a_word_to_anybody(asked: Workbench):
    await asked.do(
        "update public.leads set snoozed_until = now() - interval '1 day', opted_out_at = now() where workspace_id = $1"
    )
    [done] = await after(asked, timedelta())
    assert done.outcome == "woken"
    assert (await asked.conversation())["waiting_for_person_since"] is None


async def test_a_snoozed_lead_who_writes_is_awake(asked: Workbench):
    await asked.do("update public.leads set snoozed_until = now() + interval '3 days' where workspace_id = $1")
    lead = await asked.lead()
    await asked.hears(Person(wa_id=lead["phone"][1:]), "3", at=time.time())
    assert (await asked.lead())["snoozed_until"] is None


async def test_two_runs_at_once_wake_and_age_each_lead_once(asked: Workbench):
    await silent_for(asked, 15)
    await asked.do(
        "insert into public.leads (id, workspace_id, source, snoozed_until) values ($2, $1, 'import', now())", new_id()
    )
    runs = await asyncio.gather(*(progress_leads(asked.parts) for _ in range(4)))
    ours = [each.outcome for run in runs for each in run.leads if each.workspace_id == asked.workspace.workspace_id]
    assert sorted(ours) == ["aged", "woken"]
