"""Pictures, documents, places, contacts: each gets a sensible answer, in the lead's language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lead_reviver.reply.sent
from lead_reviver.decide.language import detect_language
from lead_reviver.reply.sent import wording
from tests.reply.talking import Chat, a_line

WORDINGS = json.loads((Path(lead_reviver.reply.sent.__file__).parent / "sent.json").read_text())


@pytest.mark.parametrize("name", WORDINGS)
@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_each_wording_stands_in_each_language_and_asks_one_thing_at_most(name: str, language: str):
    text = wording(name, language)
    assert text
    assert text.count("?") == (1 if name in ("unclear", "gone") else 0)
    assert ("{place}" in text) == (name == "place_named")
    assert detect_language(text, ("en", "es", "pt"), None) == language


def test_a_language_nobody_wrote_it_in_gets_the_playbooks_own_words():
    assert wording("image", "fr") is None


@pytest.mark.parametrize(
    ("kind", "says"),
    [("image", "picture"), ("video", "video"), ("document", "document"), ("contacts", "contact"), ("audio", "voice")],
)
def test_what_only_a_person_can_look_at_is_named_and_goes_to_a_person(kind: str, says: str):
    decision = Chat().decide(a_line("Bo +34600111222" if kind == "contacts" else None, kind=kind))
    assert (decision.move, decision.intent) == ("hand_over", "media")
    assert says in (decision.text or "")


def test_what_was_said_beside_a_picture_is_noted():
    chat = Chat()
    decision = chat.decide("two bedrooms", a_line(None, kind="image"))
    assert decision.text is not None
    assert "Two bedrooms, noted." in decision.text
    assert "picture" in decision.text
    assert chat.known == {"bedrooms": 2}


def test_a_place_with_a_name_is_the_area_and_the_talk_goes_on():
    chat = Chat()
    chat.decide("two bedrooms")
    decision = chat.decide(a_line("Playa Burriana, Calle Bulto 3, 29780 Nerja", kind="location"))
    assert decision.move == "answer"
    assert decision.text is not None
    assert "I take Playa Burriana as the area you mean" in decision.text
    assert (decision.asked, chat.known["area"]) == ("budget", "Playa Burriana")
    assert decision.fields["area"].confidence < 1


def test_a_bare_pin_is_kept_as_coordinates_and_never_read_out():
    chat = Chat()
    decision = chat.decide(a_line("36.74518, -3.87511", kind="location"))
    assert "the place on your map" in (decision.text or "")
    assert "36.7" not in (decision.text or "")
    assert chat.known["area"] == "36.74518, -3.87511"


def test_a_lead_who_means_another_place_says_so_and_is_believed():
    chat = Chat()
    chat.decide(a_line("Playa Burriana", kind="location"))
    chat.says("no, in Frigiliana")
    assert chat.known["area"] == "Frigiliana"


@pytest.mark.parametrize("name", ["https://evil.example", "Call +34600111222 {now}", "x" * 90, "!!!"])
def test_a_place_with_a_name_that_is_none_is_not_repeated(name: str):
    decision = Chat().decide(a_line(name, kind="location"))
    assert decision.move == "answer"
    assert name not in (decision.text or "")


def test_the_name_of_a_place_changes_neither_the_language_nor_the_answers():
    chat = Chat(language="en")
    decision = chat.decide(a_line("Apartamentos dos dormitorios con piscina, Calle Mayor 5", kind="location"))
    assert decision.language == "en"
    assert set(chat.known) == {"area"}


def test_a_sticker_beside_words_calls_nobody():
    assert Chat().decide("two bedrooms", a_line(None, kind="sticker")).move == "answer"
