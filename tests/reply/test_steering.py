"""A lead who asks who lives somewhere gets the same answer as everybody, and a person; nobody's text steers."""

import pytest
from msgspec.structs import replace

from lead_reviver.decide.conversation import Decision, FieldValue
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.endings import ending_text
from tests.reply.talking import Chat


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Is it a safe area?", "en"),
        ("Are there many foreigners living there?", "en"),
        ("¿Es una zona segura?", "es"),
        ("O bairro é seguro?", "pt"),
    ],
)
def test_a_lead_who_asks_how_safe_an_area_is_gets_the_neutral_answer_and_a_person(question, language):
    chat = Chat(language=language)
    decision = chat.decide(question)
    assert (decision.move, decision.intent) == ("hand_over", "asks_who_lives_there")
    assert decision.text.endswith(ending_text("asks_who_lives_there", language, {}))
    assert "no_steering" in decision.checks


def test_what_the_lead_told_us_beside_such_a_question_is_kept():
    decision = Chat().decide("Two bedrooms please. Is it a safe neighbourhood?")
    assert decision.intent == "asks_who_lives_there"
    assert decision.fields["bedrooms"].value == 2


def test_a_playbook_that_steers_is_not_said():
    words = Decision("answer", "", text="We have homes in a very safe area, ideal for families.", language="en")
    with pytest.raises(ReplyRefused) as refused:
        check_reply(words, Chat().turn("Hi"))
    assert refused.value.check == "no_steering"


def test_a_lead_is_told_what_they_said_themselves():
    area = FieldValue("a safe area", "a safe area near the beach", "m1")
    words = Decision("answer", "", text="A safe area, noted. What is your budget?", language="en")
    assert "no_steering" in check_reply(replace(words, fields={"area": area}), Chat().turn("Hi"))
