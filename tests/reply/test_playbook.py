"""Playbooks as data: the shipped one is whole, a broken one is refused with the place that is wrong."""

import msgspec
import pytest

from lead_reviver.decide.asks import asks_for_a_person
from lead_reviver.decide.language import detect_language
from lead_reviver.decide.opt_out import OptOut, asks_to_resume, opt_out_level
from lead_reviver.errors import BadInput
from lead_reviver.reply.meeting_talk import LANGUAGES, meeting_talk
from lead_reviver.reply.playbook import parse_playbook, shipped_playbook

SEVEN = ("en", "es", "pt", "fr", "de", "it", "hi")


def body():
    return msgspec.to_builtins(shipped_playbook())


def refusal(changed):
    with pytest.raises(BadInput) as error:
        parse_playbook(changed)
    return str(error.value)


def test_the_shipped_playbook_can_be_stored_and_read_again():
    assert parse_playbook(msgspec.json.encode(shipped_playbook())) == shipped_playbook()
    assert parse_playbook(body()) == shipped_playbook()


def test_a_lead_can_be_told_yes_to_a_no_and_handed_over_in_seven_languages():
    playbook = shipped_playbook()
    assert set(SEVEN) <= playbook.opt_out_confirmation.keys()
    assert set(SEVEN) <= playbook.handover.keys()


@pytest.mark.parametrize("language", SEVEN)
def test_its_texts_read_as_the_language_they_are_for(language):
    playbook = shipped_playbook()
    for text in (playbook.opt_out_confirmation[language], playbook.handover[language]):
        for known in ("en", "es"):
            assert detect_language(text, SEVEN, known) == language


@pytest.mark.parametrize(("language", "word"), [(each, None) for each in SEVEN])
def test_the_word_that_a_confirmation_offers_brings_a_lead_back(language, word):
    text = shipped_playbook().opt_out_confirmation[language]
    word = next(each for each in text.replace(".", " ").split() if each.isupper() and len(each) > 2)
    assert asks_to_resume(word)


def test_its_own_button_titles_are_never_taken_for_a_no():
    for question in shipped_playbook().questions:
        for choice in question.choices:
            for title in choice.title.values():
                assert opt_out_level(title, f"{question.field}:{choice.value}") is OptOut.NONE
                assert not asks_for_a_person(title)
    for language in LANGUAGES:
        assert opt_out_level(meeting_talk(language).none_title, "slot:none") is OptOut.NONE
        assert not asks_for_a_person(meeting_talk(language).none_title)


def test_a_text_that_is_missing_is_named():
    changed = body()
    del changed["closing"]["es"]
    assert "$.closing.es: the text is missing" in refusal(changed)


def test_a_wrong_type_is_named():
    changed = body()
    changed["questions"][2]["ask"] = "What budget?"
    assert "$.questions[2].ask" in refusal(changed)


def test_a_misspelled_name_is_named():
    changed = body()
    changed["questions"][0]["feild"] = "x"
    assert "feild" in refusal(changed)


def test_all_problems_are_told_at_once():
    changed = body()
    changed["currency"] = "euro"
    changed["greeting"]["en"] = "Hi {first_name}!"
    changed["noted"]["en"] = "{facts, noted."
    changed["disclosure"]["en"] = "I'm {persona}."
    changed["questions"][0]["ask"]["en"] = ["How many bedrooms? And where?", "Bedrooms"]
    changed["questions"][0]["units"]["en"] = ["(bed"]
    changed["questions"][1]["field"] = "bedrooms"
    changed["questions"][3]["choices"][0]["title"]["en"] = "As soon as possible, please"
    changed["questions"][3]["choices"].pop()
    changed["questions"][3]["choices"].pop()
    changed["meetings"][0]["kind"] = "A viewing"
    changed["meetings"][0]["words"]["en"] = ["(see"]
    del changed["meetings"][1]["title"]["pt"]
    text = refusal(changed)
    for problem in (
        "$.currency: write an ISO 4217 code",
        "$.greeting.en: {first_name} is no placeholder",
        "$.noted.en: a brace has no partner",
        "$.disclosure.en: name the business",
        "$.questions[0].ask.en[0]: end with the one question mark",
        "$.questions[0].units",
        "$.questions: the field 'bedrooms' is asked for twice",
        "$.questions[3].choices: give two or three",
        "$.questions[3].choices[0].title.en: at most 20 characters",
        "$.meetings[0].kind: use small letters",
        "$.meetings[0].words.en[0]: '(see' is no pattern",
        "$.meetings[1].title.pt: the text is missing",
    ):
        assert problem in text


def test_what_is_no_json_is_refused():
    with pytest.raises(BadInput):
        parse_playbook(b"{")
