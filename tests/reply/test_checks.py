"""What may not be said, whoever wrote it."""

import pytest
from msgspec.structs import replace

from lead_reviver.decide.conversation import Decision, FieldValue, Line
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.playbook_shapes import Objection
from tests.reply.talking import NOON, Chat

ALL = [
    "length",
    "one_question",
    "no_template",
    "no_repeat",
    "language",
    "no_promise",
    "no_steering",
    "times",
    "honest",
    "no_link",
    "listing_truth",
    "never_say",
]


def check(text, language="en", chat=None, **fields):
    return check_reply(Decision("answer", "", text=text, language=language, fields=fields), (chat or Chat()).turn("Hi"))


def refused(text, language="en", chat=None, **fields):
    with pytest.raises(ReplyRefused) as error:
        check(text, language, chat, **fields)
    return error.value.check


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Two bedrooms, noted. Which area are you looking at?", "en"),
        ("Dos dormitorios, anotado. ¿En qué zona estás buscando?", "es"),
        ("Yes, I'm a digital assistant, not a person.", "en"),
        ("ठीक है, अब हम आपको मैसेज नहीं भेजेंगे।", "hi"),
    ],
)
def test_a_good_reply_passes_every_check(text, language):
    assert check(text, language) == ALL


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "length"),
        ("a" * 601, "length"),
        ("Where? And when?", "one_question"),
        ("Hi {name}!", "no_template"),
        ("Hi {{1}}!", "no_template"),
        ("Hola, ¿en qué zona estás buscando piso?", "language"),
        ("Your viewing is booked.", "no_promise"),
        ("I can get you a discount!", "no_promise"),
        ("We guarantee the price.", "no_promise"),
        ("I'm a real person, I promise.", "honest"),
        ("No, I am not a bot.", "honest"),
    ],
)
def test_a_bad_reply_is_refused_by_name(text, name):
    assert refused(text) == name


@pytest.mark.parametrize("text", ["Queda reservado para ti.", "Garantizamos el precio.", "Soy una persona."])
def test_promises_and_claims_are_found_in_other_languages(text):
    assert refused(text, "es") in ("no_promise", "times", "honest")


def test_a_reply_that_repeats_our_last_message_is_refused():
    chat = Chat()
    chat.history.append(Line("out", "out", "bot", "text", "Which area are you looking at?", NOON))
    assert refused("Which area are you looking at??", chat=chat) == "no_repeat"


def test_names_and_the_leads_own_words_do_not_change_the_language_of_a_reply():
    chat = Chat(name="Maria da Luz dos Santos")
    assert check("Hi Maria! Rua de São Bento, noted.", chat=chat, area=FieldValue("Rua de São Bento", "", "m")) == ALL


def test_a_refusal_says_what_is_wrong_and_not_what_the_lead_said():
    with pytest.raises(ReplyRefused, match=r"fails the check 'one_question': it asks 2 questions"):
        check("Where? And when?")


@pytest.mark.parametrize("language", ["en", "es", "pt", "fr", "de", "it", "hi", "ar"])
def test_every_approved_wording_passes(language):
    playbook = shipped_playbook()
    spoken = [
        playbook.opt_out_confirmation,
        playbook.handover,
        playbook.closing,
        playbook.media,
        playbook.honest_answer,
    ]
    for texts in spoken:
        if language in texts:
            assert check(texts[language].replace("{name}", " Ana").replace("{business}", "Casa Feliz"), language) == ALL


LINKED = replace(
    shipped_playbook(),
    objections=[
        Objection("flats", {"en": ["brochure"]}, {"en": "A brochure?"}, {"en": "See https://casa.example/flats."})
    ],
)


@pytest.mark.parametrize(
    "text",
    [
        "See https://casa.example/flats.",
        "Have a look (https://casa.example/flats), it is all there.",
    ],
)
def test_a_link_of_the_playbook_may_be_sent(text):
    assert "no_link" in check_reply(Decision("answer", "", text=text, language="en"), Chat().turn("Hi"), LINKED)


@pytest.mark.parametrize(
    "text",
    [
        "See https://casa.example/flat",  # the beginning of an approved one
        "See https://casa.example/flats/7",
        "See http://casa.example/flats",
        "See WWW.casa.example",
        "For your calendar: https://hooks.example.com/c/" + 52 * "a",  # code alone puts such a link there, later
    ],
)
def test_no_other_link_is_ever_sent_whoever_wrote_it(text):
    with pytest.raises(ReplyRefused, match="no_link"):
        check_reply(Decision("answer", "", text=text, language="en"), Chat().turn("Hi"), LINKED)


def test_a_link_in_the_leads_name_is_no_excuse():
    chat = Chat(name="www.evil.example Bo")
    assert refused("Thank you, www.evil.example, noted.", chat=chat) == "no_link"
