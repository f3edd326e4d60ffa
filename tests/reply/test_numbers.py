"""Numbers and money as leads type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.reply.numbers import Money, find_money, spoken_money, with_digits


@pytest.mark.parametrize(
    ("typed", "language", "low", "high", "currency"),
    [
        ("350k", "en", None, 350_000, "EUR"),
        ("350K max", "en", None, 350_000, "EUR"),
        ("up to 250,000 euros", "en", None, 250_000, "EUR"),
        ("€1.2m", "en", None, 1_200_000, "EUR"),
        ("$1.25 million", "en", None, 1_250_000, "USD"),
        ("£450,000", "en", None, 450_000, "GBP"),
        ("200-250k", "en", 200_000, 250_000, "EUR"),
        ("between 200k and 250k", "en", 200_000, 250_000, "EUR"),
        ("at least 200k", "en", 200_000, None, "EUR"),
        ("two hundred and fifty thousand", "en", None, 250_000, "EUR"),
        ("half a million", "en", None, 500_000, "EUR"),
        ("80 lakh", "en", None, 8_000_000, "INR"),
        ("1.5 crore", "en", None, 15_000_000, "INR"),
        ("250 mil", "es", None, 250_000, "EUR"),
        ("250.000 €", "es", None, 250_000, "EUR"),
        ("entre 200 y 250 mil", "es", 200_000, 250_000, "EUR"),
        ("de 200 a 250 mil euros", "es", 200_000, 250_000, "EUR"),
        ("doscientos cincuenta mil", "es", None, 250_000, "EUR"),
        ("medio millón", "es", None, 500_000, "EUR"),
        ("desde 300 mil", "es", 300_000, None, "EUR"),
        ("até 1 milhão", "pt", None, 1_000_000, "EUR"),
        ("1,5 milhões", "pt", None, 1_500_000, "EUR"),
        ("R$ 800.000", "pt", None, 800_000, "BRL"),
        ("trezentos mil", "pt", None, 300_000, "EUR"),
        ("900€", "en", None, 900, "EUR"),
    ],
)
def test_a_budget_is_read_as_it_was_meant(typed, language, low, high, currency):
    money, said = find_money(typed, language, "EUR", asked=False)
    assert money == Money(low and low * 100, high and high * 100, currency)
    assert said


@pytest.mark.parametrize("typed", ["250000", "250,000", "250.000", "1200"])
def test_a_bare_number_is_a_budget_only_when_it_was_asked_for(typed):
    assert find_money(typed, "en", "EUR", asked=False) is None
    assert find_money(typed, "en", "EUR", asked=True) is not None


@pytest.mark.parametrize("typed", ["my budget is 250000", "up to 250,000", "no more than 250.000"])
def test_a_bare_number_beside_words_of_money_is_a_budget(typed):
    money, _ = find_money(typed, "en", "EUR", asked=False)
    assert money == Money(None, 250_000_00, "EUR")


@pytest.mark.parametrize(
    "typed",
    ["250", "2", "two bedrooms", "+34 611 222 333", "611222333", "70 m2", "80 sqm", "in 2027", "10%", "3 months", ""],
)
def test_other_numbers_are_no_budget(typed):
    assert find_money(typed, "en", "EUR", asked=False) is None


@pytest.mark.parametrize(
    ("money", "language", "spoken"),
    [
        (Money(None, 250_000_00, "EUR"), "en", "up to €250,000"),
        (Money(200_000_00, 250_000_00, "EUR"), "es", "de 200.000 € a 250.000 €"),
        (Money(200_000_00, None, "USD"), "en", "from $200,000"),
        (Money(None, 800_000_00, "BRL"), "pt", "até R$ 800.000"),
        (Money(None, 1_250_50, "CHF"), "en", "up to CHF 1,250.50"),
    ],
)
def test_a_budget_is_repeated_as_one_writes_it(money, language, spoken):
    assert spoken_money(money, language) == spoken


@pytest.mark.parametrize(
    ("typed", "language", "digits"),
    [
        ("Two or three bedrooms", "en", "2 or 3 bedrooms"),
        ("twenty five", "en", "25"),
        ("one hundred and twenty thousand", "en", "120000"),
        ("treinta y cinco", "es", "35"),
        ("dos o tres", "es", "2 o 3"),
        ("vinte e dois", "pt", "22"),
        ("3br flat", "en", "3 br flat"),
        ("no numbers here", "en", "no numbers here"),
    ],
)
def test_number_words_become_digits(typed, language, digits):
    assert with_digits(typed, language).strip() == digits


@given(st.integers(1_000, 99_999_999), st.sampled_from(["en", "es", "pt"]))
def test_what_we_write_back_is_read_as_the_same_amount(amount, language):
    money = Money(None, amount * 100, "EUR")
    assert find_money(spoken_money(money, language), language, "EUR", asked=False)[0] == money


@given(st.text(max_size=200), st.sampled_from(["en", "es", "pt"]))
def test_any_text_can_be_searched_for_money(text, language):
    find_money(text, language, "EUR", asked=True)
    with_digits(text, language)
