"""No steering: who lives somewhere, who should, and how safe that makes it is said to nobody, whoever asks."""

import pytest

from lead_reviver.decide.steering import STEERING_LANGUAGES, asks_to_be_steered, steering_in
from lead_reviver.reply.endings import ASKS_TO_BE_STEERED, ending_text

STEERS = [
    ("It is a very safe neighbourhood with great schools.", "safe neighbourhood"),
    ("Perfect for a young family!", "perfect for a young family"),
    ("There are hardly any foreigners.", "hardly any foreigners"),
    ("Es una zona muy segura y familiar.", "zona muy segura"),
    ("Un piso ideal para parejas jóvenes.", "ideal para parejas"),
    ("O bairro é muito seguro.", "bairro e muito seguro"),
    ("Perfeito para famílias.", "perfeito para familias"),
    ("Le quartier est très sûr.", "quartier est tres sur"),
    ("Idéal pour une famille.", "ideal pour une famille"),
    ("Die Gegend ist sehr sicher.", "gegend ist sehr sicher"),
    ("Hier wohnen kaum Ausländer.", "kaum auslander"),
    ("La zona è molto sicura.", "zona e molto sicura"),
    ("Non ci sono stranieri.", "non ci sono stranieri"),
]


@pytest.mark.parametrize(("text", "found"), STEERS, ids=[text for text, _ in STEERS])
def test_words_that_steer_are_found_in_six_languages(text, found):
    assert steering_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Two bedrooms and a terrace, noted. What is your budget?",
        "Payment through the notary is safe.",
        "The street is called Calle de la Paz, near the school.",
        "La casa tiene tres dormitorios y está cerca del metro.",
        "A casa fica perto da escola e tem garagem.",
        "L'appartement est au troisième étage, sur cour.",
        "Die Wohnung liegt im zweiten Stock, mit sicherem Stellplatz.",
        "L'appartamento è al secondo piano, vicino alla stazione.",
        "A colleague can show you the family room.",
    ],
)
def test_a_home_may_be_described(text):
    assert steering_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Is it a safe area?",
        "is the neighbourhood safe",
        "Are there many foreigners?",
        "What kind of people live there?",
        "good schools nearby?",
        "We want to live away from immigrants",
        "¿Es una zona segura?",
        "y hay muchos extranjeros?",
        "¿qué gente vive ahí?",
        "O bairro é seguro?",
        "Tem muitos imigrantes?",
        "que tipo de vizinhos há?",
        "Est-ce que c'est un quartier sûr ?",
        "Y a-t-il beaucoup d'étrangers ?",
        "Ist die Gegend sicher?",
        "Gibt es viele Ausländer?",
        "Was für Leute wohnen da?",
        "È una zona sicura?",
        "Ci sono molti stranieri?",
    ],
)
def test_a_lead_who_asks_who_lives_there_is_heard_in_six_languages(text):
    assert asks_to_be_steered(text)


@pytest.mark.parametrize(
    "text",
    [
        "Is it safe to pay the deposit online?",
        "Is the area quiet?",
        "Are there many flats like this?",
        "We are a family of four",
        "we have no children",
        "¿Es seguro pagar por internet?",
        "Somos extranjeros, ¿podemos comprar?",
        "É seguro pagar o sinal assim?",
        "Wie groß ist die Wohnung?",
        "C'è molta luce?",
        "What are the schools like around there?",
    ],
)
def test_other_questions_and_leads_who_speak_of_themselves_are_none(text):
    assert not asks_to_be_steered(text)


@pytest.mark.parametrize("language", STEERING_LANGUAGES)
def test_the_answer_to_such_a_question_steers_nobody(language):
    answer = ending_text(ASKS_TO_BE_STEERED, language, {})
    assert answer is None or steering_in(answer) is None
