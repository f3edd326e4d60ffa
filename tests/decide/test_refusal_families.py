"""Ways to say no, by families: what was said before, permission, the last message, the way out, idioms, dialects.

The lists lie beside, one file a language: `hard` stops, `held` is at least held for a person, `none` goes on.
"""

import json
from pathlib import Path

import pytest

from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.patterns import LANGUAGES

FAMILIES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "families").glob("*.json")
}


def wordings(kind):
    return [pytest.param(text, id=f"{language}: {text}") for language in LANGUAGES for text in FAMILIES[language][kind]]


@pytest.mark.parametrize("text", wordings("hard"))
def test_a_lead_who_says_no_in_other_words_is_believed_at_once(text):
    assert opt_out_level(text) is OptOut.HARD


@pytest.mark.parametrize("text", wordings("held"))
def test_a_lead_who_is_plainly_annoyed_hears_nothing_until_a_person_looked(text):
    assert opt_out_level(text) is not OptOut.NONE


@pytest.mark.parametrize("text", wordings("none"))
def test_a_lead_who_means_something_else_is_talked_to(text):
    assert opt_out_level(text) is OptOut.NONE


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("please stop the messages thank you so much and good luck", OptOut.HARD),
        ("we bought elsewhere so please do not message again", OptOut.HARD),
        ("no idea who gave you my number, delete it", OptOut.HARD),
        ("we sold the car, delete it from the form", OptOut.NONE),
        ("please don't lose my number", OptOut.NONE),
        ("lose my number", OptOut.HARD),
        ("Please. No. More. Messages.", OptOut.HARD),
    ],
)
def test_what_closes_opens_or_turns_a_refusal_is_seen(text, level):
    assert opt_out_level(text) is level
