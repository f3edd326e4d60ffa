"""Whose words count: a sure transcript is the lead's, a doubtful one is nobody's."""

from __future__ import annotations

import pytest

from lead_reviver.decide.voice import SURE, Transcript, judged, read_transcript


def heard(text: str, confidence: float | None = 0.9, **more: object) -> Transcript:
    return judged(Transcript(text, **{"language": "en", "seconds": 20.0, **more}, confidence=confidence))


@pytest.mark.parametrize("text", ["Two bedrooms in Nerja", "please stop writing to me", "sí"])
def test_words_that_the_model_is_sure_of_count(text: str):
    assert heard(text).doubt is None
    assert heard(text, SURE).doubt is None


@pytest.mark.parametrize(
    ("text", "confidence", "more"),
    [
        ("Two bedrooms", 0.59, {}),
        ("Two bedrooms", None, {}),
        ("", 0.99, {}),
        ("... !", 0.99, {}),
        ("ขอบคุณครับ", 0.9, {"language": "th"}),
        ("Thanks for watching!", 0.95, {}),
        ("Subtítulos realizados por la comunidad de Amara.org", 0.95, {"language": "es"}),
        ("two bedrooms " * 30, 0.95, {}),
        (
            "a whole paragraph of words that nobody could say in the one second that it lasted, really",
            0.95,
            {"seconds": 1.0},
        ),
    ],
)
def test_what_is_doubtful_counts_for_nothing(text: str, confidence: float | None, more: dict[str, object]):
    found = heard(text, confidence, **more)
    assert found.doubt == "unclear"
    assert found.text == " ".join(text.split()), "people may read it"


@pytest.mark.parametrize("text", ["stop", "please stop writing to me", "leave me alone"])
def test_what_may_be_a_no_is_left_to_a_person_however_doubtful(text: str):
    assert heard(text, 0.2).doubt == "maybe_no"


def test_a_note_that_nobody_listened_to_says_so():
    assert read_transcript(None).doubt == "not_listened"
    assert read_transcript({"text": "Hello", "confidence": 0.9, "newer": 1}) == Transcript("Hello", confidence=0.9)


def test_no_character_and_no_length_breaks_the_record():
    found = heard("a\x00b " + "word " * 2000)
    assert "\x00" not in found.text
    assert len(found.text) <= 4000
