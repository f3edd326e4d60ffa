"""What a message is about beside answers, in words that the sets of tests/conversation do not hold."""

from datetime import date

import pytest

from lead_reviver.decide.snooze import hear_snooze, snooze_until, written_day
from lead_reviver.decide.wishes import wish_of

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "language", "wish"),
    [
        ("my dad passed away last month", "en", "bereavement"),
        ("I think you've got the wrong number", "en", "wrong_person"),
        ("how on earth did you get my number", "en", "asks_where_number_from"),
        ("we just bought one, thanks", "en", "already_bought"),
        ("can you do it a bit cheaper? any discount?", "en", "haggles"),
        ("you'll hear from my lawyer", "en", "legal_threat"),
        ("I'm 14 years old", "en", "minor"),
        ("mi esposo falleció hace poco", "es", "bereavement"),
        ("ya compramos una casa, gracias", "es", "already_bought"),
        ("mejor hablamos después de Navidad", "es", "not_now"),
        ("já tenho uma imobiliária a tratar disso", "pt", "other_agent"),
        ("já comprei um apartamento", "pt", "already_bought"),
        ("wir haben inzwischen gekauft", "de", "already_bought"),
        ("mauvais numéro, désolé", "fr", "wrong_person"),
        ("ho già comprato casa", "it", "already_bought"),
    ],
)
def test_a_leads_wish_is_told_from_an_answer(text, language, wish):
    assert wish_of(text, language) == wish


@pytest.mark.parametrize("text", ["two bedrooms please", "up to 300k", "in Chelsea", "yes", "as soon as possible"])
def test_an_answer_is_no_wish(text):
    assert wish_of(text, "en") is None


@pytest.mark.parametrize("text", ["expired", "my offer expired", "my visa expired last week", "it has expired"])
def test_what_has_run_out_is_no_death(text):
    assert wish_of(text, "en") != "bereavement"
    assert wish_of("mere papa expire ho gaye", "hi") == "bereavement"


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("not now, maybe after the summer", date(2027, 9, 1)),
        ("write me in two weeks", date(2026, 12, 8)),
        ("escríbeme en un par de semanas", date(2026, 12, 8)),
        ("daqui a 3 meses", date(2027, 2, 22)),
        ("I'm away until the 15th", date(2026, 12, 16)),
        ("el año que viene", date(2027, 1, 7)),
        ("not now", date(2026, 12, 24)),
        ("not before March, sorry", date(2027, 3, 1)),
        ("mejor hablamos en octubre", date(2027, 10, 1)),
        ("plutôt après l'été", date(2027, 9, 1)),
        ("recontactez-moi dans deux mois", date(2027, 1, 23)),
        ("frühestens nach den Sommerferien", date(2027, 9, 1)),
        ("in drei Wochen vielleicht", date(2026, 12, 15)),
        ("ne riparliamo a settembre", date(2027, 9, 1)),
        ("tra due mesi", date(2027, 1, 23)),
        ("अभी नहीं, अगले साल", date(2027, 1, 7)),
        ("do mahine baad baat karte hain", date(2027, 1, 23)),
        ("مو الحين، بعد شهرين", date(2027, 1, 23)),
        ("كلمني في مارس", date(2027, 3, 1)),
    ],
)
def test_a_lead_who_names_a_day_is_left_alone_until_then(text, until):
    assert snooze_until(text, TODAY) == until


@pytest.mark.parametrize(
    ("text", "occasion"),
    [
        ("my wife left me, write after the summer", "after_summer"),
        ("después del verano mejor", "after_summer"),
        ("depois do verão, pode ser?", "after_summer"),
        ("plutôt après l'été", "after_summer"),
        ("in the autumn", "month:9"),
        ("not before March, sorry", "month:3"),
        ("I'm away until the 15th", "month:12"),
        ("the new year is better", "new_year"),
        ("in a week", "later:week"),
        ("dentro de 3 meses", "later:months"),
        ("next week", "later:days"),
        ("مو الحين، بعد شهرين", "later:months"),
        ("later today", None),
        ("not now, I am in hospital", None),
    ],
)
def test_the_time_that_a_lead_named_is_kept_as_a_word_of_ours(text, occasion):
    assert hear_snooze(text, TODAY).occasion == occasion


def test_the_day_is_written_in_the_leads_words():
    assert written_day(date(2027, 9, 1), "es") == "1 de septiembre"
    assert written_day(date(2027, 9, 1), "de") == "1. September"


@pytest.mark.parametrize(
    ("text", "language", "wish"),
    [
        ("there's no Omar here", "en", "wrong_person"),
        ("este já não é o telefone de Joana", "pt", "wrong_person"),
        ("este ya no es el teléfono de Marta", "es", "wrong_person"),
        ("perdón, me he equivocado, son 400.000", "es", None),
        ("todavia no hemos encontrao nada", "es", None),
        ("got one already", "en", "already_bought"),
        ("we sold it already", "en", "already_bought"),
        ("ya lo vendimos", "es", "already_bought"),
        ("já vendemos", "pt", "already_bought"),
        ("com elevador por causa da minha mãe", "pt", None),
        ("peça a um agente para me ligar", "pt", "asks_for_person"),
        ("vi faccio causa", "it", "legal_threat"),
        ("a causa del lavoro", "it", None),
        ("my phone died yesterday", "en", None),
        ("my dad died yesterday", "en", "bereavement"),
    ],
)
def test_a_lead_who_means_something_else_is_not_taken_for_it(text, language, wish):
    assert wish_of(text, language) == wish
