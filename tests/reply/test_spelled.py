"""Amounts in words, in the languages that no playbook speaks."""

import pytest

from lead_reviver.reply.numbers import find_money
from lead_reviver.reply.spelled import in_digits


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "deux cent mille maximum", "200000 maximum"),
        ("fr", "quatre-vingt-dix mille, voilà", "90000, voilà"),
        ("fr", "un million et demi", "1500000"),
        ("fr", "entre quatre cents et quatre cent cinquante mille", "entre 400 et 450000"),
        ("de", "so fünfhundertfünfzigtausend Euro", "so 550000 Euro"),
        ("de", "achtundneunzigtausend", "98000"),
        ("de", "eine halbe Million", "500000"),
        ("it", "duecentoventimila euro", "220000 euro"),
        ("it", "mezzo milione", "500000"),
        ("hi", "ढाई लाख", "2.5 lakh"),
        ("hi", "साढ़े तीन करोड़", "3.5 crore"),
        ("hi", "saath lakh tak", "60 lakh tak"),
        ("ar", "مليون ونص", "1500000"),
        ("ar", "ستمية وخمسين الف", "650000"),
        ("fr", "à peu près une maison avec trois chambres", "à peu près une maison avec trois chambres"),
        ("de", "350 tausend", "350 tausend"),
    ],
)
def test_an_amount_in_words_becomes_digits_and_all_else_stays(language, text, expected):
    assert in_digits(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "low", "high", "currency"),
    [
        ("de", "bis dreihunderttausend Euro", None, 300_000, "EUR"),
        ("fr", "entre 200 et 250 000", 200_000, 250_000, "EUR"),
        ("hi", "नब्बे लाख तक", None, 9_000_000, "INR"),
        ("ar", "بحدود ٩٠٠ الف ريال", None, 900_000, "SAR"),
    ],
)
def test_a_budget_in_words_is_understood(language, text, low, high, currency):
    found = find_money(text.translate(str.maketrans("٩٠", "90")), language, "EUR", asked=False)
    assert found is not None
    money = found[0]
    assert (money.low_minor, money.high_minor, money.currency) == (low and low * 100, high * 100, currency)
