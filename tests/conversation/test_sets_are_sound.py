"""The sets can be trusted: whole, labelled, from somewhere known, and about nobody real."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest

from tests.conversation import sets

# Numbers that no one can have: Ofcom, the North American plan, ARCEP, Bundesnetzagentur and ACMA keep them for fiction.
FICTION = re.compile(
    r"(\+44|0)7700900\d{3}|(\+?1)?\d{3}55501\d\d|(\+33|0)63998\d{4}|(\+49|0)17139200\d\d|(\+61|0)491570\d{3}"
)
NUMBER = re.compile(r"\+?\d(?:[ ()-]?\d){8,}")
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+\.[\w.]+)|https?://([\w.-]+)")
RESERVED_DOMAIN = re.compile(r"(.+\.)?example\.(com|org|net)")

EIGHT = {"en", "es", "pt", "fr", "de", "it", "hi", "ar"}


def everything() -> Iterator[tuple[str, str, str]]:
    """Yield id, source and text of every item of every set; an item of several messages comes once for each."""
    for each in [*(one for many in sets.messages().values() for one in many), *sets.opt_outs(), *sets.false_friends()]:
        yield each.id, each.source, each.text
    for unseen in sets.unseen().values():
        for item in [*unseen.opt_outs, *unseen.false_friends, *unseen.answers]:
            yield item.id, item.source, item.text
    for conversation in (one for file in sets.gold() for one in file.conversations):
        for text in (text for turn in conversation.turns for text in turn.says):
            yield conversation.id, conversation.source, text
    for attack in sets.attacks():
        for text in (text for burst in attack.turns for text in burst):
            yield attack.id, attack.source, text


def test_every_item_has_an_id_of_its_own():
    ids = [each.id for many in sets.messages().values() for each in many]
    ids += [each.id for each in [*sets.opt_outs(), *sets.false_friends(), *sets.attacks()]]
    ids += [
        each.id
        for unseen in sets.unseen().values()
        for each in [*unseen.opt_outs, *unseen.false_friends, *unseen.answers]
    ]
    ids += [each.id for file in sets.gold() for each in file.conversations]

    assert [each for each, count in Counter(ids).items() if count > 1] == []


def test_every_item_says_where_it_came_from():
    assert {(id_, source) for id_, source, _ in everything() if source not in sets.sources()} == set()


def test_every_source_is_used():
    assert set(sets.sources()) - {source for _, source, _ in everything()} == set()


def test_no_text_is_empty_or_has_space_around_it():
    assert [id_ for id_, _, text in everything() if not text or text != text.strip()] == []


def test_every_phone_number_is_one_kept_for_fiction():
    found = [(id_, re.sub(r"[ ()-]", "", hit)) for id_, _, text in everything() for hit in NUMBER.findall(text)]

    assert [(id_, number) for id_, number in found if not FICTION.fullmatch(number)] == []


def test_every_address_is_one_kept_for_examples():
    found = [(id_, "".join(hit)) for id_, _, text in everything() for hit in ADDRESS.findall(text)]

    assert [(id_, host) for id_, host in found if not RESERVED_DOMAIN.fullmatch(host)] == []


def test_there_are_messages_enough_in_every_language():
    counts = {language: len(many) for language, many in sets.messages().items()}

    assert set(counts) == EIGHT
    assert sum(counts.values()) >= 400
    assert all(counts[language] >= 50 for language in ("en", "es", "pt")), counts
    assert min(counts.values()) >= 35, counts


@pytest.mark.parametrize("language", sorted(EIGHT))
def test_a_language_shows_every_intent(language):
    seen = {each.intent for each in sets.messages()[language]}

    assert set(get_args(sets.Intent)) - seen == set()


@pytest.mark.parametrize("language", sorted(EIGHT))
def test_a_language_shows_every_kind_and_level(language):
    many = sets.messages()[language]

    assert {each.kind for each in many} == {"plain", "slang", "typos", "voice"}
    assert {each.opt_out for each in many} == {"none", "suspect", "hard"}


def test_a_message_is_an_opt_out_when_its_level_is_hard():
    """A hard level and the intent `opt_out` say the same, so they never disagree."""
    wrong = [
        each.id
        for many in sets.messages().values()
        for each in many
        if (each.opt_out == "hard" and each.intent != "opt_out")
        or (each.opt_out == "none" and each.intent == "opt_out")
    ]

    assert wrong == []


def test_a_message_that_answers_has_fields():
    assert [
        each.id
        for many in sets.messages().values()
        for each in many
        if each.intent == "answers" and not each.fields.said()
    ] == []


def test_a_range_runs_upwards():
    spans = [
        (each.id, span.min, span.max)
        for many in sets.messages().values()
        for each in many
        for span in (each.fields.budget, each.fields.bedrooms)
        if span is not None
    ]

    assert [id_ for id_, low, high in spans if low is None and high is None] == []
    assert [id_ for id_, low, high in spans if low is not None and high is not None and low > high] == []


def test_no_text_is_twice_in_a_set():
    for texts in (
        [(language, each.text.casefold()) for language, many in sets.messages().items() for each in many],
        [(each.language, each.text.casefold()) for each in sets.opt_outs()],
        [(each.language, each.text.casefold()) for each in sets.false_friends()],
        [str(each.turns) for each in sets.attacks()],
    ):
        assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_the_same_words_have_the_same_level_in_every_set():
    levels = {(each.language, each.text.casefold()): each.level for each in sets.opt_outs()}
    said = {
        (language, each.text.casefold()): each.opt_out for language, many in sets.messages().items() for each in many
    }
    friends = {(each.language, each.text.casefold()) for each in sets.false_friends()}

    assert {text for text in levels.keys() & said.keys() if levels[text] != said[text]} == set()
    assert friends & levels.keys() == set()


def test_there_are_opt_outs_enough_in_every_language():
    hard = Counter(each.language for each in sets.opt_outs() if each.level == "hard")
    suspect = Counter(each.language for each in sets.opt_outs() if each.level == "suspect")

    assert hard.total() >= 120
    assert suspect.total() >= 40
    assert set(hard) == set(suspect) == {*EIGHT, "hi-Latn"}
    assert {each.wording for each in sets.opt_outs()} == {
        "stop_word", "law", "direct", "polite", "rude", "misspelt", "indirect", "mixed",
    }  # fmt: skip


def test_there_are_false_friends_enough_in_every_language():
    counts = Counter(each.language for each in sets.false_friends())

    assert counts.total() >= 40
    assert set(counts) == {*EIGHT, "hi-Latn"}


def test_what_is_unseen_stands_in_no_other_set():
    """A message that the rules were written with says nothing about messages that they were not."""
    known = {each.text.casefold() for each in [*sets.opt_outs(), *sets.false_friends()]}
    known |= {each.text.casefold() for many in sets.messages().values() for each in many}
    rounds = [
        {each.text.casefold() for each in [*unseen.opt_outs, *unseen.false_friends, *unseen.answers]}
        for unseen in sets.unseen().values()
    ]

    assert [text for unseen in rounds for text in unseen if text in known] == []
    assert len(set().union(*rounds)) == sum(map(len, rounds))


def test_a_round_of_unseen_messages_speaks_every_language():
    for name, unseen in sets.unseen().items():
        for part in (unseen.opt_outs, unseen.false_friends, unseen.answers):
            assert {each.language for each in part} == {*EIGHT, "hi-Latn"}, name
        assert sum(map(len, (unseen.opt_outs, unseen.false_friends, unseen.answers))) >= 100, name


def test_an_unseen_answer_has_labels_that_agree():
    """Who only answers has said something, and spans run upwards."""
    answers = [each for unseen in sets.unseen().values() for each in unseen.answers]
    spans = [(each.id, span) for each in answers for span in (each.fields.budget, each.fields.bedrooms) if span]

    assert [each.id for each in answers if each.intent == "answers" and not each.fields.said()] == []
    assert [each.id for each in answers if each.intent == "opt_out"] == []
    assert [id_ for id_, span in spans if span.min is None and span.max is None] == []
    assert [id_ for id_, span in spans if span.min and span.max and span.min > span.max] == []


def test_there_are_gold_conversations_enough_in_every_market():
    counts = {file.market: len(file.conversations) for file in sets.gold()}

    assert set(counts) == {"property_buyers", "property_sellers", "home_services_requote"}
    assert sum(counts.values()) >= 60
    assert min(counts.values()) >= 10, counts


def test_a_gold_turn_says_something_and_expects_something():
    turns = [(each.id, turn) for file in sets.gold() for each in file.conversations for turn in each.turns]

    assert [id_ for id_, turn in turns if not turn.says or not turn.outcome] == []


def test_a_lead_who_has_opted_out_hears_nothing_more():
    """After a turn that can only end in an opt-out, every later turn stays quiet."""
    wrong = [
        each.id
        for file in sets.gold()
        for each in file.conversations
        for place, turn in enumerate(each.turns)
        if turn.outcome == ["opted_out"] and any(later.outcome != ["quiet"] for later in each.turns[place + 1 :])
    ]

    assert wrong == []


def test_a_snooze_lies_ahead():
    wrong = [
        each.id
        for file in sets.gold()
        for each in file.conversations
        for turn in each.turns
        if turn.snoozed_until and not file.now.date() < turn.snoozed_until.earliest <= turn.snoozed_until.latest
    ]

    assert wrong == []


def test_there_are_attacks_enough_of_every_class():
    counts = Counter(each.attack for each in sets.attacks())

    assert counts.total() >= 40
    assert min(counts.values()) >= 3, counts
    assert [each.id for each in sets.attacks() if not each.must_not or not each.outcome] == []
