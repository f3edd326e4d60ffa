"""No is no: how a lead's words are read, in eight languages. The phrases lie beside, one file a language."""

import json
from pathlib import Path
from timeit import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide import text
from lead_reviver.decide.opt_out import OptOut, asks_to_resume, opt_out_level
from lead_reviver.decide.patterns import LANGUAGES
from lead_reviver.decide.wishes import wish_of

PHRASES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "phrases").glob("*.json")
}


def phrases(kind):
    return [
        pytest.param(phrase, id=f"{language}: {phrase}") for language in LANGUAGES for phrase in PHRASES[language][kind]
    ]


def test_every_language_has_phrases_for_and_against():
    assert PHRASES.keys() == set(LANGUAGES)
    for language in LANGUAGES:
        assert len(PHRASES[language]["hard"]) >= 15
        assert len(PHRASES[language]["none"]) >= 8


@pytest.mark.parametrize("phrase", phrases("hard"))
def test_a_lead_who_clearly_says_no_is_believed_at_once(phrase):
    assert opt_out_level(phrase) is OptOut.HARD


@pytest.mark.parametrize("phrase", phrases("suspect"))
def test_a_lead_who_may_mean_no_is_read_by_a_person(phrase):
    assert opt_out_level(phrase) is OptOut.SUSPECT


@pytest.mark.parametrize("phrase", phrases("soft"))
def test_a_lead_who_wants_nothing_but_asks_for_no_silence_gets_an_ending_of_their_own(phrase):
    assert opt_out_level(phrase) is OptOut.NONE
    assert wish_of(phrase, "en") in ("not_interested", "wrong_person", "asks_where_number_from")
    assert opt_out_level(f"STOP. {phrase}") is OptOut.HARD


@pytest.mark.parametrize("phrase", phrases("none"))
def test_a_lead_who_only_uses_such_words_is_not_cut_off(phrase):
    assert opt_out_level(phrase) is OptOut.NONE


@pytest.mark.parametrize("phrase", phrases("resume"))
def test_a_lead_may_ask_to_be_written_to_again(phrase):
    assert asks_to_resume(phrase)


@pytest.mark.parametrize("phrase", phrases("not_resume") + phrases("hard"))
def test_nothing_else_brings_a_lead_back(phrase):
    assert not asks_to_resume(phrase)


@pytest.mark.parametrize("word", ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"])
@pytest.mark.parametrize("written", ["{}", "{}.", "{} please", "Please {}!", "  {}  ", "«{}»", "{} 🙏", "ok {}"])
def test_the_words_of_the_law_count_however_they_are_written(word, written):
    """47 CFR 64.1200(a)(10)."""
    for each in (word, word.upper(), word.title()):
        assert opt_out_level(written.format(each)) is OptOut.HARD


@pytest.mark.parametrize(
    "payload", ["STOP", "stop", "stop:5f1c", "STOP:campaign-7", "Stop promotions", "No quiero más mensajes"]
)
def test_a_tapped_stop_button_counts_whatever_its_title(payload):
    assert opt_out_level("👍", payload) is OptOut.HARD


@pytest.mark.parametrize("payload", ["timeline:soon", "financing:no", "stopover", "book_1", ""])
def test_other_buttons_are_no_opt_outs(payload):
    assert opt_out_level("Later this year", payload) is OptOut.NONE


@pytest.mark.parametrize("nothing", [None, "", "   ", "👍", "...", "🙂🙂"])
def test_a_message_without_words_says_nothing_about_writing(nothing):
    assert opt_out_level(nothing) is OptOut.NONE
    assert not asks_to_resume(nothing)


def test_a_second_hint_makes_a_stop_certain():
    assert opt_out_level("Wait, stop. I meant three bedrooms") is OptOut.SUSPECT
    assert opt_out_level("Stop. This is spam") is OptOut.HARD


def test_a_no_with_a_but_is_for_a_person_to_judge():
    assert opt_out_level("Please stop messaging me") is OptOut.HARD
    assert opt_out_level("Please stop messaging me on Sundays") is OptOut.SUSPECT


def test_a_no_that_quotes_a_long_story_is_still_found():
    story = "I saw your message about the flat in the north of town and talked it over with my family. "
    assert opt_out_level(story * 5 + "Please take me off your list.") is OptOut.HARD


@given(st.text(max_size=300))
def test_any_text_can_be_read(message):
    assert opt_out_level(message) in OptOut
    asks_to_resume(message)


@pytest.mark.parametrize("kind", ["hard", "none"])
def test_reading_a_message_takes_microseconds(kind):
    """Measured without the cache, over all phrases; the bound leaves room for a busy machine."""
    messages = [phrase for language in LANGUAGES for phrase in PHRASES[language][kind]]

    def read_all():
        for message in messages:
            text.plain.cache_clear()
            opt_out_level(message)

    read_all()
    assert min(timeit(read_all, number=1) for _ in range(3)) / len(messages) < 0.001
