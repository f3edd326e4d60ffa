"""Voice notes while a person answers: heard by the relay, shown, a no in them obeyed, and nobody kept waiting."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from aiohttp import web

from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.state import keys
from lead_reviver.voice.endpoint import EndpointTranscriber
from tests.builders import Person, a_message, messages_of
from tests.integration.workbench import Workbench
from tests.real_stack import eventually
from tests.voice.test_listening import MIME, a_note, office, stand_in, transcript, with_ears
from tests.voice.transcriber_stand_in import TranscriberStandIn, says

__all__ = ["office", "stand_in"]


async def with_a_person(bench: Workbench, person: Person) -> None:
    """Let a lead write, and a person of ours take over."""
    await bench.hears(person, "Hello")
    assert await bench.answer() == "replied"
    await bench.do(
        "update public.conversations set mode = 'human', assigned_to = $2, taken_over_at = now() "
        "where workspace_id = $1", bench.workspace.agent.user_id,
    )  # fmt: skip
    bench.graph.calls.clear()


async def speaks(bench: Workbench, person: Person, **more: Any) -> None:
    await bench.receive(messages_of(bench.number, person, a_note(bench, person, **more)))


async def listens(bench: Workbench) -> int:
    """Let the relay's ears do their round."""
    ears = bench.parts.listening
    assert ears is not None
    return await ears.listen_aside(bench.pool, bench.redis)


async def last(bench: Workbench) -> Any:
    """Return what was made of the newest voice note."""
    notes = [each for each in await bench.messages("in") if each["kind"] == "audio"]
    return notes[-1]["transcript"]


async def test_while_a_person_answers_a_note_is_written_out_for_them_and_nothing_else_happens(
    office: Workbench, stand_in: TranscriberStandIn
):
    ana = Person()
    await with_a_person(office, ana)
    live = keys.live(office.workspace.workspace_id)
    async with office.relay():
        await office.keep(messages_of(office.number, ana, a_note(office, ana)))
        said = await eventually(lambda: last_or_none(office), 15, "the note was heard", every=0.05)
        assert said["text"] == "Two bedrooms please"
        [note] = [each["id"] for each in await office.messages("in") if each["kind"] == "audio"]
        before = len(await office.redis.xrange(live))
        assert before >= 2
    assert note in str(await office.redis.xrange(live))
    assert (await office.lead())["fields"] == {}
    assert office.sent() == []
    assert len(stand_in.forms) == 1
    assert (await office.conversation())["mode"] == "human"


async def last_or_none(bench: Workbench) -> Any:
    with contextlib.suppress(IndexError):
        return await last(bench)
    return None


async def test_a_spoken_stop_to_a_person_is_obeyed_and_counted_once(office: Workbench, stand_in: TranscriberStandIn):
    ana = Person()
    await with_a_person(office, ana)
    stand_in.will(says("Please stop writing to me"))
    await speaks(office, ana)
    assert await listens(office) == 1
    assert (await office.lead())["opted_out_at"] is not None
    assert await office.rows("select 1 from public.suppressions where workspace_id = $1")
    assert await office.run() == []  # a person answers: the bot confirms nothing
    assert office.sent() == []
    assert await listens(office) == 0
    day = await office.redis.hgetall(keys.day(office.clock().date(), office.workspace.workspace_id))
    assert day[b"opted_out"] == b"1"


async def test_a_doubtful_stop_is_shown_to_the_person_and_acted_on_by_nobody(
    office: Workbench, stand_in: TranscriberStandIn
):
    ana = Person()
    await with_a_person(office, ana)
    stand_in.will(says("please stop writing to me", logprob=-1.5))
    await speaks(office, ana)
    await listens(office)
    assert (await last(office))["doubt"] == "maybe_no"
    assert (await office.lead())["opted_out_at"] is None
    assert (await office.conversation())["mode"] == "human"


async def test_a_doubtful_stop_keeps_a_lead_with_people_who_was_handed_back_meanwhile(
    office: Workbench, stand_in: TranscriberStandIn
):
    ana = Person()
    await with_a_person(office, ana)
    stand_in.will(says("please stop writing to me", logprob=-1.5))
    await speaks(office, ana)
    await office.do("update public.conversations set mode = 'bot', assigned_to = null where workspace_id = $1")
    await listens(office)
    assert "voice note" in (await office.conversation())["waiting_reason"]
    assert office.sent() == []


@pytest.mark.parametrize("words", ["START", "Yes, you may write to me again", "please start writing to me again"])
async def test_no_consent_is_ever_read_out_of_a_note(office: Workbench, stand_in: TranscriberStandIn, words: str):
    ana = Person()
    await with_a_person(office, ana)
    await office.hears(ana, "Stop writing to me")
    said_no = (await office.lead())["opted_out_at"]
    assert said_no is not None
    stand_in.will(says(words))
    await speaks(office, ana)
    assert await listens(office) == 1
    assert (await last(office))["text"] == words
    assert (await office.lead())["opted_out_at"] == said_no


