"""A voice note in a whole turn: heard once, its words are the lead's; in doubt nobody acts on them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.state.voice_budget import VoiceBudget
from lead_reviver.voice.endpoint import EndpointTranscriber
from lead_reviver.voice.listening import Listening
from tests.builders import Person, a_message, a_text, messages_of
from tests.fakes import File
from tests.integration.workbench import Workbench
from tests.scripted_provider import (
    answers,
    hangs,
)
from tests.voice.transcriber_stand_in import (
    TranscriberStandIn,
    a_transcriber,
    a_voice_note,
    says,
)

MIME = "audio/ogg; codecs=opus"
LISTENS = "a colleague will listen to it"
ASKS_BACK = "Could you write it to me?"


@pytest.fixture
async def stand_in() -> AsyncIterator[TranscriberStandIn]:
    async with a_transcriber() as running:
        yield running


@pytest.fixture
async def office(bench: Workbench, stand_in: TranscriberStandIn) -> AsyncIterator[Workbench]:
    """A lead talks with the playbook's responder, and voice notes are listened to."""
    transcriber = EndpointTranscriber("openai:whisper-1", stand_in.url, None, 1.0)
    yield with_ears(bench.with_parts(llm=PlaybookResponder()), transcriber)
    await transcriber.close()


def with_ears(bench: Workbench, transcriber: EndpointTranscriber, **more: Any) -> Workbench:
    budget = VoiceBudget(bench.redis, more.pop("seconds_a_day", 600), bench.clock)
    usual: dict[str, Any] = {"longest": 60.0, "patience": 2.0}
    listening = Listening(
        transcriber, bench.graph_client, bench.parts.delivery._token_of, budget, bench.clock, bench.parts.hash_key,
        **usual | more,
    )  # fmt: skip
    return bench.with_parts(listening=listening)


def a_note(bench: Workbench, person: Person, seconds: float = 2.0, **more: Any) -> dict[str, Any]:
    """Return the message that brings a voice note; WhatsApp has its file."""
    media_id = str(secrets.randbelow(10**15))
    bench.graph.files[media_id] = File(a_voice_note(seconds), MIME)
    return a_message(person, "audio", {"id": media_id, "mime_type": MIME, "voice": True}, **more)


async def speaks(bench: Workbench, person: Person, **more: Any) -> str | None:
    """Let a person send a voice note; return how the turn ended."""
    await bench.receive(messages_of(bench.number, person, a_note(bench, person, **more)))
    return await bench.answer()


async def transcript(bench: Workbench) -> Any:
    [message] = await bench.messages("in")
    return message["transcript"]


async def test_a_lead_who_speaks_is_understood_like_one_who_types(office: Workbench, stand_in: TranscriberStandIn):
    assert await speaks(office, Person()) == "replied"
    bedrooms = (await office.lead())["fields"]["bedrooms"]
    [message] = await office.messages("in")
    assert (bedrooms["value"], bedrooms["message_id"]) == (2, message["id"])
    assert bedrooms["confidence"] == message["transcript"]["confidence"] < 1
    assert message["transcript"]["text"] == "Two bedrooms please"
    assert message["transcript"]["seconds"] == 2.0
    assert (await office.conversation())["waiting_for_person_since"] is None
    [form] = stand_in.forms
    assert form["file"] == a_voice_note()


async def test_a_note_is_listened_to_once_however_often_its_turn_is_run(
    office: Workbench, stand_in: TranscriberStandIn
):
    person = Person()
    await office.receive(messages_of(office.number, person, a_note(office, person)))
    batch = await office.claim()
    for _ in range(3):
        await office.step("load", batch)
    await office.run(batch)
    assert len(stand_in.forms) == 1
    assert len(office.sent()) == 1


async def test_a_lead_who_says_stop_in_a_voice_note_is_obeyed_at_once_and_told_so_once(
    office: Workbench, stand_in: TranscriberStandIn
):
    stand_in.will(says("Please stop writing to me"))
    person = Person()
    assert await speaks(office, person) == "opted_out"
    lead = await office.lead()
    assert lead["opted_out_at"] is not None
    assert await office.rows("select 1 from public.suppressions where workspace_id = $1")
    assert len(office.sent()) == 1
    await office.receive(messages_of(office.number, person, a_note(office, person)))
    assert await office.run() == []
    assert len(office.sent()) == 1


