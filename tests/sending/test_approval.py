"""Approval mode: what the bot wants to say waits for a person, and is out of date as soon as anybody else speaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lead_reviver.approving import TIME_TAKEN, TIMES_GONE, Click, Clicked, let_go
from lead_reviver.decide.conversation import Button, Choices, Decision
from lead_reviver.errors import BadInput
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.steps.scoring import score_corrected
from lead_reviver.storage import approvals, conversations, turns
from lead_reviver.storage.database import new_id, transaction
from tests.builders import Person
from tests.integration.workbench import Workbench, an_answer

WAITING = "select * from public.approvals where workspace_id = $1 and state = 'waiting'"
MEETING = "Has a meeting booked"
ALL = "select * from public.approvals where workspace_id = $1 order by created_at, id"


@pytest.fixture
async def careful(bench: Workbench) -> Workbench:
    """A workspace in approval mode."""
    await bench.do("update public.workspaces set approval = true where id = $1")
    return bench


async def why(bench: Workbench) -> list[str]:
    """Return what the lead's score is made of."""
    return [each["why"] for each in (await bench.lead())["score_reasons"] or []]


async def waiting(bench: Workbench) -> Any:
    """Return the one message that waits."""
    return await bench.row(WAITING)


async def click(bench: Workbench, approval_id: str, text: str | None = None) -> Clicked:
    """Let a message go as the workspace's agent; the call is made as the API makes it."""
    async with transaction(bench.pool) as connection:
        approval = await approvals.find(connection, approval_id)
        assert approval is not None
        await conversations.lock(connection, [approval.conversation_id])
        clicked = await let_go(
            connection,
            bench.redis,
            approval,
            Click(str(bench.workspace.agent.user_id), text),
            now=bench.parts.clock(),
            settle=bench.parts.delivery.settle,
            hash_key=bench.parts.hash_key,
            reachable_numbers=bench.parts.reachable_numbers,
            score_of=lambda lead: score_corrected(lead, lead.fields, shipped_playbook()),
        )
    if clicked.call is not None:
        await bench.parts.delivery.deliver([clicked.call])
    return clicked


async def test_a_reply_waits_for_a_person_and_goes_out_once_they_click(careful: Workbench):
    await careful.hears(Person(), "Hello")
    assert await careful.answer() == "drafted"
    assert careful.sent() == []
    assert await careful.messages() == []
    draft = await waiting(careful)
    assert (draft["body"], draft["purpose"]) == ("Noted: Hello", "reply")
    assert (await careful.conversation())["approval_waiting_since"] is not None
    assert (await careful.turn())["state"] == "done"

    assert (await click(careful, draft["id"])).outcome == "written"
    assert [each.text for each in careful.sent()] == ["Noted: Hello"]
    [message] = await careful.messages()
    assert (message["id"], message["author"], message["status"]) == (draft["id"], "bot", "accepted")
    assert message["author_id"] == careful.workspace.agent.user_id
    assert message["turn_id"] == draft["turn_id"]
    assert (await careful.conversation())["approval_waiting_since"] is None
    assert (await careful.conversation())["mode"] == "bot"
    [ended] = await careful.rows(ALL)
    assert (ended["state"], ended["decided_by"]) == ("sent", careful.workspace.agent.user_id)


async def test_a_playbook_asks_for_approval_by_itself(bench: Workbench):
    body = {**msgspec.to_builtins(shipped_playbook()), "approval": True}
    await bench.do(
        "insert into public.playbooks (id, workspace_id, name, version, body, published_at) "
        "values ($2, $1, 'careful', 1, $3, now())",
        new_id(),
        body,
    )
    await bench.hears(Person(), "Hello")
    assert await bench.answer() == "drafted"
    assert bench.sent() == []


async def test_a_workspace_that_is_made_now_begins_in_approval_mode(bench: Workbench):
    made = await bench.pool.fetchval(
        "insert into public.workspaces (id, name) values ($1, 'New Homes') returning approval", new_id()
    )
    assert made is True


async def test_other_words_are_sent_and_the_bots_own_are_kept(careful: Workbench):
    await careful.hears(Person(), "Hello")
    await careful.answer()
    draft = await waiting(careful)
    await click(careful, draft["id"], "Good morning, how can I help?")
    assert [each.text for each in careful.sent()] == ["Good morning, how can I help?"]
    [kept] = await careful.rows(ALL)
    assert kept["body"] == "Noted: Hello"


async def test_a_no_is_confirmed_at_once_and_what_waited_is_withdrawn(careful: Workbench):
    careful = careful.with_parts(llm=PlaybookResponder())
    ana = Person()
    await careful.hears(ana, "Hello")
    assert await careful.answer() == "drafted"
    await careful.hears(ana, "STOP")
    assert await careful.answer() == "opted_out"
    assert len(careful.sent()) == 1
    [draft] = await careful.rows(ALL)
    assert (draft["state"], draft["reason"]) == ("withdrawn", "they asked not to be written to")


