"""Leads who asked to be written to later: their words are kept, and on the day they are written to or shown, once."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.reply.waking import FirstLine
from lead_reviver.steps.progress_leads import progress_leads
from lead_reviver.steps.progressed import Progressed
from lead_reviver.storage import leads, snoozes
from lead_reviver.storage.database import new_id, transaction
from tests.builders import Person, a_message, messages_of
from tests.fakes import refuses
from tests.integration.workbench import Workbench
from tests.sending.test_approval import click, waiting

SAID = "My father is ill. Not now please, in two months"
WAITS = """
update public.conversations set waiting_for_person_since = now(), waiting_reason = 'x' where workspace_id = $1
"""
TEMPLATE = "Hi {{name}}, in {{month}} you asked us to write {{when}}. Is now a better time?"


@pytest.fixture
async def asleep(bench: Workbench) -> Workbench:
    """A lead asked to be written to in two months. By its clock it may be written to at any hour."""
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.do("update public.workspaces set contact_from = 0, contact_until = 24 where id = $1")
    await bench.hears(Person(), SAID)
    assert await bench.answer() == "replied"
    return bench


async def the_snooze(bench: Workbench) -> Any:
    rows = await bench.rows("select * from public.snoozes where workspace_id = $1")
    return rows[0] if rows else None


async def on_its_day(bench: Workbench, *, late: timedelta = timedelta(minutes=1)) -> list[Progressed]:
    """Let its day come; return how our leads woke."""
    until = (await bench.lead())["snoozed_until"]
    bench.clock.moved = until + late - datetime.now(UTC) if until is not None else bench.clock.moved
    found = await progress_leads(bench.parts)
    ours = [each for each in found.leads if each.workspace_id == bench.workspace.workspace_id]
    return [each for each in ours if each.outcome == "woken"]


async def a_template(bench: Workbench, **changes: str) -> None:
    row = {"name": "asked_for_later", "language": "en", "category": "UTILITY", "body": TEMPLATE, **changes}
    await bench.do(
        "insert into public.templates (id, workspace_id, channel_id, name, language, category, status, components)"
        " values ($2, $1, $3, $4, $5, $6, 'APPROVED', $7)",
        new_id(), bench.workspace.channel_id, row["name"], row["language"], row["category"],
        [{"type": "BODY", "text": row["body"]}],
    )  # fmt: skip


async def the_line(bench: Workbench) -> str:
    """Return what the lead should read now, whatever month it is."""
    asked_at = (await bench.messages("in"))[0]["sent_at"]
    line = FirstLine(
        asked_at=asked_at, occasion="later:months", now=bench.clock(), zone="UTC", language="en", name="Ana"
    )
    return line.text()


async def test_a_lead_who_asks_for_later_is_left_alone_and_its_words_are_kept(asleep: Workbench):
    lead, snooze, [message] = await asleep.lead(), await the_snooze(asleep), await asleep.messages("in")
    assert lead["snoozed_until"].date() == message["sent_at"].date() + timedelta(days=60)
    assert (snooze["lead_id"], snooze["set_by"], snooze["person_id"]) == (lead["id"], "lead", None)
    assert (snooze["message_id"], snooze["said"], snooze["asked_at"]) == (message["id"], SAID, message["sent_at"])
    assert (snooze["occasion"], snooze["woke_at"], snooze["first_line"]) == ("later:months", None, None)


async def test_of_several_messages_the_one_that_names_the_time_is_kept(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.hears(Person(), "Not now", "We could talk in two weeks", "Thanks")
    assert await bench.answer() == "replied"
    assert (await the_snooze(bench))["said"] == "We could talk in two weeks"


async def test_within_the_window_the_lead_is_written_to_in_approved_words(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.do("update public.workspaces set contact_from = 0, contact_until = 24 where id = $1")
    await bench.hears(Person(), "Not now, write me tomorrow please")
    await bench.answer()
    # A lead's day begins at midnight, which is less than 24 hours away.
    [done] = await on_its_day(bench)
    assert done.reason == "they were written to, as they had asked"
    message = (await bench.messages())[-1]
    assert (message["author"], message["status"], message["gate"]["purpose"]) == ("bot", "accepted", "follow_up")
    assert message["body"].startswith("Hi Ana, ")
    assert message["body"].endswith("good time. Is now a better one?")
    assert (await bench.lead())["snoozed_until"] is None
    assert (await bench.conversation())["waiting_for_person_since"] is None
    assert await on_its_day(bench) == []
    assert len(bench.sent()) == 2


async def test_outside_of_the_window_the_template_meant_for_it_goes_out_once(asleep: Workbench):
    await a_template(asleep)
    [done] = await on_its_day(asleep)
    assert (done.outcome, done.reason) == ("woken", "they were written to, as they had asked")
    body = asleep.sent()[-1].body
    assert (body["type"], body["template"]["name"]) == ("template", "asked_for_later")
    message = (await asleep.messages())[-1]
    month = (await asleep.messages("in"))[0]["sent_at"].strftime("%B")
    assert message["body"] == f"Hi Ana, in {month} you asked us to write some months later. Is now a better time?"
    snooze = await the_snooze(asleep)
    assert (snooze["woke_at"] is not None, snooze["first_line"]) == (True, None)
    conversation = await asleep.conversation()
    assert (conversation["mode"], conversation["waiting_for_person_since"]) == ("bot", None)
    assert await on_its_day(asleep) == []
    assert len(asleep.sent()) == 2


async def test_two_runs_at_once_write_once(asleep: Workbench):
    await a_template(asleep)
    until = (await asleep.lead())["snoozed_until"]
    asleep.clock.moved = until + timedelta(minutes=1) - datetime.now(UTC)
    runs = await asyncio.gather(*(progress_leads(asleep.parts) for _ in range(4)))
    ours = [each for run in runs for each in run.leads if each.workspace_id == asleep.workspace.workspace_id]
    assert [each.outcome for each in ours if each.outcome == "woken"] == ["woken"]
    assert len(asleep.sent()) == 2


async def test_a_line_that_was_written_down_and_never_called_goes_out_once_by_the_relay(asleep: Workbench):
    """The process dies between the commit and the Graph call."""

    class Killed(BaseException):
        pass

    async def dies(calls: Any) -> Any:
        raise Killed

    await a_template(asleep)
    deliver, asleep.parts.delivery.deliver = asleep.parts.delivery.deliver, dies  # type: ignore[method-assign]
    with pytest.raises(Killed):
        await on_its_day(asleep)
    asleep.parts.delivery.deliver = deliver  # type: ignore[method-assign]
    assert await on_its_day(asleep) == []
    await asleep.make_due()
    async with asleep.relay():
        await asleep.until_sent(2)
        await asyncio.sleep(1.2)
    assert len(asleep.sent()) == 2


async def test_without_a_template_a_person_sees_the_lead_with_the_line_ready(asleep: Workbench):
    [done] = await on_its_day(asleep)
    assert done.reason == "their snooze is over"
    conversation, snooze = await asleep.conversation(), await the_snooze(asleep)
    assert conversation["waiting_reason"] == "their snooze is over"
    assert (snooze["first_line"], snooze["said"]) == (await the_line(asleep), SAID)
    assert len(asleep.sent()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "de"},
        {"name": "other"},
        {"category": "MARKETING"},
        {"body": "Hi {{1}}, see {{price}}"},
    ],
    ids=["other-language", "other-name", "selling-without-consent", "needs-more"],
)
async def test_a_template_that_does_not_fit_is_not_sent_and_a_person_sees_the_lead(asleep: Workbench, changes: Any):
    await a_template(asleep, **changes)
    assert len(await on_its_day(asleep)) == 1
    assert len(asleep.sent()) == 1
    assert (await asleep.conversation())["waiting_for_person_since"] is not None


async def test_in_approval_mode_the_line_is_a_proposal_that_a_click_sends(asleep: Workbench):
    await a_template(asleep)
    await asleep.do("update public.workspaces set approval = true where id = $1")
    [done] = await on_its_day(asleep)
    assert done.reason == "a message to them waits for a click"
    assert len(asleep.sent()) == 1
    draft = await waiting(asleep)
    assert (draft["purpose"], draft["kind"]) == ("follow_up", "template")
    await click(asleep, draft["id"])
    assert len(asleep.sent()) == 2
    assert await on_its_day(asleep) == []


@pytest.mark.parametrize(
    "change",
    [
        "update public.conversations set mode = 'human' where workspace_id = $1",
        WAITS,
        "update public.leads set language = 'fr' where workspace_id = $1",
        "update public.leads set stage = 'booked' where workspace_id = $1",
        "update public.channels set paused_at = now(), paused_reason = 'x' where workspace_id = $1",
    ],
    ids=["human", "waits", "language", "had-a-meeting", "paused"],
)
async def test_what_is_a_persons_is_only_shown_to_the_person(asleep: Workbench, change: str):
    await a_template(asleep)
    await asleep.do(change)
    assert len(await on_its_day(asleep)) == 1
    assert len(asleep.sent()) == 1
    assert (await asleep.conversation())["waiting_for_person_since"] is not None
    assert (await the_snooze(asleep))["first_line"] == await the_line(asleep)


MEETING = """
insert into public.meetings (id, workspace_id, lead_id, kind, state, starts_at, ends_at, time_zone, agent_id)
select gen_random_uuid(), l.workspace_id, l.id, 'viewing', 'booked', l.snoozed_until + interval '2 days',
  l.snoozed_until + interval '49 hours', 'UTC', (select user_id from public.members where workspace_id = $1 limit 1)
