"""The plain form that rules compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_reviver.decide.text import clauses, plain


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Pleaseee, DON'T write!", " please | dont write | "),
        ("No me escribáis más", " no me escribais mas "),
        ("S.T.O.P", " stop "),
        ("S T O P", " stop "),
        ("st-op", " st op "),
        ("🛑", " stop "),
        ("Ne m’écrivez plus…", " ne m ecrivez plus | "),
        ("Hören Sie auf", " horen sie auf "),
        ("Straße", " strasse "),
        ("बंद करो।", " बंद करो | "),
        ("أوقفوا الرسائل", " اوقفوا الرسائل "),
        ("3.5 rooms, 1,200 EUR", " 3 5 rooms | 1 200 eur "),
        ("", " "),
        ("👍", " "),
        ("ＳＴＯＰ", " stop "),
        ("stop\u200b", " stop "),
    ],
)
def test_a_message_is_read_past_the_habits_of_typing(typed, expected):
    assert plain(typed) == expected


def test_a_message_is_cut_into_clauses():
    assert clauses(plain("Stop. I don't need this, thanks")) == ["stop", "i dont need this", "thanks"]


@given(st.text(max_size=1500))
def test_plain_form_is_words_with_one_space_around(message):
    result = plain(message)
    assert result.startswith(" ")
    assert result.endswith(" ")
    assert "  " not in result
    assert len(plain("a" * 5000)) < 1010