async def test_a_lead_who_writes_again_gets_one_answer_to_both(careful: Workbench):
    ana = Person()
    await careful.hears(ana, "Hello")
    assert await careful.answer() == "drafted"
    await careful.hears(ana, "Is it still free?")
    assert (await careful.conversation())["approval_waiting_since"] is None
    assert await careful.answer() == "drafted"
    first, second = await careful.rows(ALL)
    assert (first["state"], first["reason"]) == ("withdrawn", "they wrote again")
    assert second["body"] == "Noted: Hello / Is it still free?"
    states = await careful.rows("select state from public.turns where workspace_id = $1 order by opened_at, id")
    assert [each["state"] for each in states] == ["superseded", "done"]


async def test_a_person_who_takes_over_has_the_only_word(careful: Workbench):
    await careful.hears(Person(), "Hello")
    await careful.answer()
    conversation = await careful.conversation()
    async with transaction(careful.pool) as connection:
        await conversations.take_over(connection, conversation["id"], careful.workspace.agent.user_id)
        await turns.drop_gathering(connection, conversation["id"], "a person took over")
    [draft] = await careful.rows(ALL)
    assert (draft["state"], draft["reason"]) == ("withdrawn", "a person took over")


async def test_the_gate_is_asked_again_at_the_click(careful: Workbench):
    """The number was suppressed meanwhile, by another way than a message."""
    await careful.hears(Person(), "Hello")
    await careful.answer()
    draft = await waiting(careful)
    await careful.do("update public.leads set opted_out_at = now() + interval '1 second' where workspace_id = $1")
    clicked = await click(careful, draft["id"])
    assert careful.sent() == []
    assert clicked.outcome == "written"
    assert "not to be written to" in str(clicked.sentence)
    [message] = await careful.messages()
    assert (message["status"], message["gate"]["reasons"][0]["code"]) == ("not_sent", "opted_out")
    [ended] = await careful.rows(ALL)
    assert ended["state"] == "refused"


async def test_on_a_paused_number_a_message_goes_on_waiting(careful: Workbench):
    await careful.hears(Person(), "Hello")
    await careful.answer()
    draft = await waiting(careful)
    await careful.do("update public.channels set paused_at = now(), paused_reason = 'No money' where workspace_id = $1")
    clicked = await click(careful, draft["id"])
    assert clicked.outcome == "not_now"
    assert "No money" in str(clicked.sentence)
    assert (await waiting(careful))["id"] == draft["id"]


async def test_a_turn_that_runs_again_proposes_nothing_a_second_time(careful: Workbench):
    """The process died after the proposal was written down and before the turn's end was."""
    await careful.hears(Person(), "Hello")
    batch = await careful.claim()
    for name in ("load", "reply", "send"):
        ended = await careful.step(name, batch)
    assert [each.outcome for each in ended] == ["drafted"]
    assert [each.outcome for each in await careful.run(batch)] == ["drafted"]
    assert len(await careful.rows(ALL)) == 1


async def test_a_hand_over_waits_for_a_person_although_its_words_wait_too(careful: Workbench):
    careful = careful.with_parts(llm=PlaybookResponder())
    await careful.hears(Person(), "Can I talk to a person?")
    assert await careful.answer() == "handed_over"
    assert careful.sent() == []
    assert (await waiting(careful))["purpose"] == "handover_notice"
    assert (await careful.conversation())["waiting_for_person_since"] is not None


async def test_a_retry_of_what_was_let_go_asks_for_no_second_click(careful: Workbench):
    away = careful.with_parts(graph_url="http://127.0.0.1:9")
    await careful.hears(Person(), "Hello")
    await careful.answer()
    await click(away, (await waiting(careful))["id"])
    [message] = await careful.messages()
    assert message["status"] == "sending"
    row = await careful.row("select state, turn_id from engine.outbox where workspace_id = $1")
    assert (row["state"], row["turn_id"]) == ("waiting", None)


async def a_slot(bench: Workbench, held_for: timedelta) -> str:
    """Hold a time for the lead of the only conversation; return the meeting's id."""
    meeting_id, starts_at = new_id(), datetime.now(UTC) + timedelta(days=2)
    await bench.do(
        "insert into public.meetings (id, workspace_id, lead_id, conversation_id, agent_id, kind, state, starts_at, "
        "ends_at, time_zone, held_until) select $2, $1, c.lead_id, c.id, $3, 'viewing', 'held', $4, $5, 'UTC', $6 "
        "from public.conversations c where c.workspace_id = $1",
        meeting_id,
        bench.workspace.agent.user_id,
        starts_at,
        starts_at + timedelta(minutes=45),
        datetime.now(UTC) + held_for,
    )
    return meeting_id


