"""Which language a lead writes in, from a few words."""

import pytest

from lead_reviver.decide.language import detect_language

ALL = ("en", "es", "pt", "fr", "de", "it", "hi", "ar")


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Hi, I am looking for a flat with two bedrooms", "en"),
        ("Hola, busco piso de dos habitaciones", "es"),
        ("Olá, procuro apartamento com dois quartos", "pt"),
        ("Bonjour, je cherche un appartement avec deux chambres", "fr"),
        ("Hallo, ich suche eine Wohnung mit zwei Zimmern", "de"),
        ("Ciao, cerco un appartamento con due camere", "it"),
        ("mujhe 2 bhk flat chahiye", "hi"),
        ("मुझे दो कमरों का फ्लैट चाहिए", "hi"),
        ("مرحبا، أبحث عن شقة", "ar"),
        ("Buenas, ¿sigue disponible?", "es"),
        ("Bom dia, ainda está disponível?", "pt"),
        ("Hola", "es"),
        ("Olá!", "pt"),
        ("Bonjour", "fr"),
        ("Guten Tag", "de"),
        ("Buongiorno", "it"),
    ],
)
def test_a_new_lead_is_answered_in_the_language_of_the_message(message, language):
    for expected in ("en", "es"):
        assert detect_language(message, ALL, expected) == language


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("¿eres un bot?", "es"),
        ("Mi marido falleció la semana pasada", "es"),
        ("ya hemos encontrado casa", "es"),
        ("tenho 14 anos", "pt"),
        ("já comprei casa", "pt"),
        ("fazem desconto?", "pt"),
        ("I already bought a flat", "en"),
        ("call me tomorrow", "en"),
        ("mon mari est décédé", "fr"),
        ("ich habe schon gekauft", "de"),
        ("ho già comprato casa", "it"),
    ],
)
def test_a_few_words_of_a_new_lead_count_for_more_than_the_language_of_the_workspace(message, language):
    for workspace in ("en", "es", "pt"):
        assert detect_language(message, ALL, workspace, known=False) == language


def test_a_lead_whose_language_is_known_changes_it_by_more_than_a_word():
    assert detect_language("3 quartos", ALL, "en") == "en"
    assert detect_language("3 quartos", ALL, "en", known=False) == "pt"


@pytest.mark.parametrize(
    "message", ["2", "350k", "ok", "👍", "", "Gracia", "no", "María", "https://example.com/2", "Stop"]
)
def test_a_message_that_does_not_tell_keeps_the_language_known_before(message):
    for known in ("en", "es", "pt", "de"):
        assert detect_language(message, ALL, known) == known
        assert detect_language(message, ALL, known, known=False) == known


def test_one_foreign_word_does_not_change_the_language_of_a_conversation():
    assert detect_language("Gracias, I would like two bedrooms", ALL, "en") == "en"


def test_a_language_that_nobody_offers_is_not_found():
    assert detect_language("Bonjour, je cherche un appartement", ("en", "es"), "en") == "en"
    assert detect_language("मुझे घर चाहिए", ("en", "es"), "es") == "es"


def test_a_lead_whose_language_is_unknown_to_us_keeps_it():
    assert detect_language("Dzień dobry", ALL, "pl") == "pl"