from public.leads l where l.workspace_id = $1
"""


@pytest.mark.parametrize(
    "change",
    [
        "update public.leads set opted_out_at = now() where workspace_id = $1",
        "update public.leads set stage = 'lost' where workspace_id = $1",
        "update public.leads set stage = 'won' where workspace_id = $1",
        MEETING,
    ],
    ids=["said-no", "lost", "won", "meeting"],
)
async def test_a_lead_about_whom_there_is_nothing_left_to_ask_is_neither_written_to_nor_shown(
    asleep: Workbench, change: str
):
    await a_template(asleep)
    await asleep.do(change)
    [done] = await on_its_day(asleep)
    assert str(done.reason).startswith("their snooze is over, and they ")
    assert len(asleep.sent()) == 1
    assert (await asleep.conversation())["waiting_for_person_since"] is None
    assert (await asleep.lead())["snoozed_until"] is None
    assert await the_snooze(asleep) is None


async def test_a_lead_whose_day_begins_at_night_sleeps_on_until_it_may_be_written_to(asleep: Workbench):
    await a_template(asleep)
    await asleep.do("update public.workspaces set contact_from = 9, contact_until = 20 where id = $1")
    assert await on_its_day(asleep) == []
    assert (await asleep.lead())["snoozed_until"] is not None
    assert len(await on_its_day(asleep, late=timedelta(hours=10))) == 1
    assert len(asleep.sent()) == 2


async def test_who_sleeps_on_keeps_nobody_else_from_waking(asleep: Workbench):
    await asleep.do("update public.workspaces set contact_from = 9, contact_until = 20 where id = $1")
    await asleep.do(
        "insert into public.leads (id, workspace_id, source, snoozed_until)"
        " select $2, $1, 'import', snoozed_until + interval '1 second' from public.leads where workspace_id = $1",
        new_id(),
    )
    until = await asleep.row("select min(snoozed_until) as at from public.leads where workspace_id = $1")
    asleep.clock.moved = until["at"] + timedelta(minutes=1) - datetime.now(UTC)
    found = await progress_leads(asleep.parts, 1)
    ours = [each for each in found.leads if each.workspace_id == asleep.workspace.workspace_id]
    assert [(each.outcome, each.conversation_id) for each in ours] == [("woken", None)]


async def test_a_lead_that_the_gate_refuses_is_shown_and_the_thread_says_why(asleep: Workbench):
    await a_template(asleep)
    [done] = await on_its_day(asleep.with_parts(reachable_numbers=frozenset()))
    assert "only writes to listed numbers" in str(done.reason)
    assert (await asleep.messages())[-1]["status"] == "not_sent"
    assert (await asleep.conversation())["waiting_for_person_since"] is not None


async def test_a_line_that_whatsapp_refuses_is_not_tried_again_and_a_person_looks(asleep: Workbench):
    await a_template(asleep)
    asleep.graph.will(asleep.number, refuses(131026))
    assert len(await on_its_day(asleep)) == 1
    assert (await asleep.conversation())["waiting_for_person_since"] is not None
    assert await on_its_day(asleep) == []


async def test_a_lead_who_writes_again_is_awake_and_nothing_is_kept(asleep: Workbench):
    await the_lead_writes(asleep, "Actually, let us talk")
    assert await the_snooze(asleep) is None
    assert (await asleep.lead())["snoozed_until"] is None


async def test_a_lead_who_asks_for_another_day_has_the_new_words_kept(asleep: Workbench):
    await the_lead_writes(asleep, "Sorry, not now, rather after the summer")
    await asleep.answer()
    snooze = await the_snooze(asleep)
    assert (snooze["occasion"], snooze["said"]) == ("after_summer", "Sorry, not now, rather after the summer")


async def test_a_lead_who_says_yes_on_its_day_is_asked_what_comes_next(asleep: Workbench):
    await a_template(asleep)
    await on_its_day(asleep)
    asleep.clock.moved = timedelta()
    await the_lead_writes(asleep, "Yes, it is")
    assert await asleep.answer() == "replied"
    assert asleep.sent()[-1].text.endswith("?")
    assert await the_snooze(asleep) is None


async def test_a_lead_who_takes_the_message_back_takes_its_words_back(asleep: Workbench):
    lead, [message] = await asleep.lead(), await asleep.messages("in")
    person = Person(wa_id=lead["phone"][1:])
    taken_back = a_message(person, "revoke", {"original_message_id": message["wamid"]})
    await asleep.receive(messages_of(asleep.number, person, taken_back))
    snooze = await the_snooze(asleep)
    assert (snooze["message_id"], snooze["said"], snooze["occasion"]) == (None, None, None)
    await a_template(asleep)
    assert len(await on_its_day(asleep)) == 1
    assert len(asleep.sent()) == 1  # nothing may be said of it any more: a person decides
    assert (await the_snooze(asleep))["first_line"] is None


async def test_a_lead_that_is_erased_takes_everything_along(asleep: Workbench):
    await asleep.do("delete from public.leads where workspace_id = $1")
    assert await the_snooze(asleep) is None


async def test_a_message_that_is_erased_takes_its_words_along(asleep: Workbench):
    await asleep.do("delete from public.messages where workspace_id = $1")
    snooze = await the_snooze(asleep)
    assert (snooze["message_id"], snooze["said"], snooze["occasion"]) == (None, None, None)


async def test_of_two_leads_who_are_one_person_the_day_and_the_words_stay(asleep: Workbench):
    newer = await asleep.lead()
    older = new_id()
    await asleep.do(
        "insert into public.leads (id, workspace_id, source, created_at)"
        " values ($2, $1, 'import', now() - interval '1 day')",
        older,
    )
    async with transaction(asleep.pool) as connection:
        assert await leads.merge(connection, [older, newer["id"]]) == older
    lead, snooze = await asleep.lead(), await the_snooze(asleep)
    assert (lead["id"], lead["snoozed_until"]) == (older, newer["snoozed_until"])
    assert (snooze["lead_id"], snooze["said"]) == (older, SAID)


async def test_a_day_that_a_colleague_chose_is_shown_to_people_with_what_the_lead_had_said(asleep: Workbench):
    await a_template(asleep)
    conversation, agent = await asleep.conversation(), str(asleep.workspace.agent.user_id)
    async with transaction(asleep.pool) as connection:
        await snoozes.put_off(connection, conversation["id"], datetime.now(UTC) + timedelta(days=90), agent)
    snooze = await the_snooze(asleep)
    assert (snooze["set_by"], str(snooze["person_id"]), snooze["said"]) == ("person", agent, SAID)
    assert len(await on_its_day(asleep)) == 1
    assert len(asleep.sent()) == 1
    assert (await asleep.conversation())["waiting_for_person_since"] is not None
    assert (await the_snooze(asleep))["first_line"] == await the_line(asleep)


async def test_a_playbook_with_a_line_that_it_forbids_leaves_the_words_to_a_person(asleep: Workbench):
    await a_template(asleep)
    body = {**msgspec.to_builtins(shipped_playbook(), builtin_types=(date,)), "never_say": {"en": ["better time"]}}
    await asleep.do(
        "insert into public.playbooks (id, workspace_id, name, version, body, published_at)"
        " values ($2, $1, 'Careful', 1, $3, now())",
        new_id(), msgspec.to_builtins(body),
    )  # fmt: skip
    assert len(await on_its_day(asleep)) == 1
    assert len(asleep.sent()) == 1
    assert (await the_snooze(asleep))["first_line"] is None


async def test_no_word_of_the_lead_is_in_a_log_an_outcome_or_a_decision(asleep: Workbench, caplog: Any):
    caplog.set_level(logging.DEBUG)
    [done] = await on_its_day(asleep)
    assert "father" not in msgspec.json.encode(done).decode() + caplog.text
    assert "Ana" not in msgspec.json.encode(done).decode() + caplog.text
    assert "father" not in msgspec.json.encode((await asleep.turn())["decision"]).decode()


async def the_lead_writes(bench: Workbench, words: str) -> None:
    lead = await bench.lead()
    await asyncio.sleep(1.1)  # WhatsApp's times are whole seconds
    person = Person(wa_id=lead["phone"][1:])
    await bench.hears(person, words)
