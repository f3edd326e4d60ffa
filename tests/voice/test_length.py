"""How long a recording is, known before anybody is paid to listen to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lead_reviver.simulator
from lead_reviver.voice.length import seconds_of
from tests.voice.transcriber_stand_in import a_voice_note

SAMPLE = Path(lead_reviver.simulator.__file__).parent / "samples" / "voice.ogg"


@pytest.mark.parametrize("seconds", [1.0, 2.5, 90.0])
def test_a_voice_note_says_how_long_it_is(seconds: float):
    assert seconds_of(a_voice_note(seconds), "audio/ogg; codecs=opus") == seconds


def test_a_real_voice_note_says_it_too():
    assert 0.5 < seconds_of(SAMPLE.read_bytes(), "audio/ogg") < 10


def test_where_the_file_does_not_say_its_size_does():
    assert seconds_of(b"x" * 5000, "audio/mpeg") == 10
    assert seconds_of(b"x" * 5000, None) == 10
    assert seconds_of(b"", "audio/ogg") == 0


@given(st.binary(max_size=200), st.sampled_from([b"", b"OggS", a_voice_note(0.1)]))
def test_no_file_is_longer_than_its_size_allows(noise: bytes, page: bytes):
    for mime in ("audio/ogg", "audio/amr"):
        assert 0 <= seconds_of(noise + page, mime) <= len(noise + page) / 500