async def test_a_no_that_was_not_heard_well_is_left_to_a_person_and_nothing_is_sent(
    office: Workbench, stand_in: TranscriberStandIn
):
    stand_in.will(says("please stop writing to me", logprob=-1.5))
    await speaks(office, Person())
    assert (await office.lead())["opted_out_at"] is None
    assert "person" in (await office.conversation())["waiting_reason"]
    assert office.sent() == []
    assert (await transcript(office))["doubt"] == "maybe_no"


async def test_a_note_that_cannot_be_made_out_is_asked_for_in_writing_and_the_next_goes_to_a_person(
    office: Workbench, stand_in: TranscriberStandIn
):
    person = Person()
    stand_in.will(says("two bedrooms", logprob=-1.2), says("", silent=0.9))
    assert await speaks(office, person) == "replied"
    assert office.sent()[-1].text.endswith(ASKS_BACK)
    assert (await office.lead())["fields"] == {}
    assert await speaks(office, person) == "handed_over"
    assert "could not make this one out either" in office.sent()[-1].text


async def test_a_lead_who_then_writes_is_understood(office: Workbench, stand_in: TranscriberStandIn):
    person = Person()
    stand_in.will(says("mumble", logprob=-2))
    await speaks(office, person)
    await office.hears(person, "two bedrooms")
    assert await office.answer() == "replied"
    assert (await office.lead())["fields"]["bedrooms"]["value"] == 2


@pytest.mark.parametrize("behaviour", [hangs(), answers({}, 500), answers({}, 401), answers({"words": 1})])
async def test_a_lead_never_waits_for_a_transcriber_that_fails(
    office: Workbench, stand_in: TranscriberStandIn, behaviour: Any
):
    stand_in.will(behaviour, behaviour)
    outcome = await asyncio.wait_for(speaks(office, Person()), 20)
    assert (outcome, (await transcript(office))["doubt"]) == ("handed_over", "late")
    [sent] = office.sent()
    assert "voice message" in sent.text


async def test_a_note_that_is_too_long_is_left_to_a_person_and_nobody_is_paid(
    office: Workbench, stand_in: TranscriberStandIn
):
    assert await speaks(office, Person(), seconds=61.0) == "handed_over"
    assert "too long" in office.sent()[-1].text
    assert stand_in.forms == []


async def test_when_the_budget_of_the_day_is_used_up_a_person_listens(office: Workbench, stand_in: TranscriberStandIn):
    ears = office.parts.listening
    assert ears is not None
    office = with_ears(office, ears.transcriber, seconds_a_day=3)  # type: ignore[arg-type]
    assert await speaks(office, Person()) == "replied"
    assert await speaks(office, Person()) == "handed_over"
    assert len(stand_in.forms) == 1
    assert LISTENS in office.sent()[-1].text


async def test_a_file_that_whatsapp_no_longer_has_is_asked_for_again(office: Workbench, stand_in: TranscriberStandIn):
    person = Person()
    await office.receive(messages_of(office.number, person, a_message(person, "audio", {"id": "1", "mime_type": MIME})))
    assert await office.answer() == "replied"
    assert "did not reach me" in office.sent()[-1].text
    assert stand_in.forms == []


async def test_a_burst_of_words_voice_and_a_picture_gets_one_reply(office: Workbench, stand_in: TranscriberStandIn):
    person = Person()
    picture = a_message(person, "image", {"id": "2", "mime_type": "image/jpeg"})
    await office.receive(
        messages_of(office.number, person, a_text(person, "in Nerja"), a_note(office, person), picture)
    )
    assert await office.answer() == "handed_over"
    [sent] = office.sent()
    assert "picture" in sent.text
    assert {name: each["value"] for name, each in (await office.lead())["fields"].items()} == {
        "area": "Nerja", "bedrooms": 2,
    }  # fmt: skip


async def test_what_a_lead_deletes_is_forgotten_with_its_transcript(office: Workbench):
    person = Person()
    await speaks(office, person)
    [message] = await office.messages("in")
    revoke = a_message(person, "revoke", {"original_message_id": message["wamid"]})
    await office.receive(messages_of(office.number, person, revoke))
    [message] = await office.messages("in")
    assert (message["transcript"], message["deleted_at"] is not None) == (None, True)


async def test_where_nothing_transcribes_a_person_listens(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    assert await speaks(bench, Person()) == "handed_over"
    assert LISTENS in bench.sent()[-1].text
    assert await transcript(bench) is None
