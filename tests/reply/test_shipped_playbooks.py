"""Each playbook that ships talks a lead through to a meeting, in each of its languages, and may be published."""

from datetime import timedelta

import pytest

from lead_reviver.decide.conversation import Appointment
from lead_reviver.reply.playbook import SHIPPED, shipped_playbook
from lead_reviver.reply.playbook_evaluation import evaluate
from lead_reviver.reply.responder import PlaybookResponder
from tests.reply.talking import NOON, Chat

SAID = {
    ("property_buyers", "en"): [
        "Hello", "2 bedrooms", "in Ruzafa", "up to 300k", "now", "Yes", "the first",
    ],
    ("property_buyers", "es"): [
        "Hola", "2 dormitorios", "en Ruzafa", "hasta 300 mil", "cuanto antes", "Sí", "la primera",
    ],
    ("property_buyers", "pt"): [
        "Olá", "2 quartos", "em Ruzafa", "até 300 mil", "quanto antes", "Sim", "a primeira opção",
    ],
    ("property_sellers", "en"): [
        "Hi, yes", "in Chorlton", "a house", "3 bedrooms", "next month", "my wife and I", "the first",
    ],
    ("property_sellers", "es"): [
        "Hola, sí", "en Chamberí", "un piso", "3 habitaciones", "cuanto antes", "mi mujer y yo", "la primera",
    ],
    ("property_sellers", "pt"): [
        "Olá, sim", "em Sintra", "uma moradia", "4 quartos", "mais tarde", "só eu", "a primeira opção",
    ],
    ("home_services_requote", "en"): [
        "Yes please", "still the same", "in Stockport", "this month", "up to 6k", "the first",
    ],
    ("home_services_requote", "es"): [
        "Sí, me interesa", "es lo mismo", "en Getafe", "este mes", "hasta 6.000 €", "la primera",
    ],
    ("home_services_requote", "pt"): [
        "Sim, interessa", "é a mesma", "em Braga", "quanto antes", "até 6.000 €", "a primeira opção",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "language"), SAID)
def test_a_lead_who_answers_everything_gets_a_meeting(name, language):
    playbook = shipped_playbook(name)

    async def find(_):
        return playbook

    chat = Chat(language=language, playbook_id="playbook-1", workspace_language=language)
    chat.responder = PlaybookResponder(find)
    slots = [
        Appointment(str(day), playbook.meetings[0].kind, NOON + timedelta(days=day), NOON + timedelta(days=day), "Sam")
        for day in (2, 3)
    ]
    chat.free = [slots]
    *answers, chooses = SAID[name, language]
    decisions = [chat.decide(each) for each in answers]
    assert [each.move for each in decisions] == ["answer"] * len(answers)
    assert {each.language for each in decisions} == {language}
    fields = [each.field for each in playbook.questions]
    assert [each.asked for each in decisions] == [*fields, None]
    assert {name: value.value is not None for name, value in chat.fields.items()} == dict.fromkeys(fields, True)
    assert playbook.meetings[0].title[language] in decisions[-1].text
    assert decisions[-1].choices is not None
    booking = chat.decide(chooses)
    assert booking.book == "2"
    assert booking.stage == "booked"


@pytest.mark.parametrize("name", SHIPPED)
def test_it_may_be_published(name):
    assert evaluate(shipped_playbook(name), NOON).failed == []


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_complete(name):
    playbook = shipped_playbook(name)
    assert playbook.languages == ["en", "es", "pt"]
    for part in ("goal", "tone", "never_say", "questions", "objections", "for_a_person", "meetings", "follow_ups"):
        assert getattr(playbook, part), part
    assert len(playbook.knowledge.facts) >= 4
    assert all(each.why for each in playbook.questions)


@pytest.mark.parametrize(
    "said",
    [
        "there's water coming through the ceiling right now",
        "I smell gas, it smells of gas in the kitchen",
        "entra agua por el techo",
        "huele a gas en la cocina",
        "está a entrar água pelo teto",
        "cheira a gás na cozinha",
    ],
)
def test_a_customer_with_an_emergency_gets_a_person(said):
    async def find(_):
        return shipped_playbook("home_services_requote")

    chat = Chat(playbook_id="playbook-1")
    chat.responder = PlaybookResponder(find)
    decision = chat.decide(said)
    assert decision.move == "hand_over"
    assert "?" not in decision.text
