"""Which place a message names, typed carefully or not."""

import pytest

from lead_reviver.reply.places import known_city, place_among_facts, without_fillers


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
