"""Which place a message names, typed carefully or not."""

import pytest

from lead_reviver.reply.place_answers import place_answered
from lead_reviver.reply.places import known_city, meant_city, place_among_facts, wanted_cities, without_fillers


@pytest.mark.parametrize(
    ("language", "sentence", "place"),
    [
        ("es", "3 hab en vallecas, max 250k", "Vallecas"),
        ("en", "2 bed in clapham or brixton up to 450k", "Clapham, Brixton"),
        ("fr", "je cherche un appart 3 chambres à rennes 250k max", "Rennes"),
        ("pt", "ap 2 dorms Moema até 600k", "Moema"),
        ("en", "indirapuram me 3bhk 80 lakh", "Indirapuram"),
        ("ar", "ابغى شقه ٣ غرف بجده", "جدة"),
        ("en", "a flat in good condition", None),
        ("es", "un piso en efectivo", None),
        ("en", "I am Maria and I want 2 beds", None),
    ],
)
def test_a_place_beside_other_facts_needs_no_capitals(language, sentence, place):
    assert place_among_facts(sentence, language) == place


def test_a_city_that_everybody_knows_is_written_as_it_should_be():
    assert known_city("anything near dubai marina?") == "Dubai Marina"
    assert known_city("münchen waere schön") == "München"
    assert known_city("nothing of the kind") is None


def test_an_answer_is_repeated_without_the_words_around_the_place():
    assert without_fillers("Am liebsten Prenzlauer Berg", "de") == "Prenzlauer Berg"
    assert without_fillers("zona navigli", "it") == "navigli"


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("en", "Edinbrugh", "Edinburgh"),
        ("es", "vallecs", "Vallecas"),
        ("pt", "Cintra", "Sintra"),
        ("de", "kreuzbrg", "Kreuzberg"),
        ("ar", "الدمم", "الدمام"),
        ("es", "Parma", "Parma"),
        ("en", "Little Hampton", "Little Hampton"),
    ],
)
def test_a_place_is_mended_only_where_one_slip_parts_it_from_one_that_is_known(language, typed, meant):
    assert meant_city(typed, language) == meant


def test_a_place_that_a_lead_refuses_is_not_wanted():
    assert wanted_cities("Triana sí, Nervión no", "es") == ["Triana"]
    assert wanted_cities("anywhere but Clapham, Brixton would be best", "en") == ["Brixton"]


@pytest.mark.parametrize(
    ("language", "answer", "place"),
    [
        ("en", "well we were thinking that Brixton would be lovely for us all", "Brixton"),
        ("es", "Chamberí norte", "Chamberí norte"),
        ("es", "pues yo creo que por la parte de triana estaría genial para nosotros", "Triana"),
        ("en", "somewhere that the children can walk to school on their own", None),
    ],
)
def test_a_place_said_in_a_sentence_is_the_answer(language, answer, place):
    assert place_answered(answer, language) == place