def an_offer(slot: str) -> Decision:
    rows = [Button(f"slot:{slot}", "Tue 10:00"), Button("slot:none", "None of these")]
    return Decision("answer", "Offers times.", text="When suits you?", choices=Choices("See the times", rows))


async def test_an_offer_goes_out_while_its_times_are_held(careful: Workbench):
    ana = Person()
    await careful.hears(ana, "Can I visit?")
    careful.llm.script.append(an_offer(await a_slot(careful, timedelta(minutes=10))))
    assert await careful.answer() == "drafted"
    assert (await click(careful, (await waiting(careful))["id"])).outcome == "written"
    [call] = careful.sent()
    assert call.body["interactive"]["type"] == "list"


async def test_an_offer_whose_times_are_no_longer_held_is_made_anew(careful: Workbench):
    await careful.hears(Person(), "Can I visit?")
    careful.llm.script.append(an_offer(await a_slot(careful, -timedelta(minutes=1))))
    await careful.answer()
    clicked = await click(careful, (await waiting(careful))["id"])
    assert (clicked.outcome, clicked.sentence) == ("gone", TIMES_GONE)
    assert careful.sent() == []
    assert await careful.rows(WAITING) == []
    careful.llm.script.append(an_answer("I will look again"))
    assert await careful.answer() == "drafted"
    assert (await waiting(careful))["body"] == "I will look again"


async def test_nobody_has_a_meeting_before_the_words_that_say_so_were_let_go(careful: Workbench):
    await careful.hears(Person(), "Tuesday at ten")
    slot = await a_slot(careful, timedelta(minutes=10))
    careful.llm.script.append(
        Decision("answer", "Books.", text="Booked.", book=slot, stage="booked", checks=["length"])
    )
    assert await careful.answer() == "drafted"
    assert (await careful.row("select state from public.meetings where workspace_id = $1"))["state"] == "held"
    assert (await careful.lead())["stage"] != "booked"
    assert MEETING not in await why(careful)

    clicked = await click(careful, (await waiting(careful))["id"])
    assert (clicked.outcome, clicked.booked) == ("written", True)
    assert (await careful.row("select state from public.meetings where workspace_id = $1"))["state"] == "booked"
    lead = await careful.lead()
    assert lead["stage"] == "booked"
    assert MEETING in await why(careful), "the click raises the score, not only the next turn"
    assert lead["score"] == sum(each["points"] for each in lead["score_reasons"])


async def test_a_meeting_that_is_called_off_by_a_click_takes_its_points_away(careful: Workbench):
    await careful.hears(Person(), "I cannot come")
    slot = await a_slot(careful, timedelta(minutes=10))
    await careful.do("update public.meetings set state = 'booked', held_until = null where workspace_id = $1")
    await careful.do(
        "update public.leads set score = 90, score_reasons = $2 where workspace_id = $1",
        [{"points": 90, "why": MEETING, "about": "meeting"}],
    )
    careful.llm.script.append(Decision("answer", "Calls off.", text="Cancelled.", cancel=slot, checks=["length"]))
    await careful.answer()
    await click(careful, (await waiting(careful))["id"])
    assert MEETING not in await why(careful)
    assert (await careful.lead())["score"] < 90


async def test_a_time_that_was_taken_meanwhile_is_not_called_booked(careful: Workbench):
    await careful.hears(Person(), "Tuesday at ten")
    slot = await a_slot(careful, timedelta(minutes=10))
    careful.llm.script.append(Decision("answer", "Books.", text="Booked.", book=slot, checks=["length"]))
    await careful.answer()
    await careful.do("delete from public.meetings where workspace_id = $1")
    clicked = await click(careful, (await waiting(careful))["id"])
    assert (clicked.outcome, clicked.sentence) == ("gone", TIME_TAKEN)
    assert careful.sent() == []


async def test_the_words_of_a_template_are_not_changed(careful: Workbench):
    await careful.hears(Person(), "Hello")
    await careful.answer()
    draft = await waiting(careful)
    await careful.do(
        "update public.approvals set kind = 'template', content = $2 where workspace_id = $1",
        {"name": "hello", "language": {"code": "en"}, "category": "UTILITY", "components": []},
    )
    with pytest.raises(BadInput, match="words of a template are fixed"):
        await click(careful, draft["id"], "Other words")
    assert (await click(careful, draft["id"])).outcome == "written"
    [call] = careful.sent()
    assert call.body["template"]["name"] == "hello"