async def test_a_lead_who_waits_for_a_person_and_says_stop_is_told_once_that_we_do(
    office: Workbench, stand_in: TranscriberStandIn
):
    ana = Person()
    await office.hears(ana, "I want to talk to a person")
    assert await office.answer() == "handed_over"
    before = len(office.sent())
    stand_in.will(says("Stop writing to me, please"))
    await speaks(office, ana)
    assert await office.run() == []
    await listens(office)
    assert await office.answer() == "opted_out"
    assert len(office.sent()) == before + 1
    assert len(stand_in.forms) == 1


async def test_what_a_turn_will_listen_to_is_left_to_it_until_a_person_takes_over(
    office: Workbench, stand_in: TranscriberStandIn
):
    ana = Person()
    await office.receive(messages_of(office.number, ana, a_note(office, ana)), quiet=60)
    assert await listens(office) == 0
    await office.do("update public.conversations set mode = 'human' where workspace_id = $1")
    await office.do("update public.turns set state = 'superseded', finished_at = now() where workspace_id = $1")
    assert await listens(office) == 1
    assert (await transcript(office))["text"] == "Two bedrooms please"


async def test_of_two_relays_one_listens_to_a_note(office: Workbench, stand_in: TranscriberStandIn):
    ana = Person()
    await with_a_person(office, ana)
    for _ in range(3):
        await speaks(office, ana)
    assert sorted(await asyncio.gather(listens(office), listens(office))) == [1, 2]
    assert len(stand_in.forms) == 3


async def test_what_is_old_deleted_or_said_in_a_group_is_not_listened_to(
    office: Workbench, stand_in: TranscriberStandIn
):
    ana = Person()
    await with_a_person(office, ana)
    for change in ("created_at = created_at - interval '25 hours'", "deleted_at = now()",
                   """content = content || '{"group_id": "g"}'"""):  # fmt: skip
        await speaks(office, ana)
        await office.do(
            f"update public.messages set {change} where workspace_id = $1 and id = "
            "(select id from public.messages where kind = 'audio' and workspace_id = $1 order by id desc limit 1)"
        )
    assert await listens(office) == 0
    assert stand_in.forms == []


async def test_the_limits_of_length_and_of_the_day_hold_here_too(office: Workbench, stand_in: TranscriberStandIn):
    ears = office.parts.listening
    assert ears is not None
    office = with_ears(office, ears.transcriber, seconds_a_day=3)  # type: ignore[arg-type]
    ana = Person()
    await with_a_person(office, ana)
    doubts = []
    for seconds in (61.0, 2.0, 2.0):
        await speaks(office, ana, seconds=seconds)
        await listens(office)
        doubts.append((await last(office)).get("doubt"))
    assert doubts == ["too_long", None, "not_listened"]
    assert len(stand_in.forms) == 1


async def test_nobody_waits_for_a_note_that_no_turn_needs(office: Workbench, stand_in: TranscriberStandIn):
    """While the transcriber thinks about what was said to a person, another lead is answered."""
    ana, bo, begun, answered = Person(), Person(), asyncio.Event(), asyncio.Event()

    async def thinks(request: web.Request) -> web.StreamResponse:
        begun.set()
        await answered.wait()
        return await says("two bedrooms")(request)

    transcriber = EndpointTranscriber("openai:whisper-1", stand_in.url, None, 60.0)
    office = with_ears(office, transcriber, patience=60.0)
    await with_a_person(office, ana)
    stand_in.will(thinks)
    async with office.relay():
        await office.keep(messages_of(office.number, ana, a_note(office, ana)))
        await asyncio.wait_for(begun.wait(), 15)
        await office.hears(bo, "Hello, I am looking for a flat")
        await office.until_sent(1)
        assert await last(office) is None
        answered.set()
        said = await eventually(lambda: last(office), 15, "the note was heard", every=0.05)
    assert said["text"] == "two bedrooms"
    await transcriber.close()


async def test_where_nothing_transcribes_the_person_listens(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    ana = Person()
    await with_a_person(bench, ana)
    await speaks(bench, ana)
    async with bench.relay():
        assert "_hear" not in {task.get_name() for task in asyncio.all_tasks()}
    assert await last(bench) is None


async def test_a_recording_that_whatsapp_no_longer_has_says_so(office: Workbench):
    ana = Person()
    await with_a_person(office, ana)
    gone = a_message(ana, "audio", {"id": "1", "mime_type": MIME})
    await office.receive(messages_of(office.number, ana, gone))
    await listens(office)
    assert (await last(office))["doubt"] == "gone"
