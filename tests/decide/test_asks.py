"""Asking for a person, and asking who is writing. The phrases lie beside, one file a language."""

import json
from pathlib import Path

import pytest

from lead_reviver.decide.asks import asks_for_a_person, asks_if_bot
from lead_reviver.decide.patterns import LANGUAGES

PHRASES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "phrases").glob("*.json")
}


def phrases(*kinds):
    return [
        pytest.param(phrase, id=f"{language}: {phrase}")
        for language in LANGUAGES
        for kind in kinds
        for phrase in PHRASES[language][kind]
    ]


@pytest.mark.parametrize("phrase", phrases("person"))
def test_a_lead_who_wants_a_person_is_understood(phrase):
    assert asks_for_a_person(phrase)


@pytest.mark.parametrize("phrase", phrases("not_person", "hard", "none"))
def test_a_lead_who_talks_of_something_else_is_not_handed_over(phrase):
    assert not asks_for_a_person(phrase)


@pytest.mark.parametrize("phrase", phrases("bot"))
def test_a_lead_who_asks_who_is_writing_is_understood(phrase):
    assert asks_if_bot(phrase)


@pytest.mark.parametrize("phrase", phrases("not_bot", "hard", "none"))
def test_a_lead_who_asks_something_else_is_not_told_about_bots(phrase):
    assert not asks_if_bot(phrase)


def test_a_message_without_words_asks_nothing():
    assert not asks_for_a_person(None)
    assert not asks_if_bot("")
