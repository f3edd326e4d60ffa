"""Phrases as data: what a pattern means, and that every shipped one can be used."""

import pytest

from lead_reviver.decide.patterns import LANGUAGES, Pattern, PatternSet, Words, pattern_set, phrases
from lead_reviver.decide.text import plain

FIELDS = ("stop", "polite", "suspect", "harmless", "unless", "resume", "person", "bot")


def found(pattern, message, **sets):
    return Pattern(pattern, sets).found_in(Words.of(plain(message)))


@pytest.mark.parametrize(
    ("pattern", "message", "is_there"),
    [
        ("stop (this|these)", "please stop these now", True),
        ("stop (this|these)", "stop those", False),
        ("stop (this|these)? now", "stop now", True),
        ("escrib*", "no me escribais", True),
        ("escrib*", "describir", False),
        ("stop ... messages", "stop with all your messages", True),
        ("stop ... messages", "stop it with all of your silly messages", False),
        ("dont ... message", "don't worry, message me", False),
        ("wrong _ number", "wrong phone number", True),
        ("stop $", "I said stop", True),
        ("stop $", "stop it", False),
        ("^ stop", "well, stop", True),
        ("^ stop", "bus stop", False),
    ],
)
def test_a_pattern_means_what_it_says(pattern, message, is_there):
    assert found(pattern, message) is is_there


def test_a_pattern_uses_the_sets_of_its_file():
    assert found("{cease} (all|{things})", "quit messages", cease=["stop", "quit"], things=["messages"])


@pytest.mark.parametrize("broken", ["{nothing} here", "stop (it|(now))", "stop \\d"])
def test_a_pattern_that_cannot_be_meant_is_refused(broken):
    with pytest.raises(ValueError, match="pattern"):
        Pattern(broken, {})


def test_nothing_matches_across_what_was_taken_out():
    harmless = PatternSet([Pattern("stop by", {})])
    rest = harmless.without(Words.of(plain("can I stop by today")))
    assert Pattern("today", {}).found_in(rest)
    for across in ("i ... today", "^ today", "i $"):
        assert not Pattern(across, {}).found_in(rest)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_phrase_is_written_in_plain_form(language):
    """A word that `plain` would change can never be found."""
    data = phrases(language)
    assert data.language == language
    for word in [*data.fillers, *data.stop_alone, *data.common]:
        assert plain(word) == f" {word} "
    sources = [source for field in FIELDS for source in getattr(data, field)] + [
        word for words in data.sets.values() for word in words
    ]
    for source in sources:
        words = source.translate(str.maketrans("(|)*?{}^$._", " " * 11)).split()
        assert plain(" ".join(words)).split() == words, source


@pytest.mark.parametrize("field", FIELDS)
def test_every_shipped_pattern_compiles(field):
    assert len(pattern_set(field).patterns) > 5
