"""A transcriber at an endpoint: what it is asked, and every way in which it may fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lead_reviver.errors import SettingsError
from lead_reviver.voice.choosing import transcriber_called
from lead_reviver.voice.endpoint import EndpointTranscriber, NotTranscribed, TranscriberAway
from tests.scripted_provider import (
    Behaviour,
    answers,
    hangs,
    is_cut_off,
)
from tests.voice.transcriber_stand_in import (
    TranscriberStandIn,
    a_transcriber,
    a_voice_note,
    says,
    says_nonsense,
)

OPUS = "audio/ogg; codecs=opus"
SURE = {"start": 0, "end": 1, "avg_logprob": -0.1}


@pytest.fixture
async def stand_in() -> AsyncIterator[TranscriberStandIn]:
    async with a_transcriber() as running:
        yield running


@pytest.fixture
async def transcriber(stand_in: TranscriberStandIn) -> AsyncIterator[EndpointTranscriber]:
    made = EndpointTranscriber("openai:whisper-1", stand_in.url, "a-key", 1.0)
    yield made
    await made.close()


async def test_a_note_goes_there_with_the_leads_language_and_comes_back_as_words(
    stand_in: TranscriberStandIn, transcriber: EndpointTranscriber
):
    stand_in.will(says("Dos habitaciones", language="spanish"))
    heard = await transcriber.transcribe(a_voice_note(), OPUS, "es")
    assert (heard.text, heard.language, heard.seconds, heard.model) == (
        "Dos habitaciones", "es", 2.0, "openai:whisper-1",
    )  # fmt: skip
    assert heard.confidence == pytest.approx(0.887, abs=0.001)
    [form] = stand_in.forms
    assert (form["model"], form["language"], form["response_format"]) == ("whisper-1", "es", "verbose_json")
    assert (form["file"], form["filename"], form["type"]) == (a_voice_note(), "voice.ogg", "audio/ogg")
    assert stand_in.headers[0]["Authorization"] == "Bearer a-key"


async def test_nobody_guesses_a_language_that_is_not_known(
    stand_in: TranscriberStandIn, transcriber: EndpointTranscriber
):
    await transcriber.transcribe(a_voice_note(), OPUS, None)
    assert "language" not in stand_in.forms[0]


async def test_a_model_without_segments_is_asked_how_sure_it_is_of_each_token(stand_in: TranscriberStandIn):
    stand_in.will(answers({"text": "Two bedrooms", "logprobs": [{"logprob": -0.1}, {"logprob": -0.3}]}))
    transcriber = EndpointTranscriber("openai:gpt-4o-transcribe", stand_in.url, None, 1.0)
    heard = await transcriber.transcribe(a_voice_note(), OPUS, "en")
    await transcriber.close()
    assert (heard.language, heard.confidence) == ("en", pytest.approx(0.819, abs=0.001))
    assert (stand_in.forms[0]["response_format"], stand_in.forms[0]["include[]"]) == ("json", "logprobs")
    assert "Authorization" not in stand_in.headers[0]


@pytest.mark.parametrize(
    ("body", "confidence"),
    [
        ({"text": "Hello"}, None),
        ({"text": "Hello", "segments": []}, None),
        ({"text": "Hello", "segments": [{"start": 0, "end": 1}]}, None),
        ({"text": "Hello", "segments": ["x"]}, None),
        ({"text": "Hello", "segments": [{**SURE, "avg_logprob": True}]}, None),
        ({"text": "Hello", "segments": [{**SURE, "no_speech_prob": 1.0}]}, 0.0),
        ({"text": "Hello", "segments": [{**SURE, "avg_logprob": 5}]}, 1.0),
        ({"text": "Hello", "segments": [SURE, {**SURE, "avg_logprob": -2, "end": 4}]}, 0.289),
        ({"text": "Hello", "logprobs": [{"logprob": None}]}, None),
        ({"text": "", "segments": None, "language": 7, "duration": "long"}, None),
    ],
)
async def test_it_is_as_sure_as_the_model_says_and_no_surer(
    stand_in: TranscriberStandIn, transcriber: EndpointTranscriber, body: dict[str, object], confidence: float | None
):
    stand_in.will(answers(body))
    heard = await transcriber.transcribe(a_voice_note(), OPUS, "en")
    assert heard.confidence == (None if confidence is None else pytest.approx(confidence, abs=0.001))


async def test_an_endpoint_that_is_busy_once_is_asked_once_more(
    stand_in: TranscriberStandIn, transcriber: EndpointTranscriber
):
    stand_in.will(answers({}, 503), says("Two bedrooms"))
    assert (await transcriber.transcribe(a_voice_note(), OPUS, "en")).text == "Two bedrooms"


@pytest.mark.parametrize(
    "behaviours",
    [
        [answers({"error": {}}, 429)] * 2,
        [answers({}, 500)] * 2,
        [is_cut_off(), is_cut_off()],
        [hangs()],
    ],
    ids=["rate limit", "error", "cut off", "too slow"],
)
async def test_an_endpoint_that_is_away_says_so_in_time(
    stand_in: TranscriberStandIn, transcriber: EndpointTranscriber, behaviours: list[Behaviour]
):
    stand_in.will(*behaviours)
    with pytest.raises(TranscriberAway):
        await transcriber.transcribe(a_voice_note(), OPUS, "en")


@pytest.mark.parametrize(
    "behaviour",
    [
        answers({"error": {"message": "no such key"}}, 401),
        answers({}, 413),
        answers({}, 307),
        says_nonsense(b"<html>"),
        says_nonsense(b""),
        says_nonsense(b'{"text": "' + b"x" * 1_100_000 + b'"}'),
        answers(["text"]),
        answers({"words": []}),
        answers({"text": 5}),
    ],
)
async def test_what_cannot_be_used_is_no_transcript(
    stand_in: TranscriberStandIn, transcriber: EndpointTranscriber, behaviour: Behaviour
):
    stand_in.will(behaviour, behaviour)
    with pytest.raises((NotTranscribed, TranscriberAway)) as refusal:
        await transcriber.transcribe(a_voice_note(), OPUS, "en")
    assert "a-key" not in str(refusal.value)


async def test_nobody_home_is_no_crash():
    transcriber = EndpointTranscriber("openai:whisper-1", "http://127.0.0.1:9", None, 2.0)
    with pytest.raises(TranscriberAway):
        await transcriber.transcribe(a_voice_note(), OPUS, None)
    await transcriber.close()


@pytest.mark.parametrize("name", ["", "whisper", "openai:", "azure:whisper", ":x"])
def test_a_setting_that_names_nobody_is_refused_with_what_to_write(name: str):
    with pytest.raises(SettingsError, match="set it to none, or to openai:model"):
        transcriber_called(name, None, None, 1.0)


def test_nobody_listens_unless_it_is_asked_for():
    assert transcriber_called("none", None, None, 1.0) is None
