"""Playbooks as YAML: out and in again they are the same, and what is wrong is named with its line."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_reviver.reply.playbook import (
    SHIPPED,
    PlaybookRefused,
    playbook_body,
    playbook_text,
    read_playbook,
    shipped_playbook,
    shipped_text,
)
from lead_reviver.reply.playbook_shapes import Fact, Listing, Playbook
from lead_reviver.reply.playbook_yaml import decode_yaml, encode_yaml

SIGNS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff") | st.just(
    "\n"
)
WORDS = st.text(SIGNS, max_size=40)
DATA = st.recursive(
    st.one_of(WORDS, st.integers(-(10**12), 10**12), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=20,
)
TEXT = st.text(SIGNS, min_size=4, max_size=60).filter(lambda text: text.strip() and not set(text) & set("{}?"))


def refusal(text):
    with pytest.raises(PlaybookRefused) as error:
        read_playbook(text)
    return error.value.problems


@settings(max_examples=200)
@given(st.dictionaries(st.text(SIGNS, min_size=1, max_size=20), DATA, max_size=5))
def test_data_that_is_written_is_read_again(data):
    assert decode_yaml(encode_yaml(data)).data == data


@settings(max_examples=60)
@given(
    answer=TEXT,
    price=st.integers(1, 10**12),
    goal=WORDS,
)
def test_a_playbook_out_and_in_again_is_the_same(answer, price, goal):
    shipped = shipped_playbook()
    [fact, *_], [listing, *_] = shipped.knowledge.facts, shipped.knowledge.listings
    knowledge = msgspec.structs.replace(
        shipped.knowledge,
        facts=[msgspec.structs.replace(fact, answer=dict.fromkeys(shipped.languages, answer))],
        listings=[msgspec.structs.replace(listing, price_minor=price)],
    )
    playbook = msgspec.structs.replace(shipped, knowledge=knowledge, goal=goal)
    exported = playbook_text(playbook)
    assert read_playbook(exported) == playbook
    assert playbook_text(read_playbook(exported)) == exported


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_playbook_out_and_in_again_is_the_same(name):
    playbook = shipped_playbook(name)
    assert read_playbook(playbook_text(playbook)) == playbook
    assert msgspec.convert(playbook_body(playbook), Playbook) == playbook


def test_no_is_a_language_and_a_word_and_no_falsehood():
    assert decode_yaml("no: yes\non: off\n").data == {"no": "yes", "on": "off"}


def test_every_problem_is_told_with_its_line():
    text = shipped_text("property_buyers")
    broken = text.replace("currency: EUR", "currency: euro").replace("closing:", "closng:", 1)
    broken = broken.replace("en: How many", "en: How  many").replace("type: number", "type: nummber", 1)
    found = {(each.line, each.path) for each in refusal(broken)}
    lines = broken.splitlines()

    def line(start):
        return next(number for number, each in enumerate(lines, 1) if each.strip().startswith(start))

    assert (line("currency"), "$.currency") in found
    assert (line("closng"), "$.closng") in found
    assert (line("type: nummber"), "$.questions[0].type") in found
    assert (1, "$.closing") in found
    assert all(line for line, _ in found)


def test_what_is_missing_is_told_at_the_line_around_it():
    text = shipped_text("property_buyers")
    without = text.replace("  es: Gracias, anotado.\n", "", 1)
    [problem] = refusal(without)
    assert problem.path == "$.thanks.es"
    assert without.splitlines()[problem.line - 1] == "thanks:"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", None, "empty"),
        ("name: [", 1, "expected"),
        ("name: a\nname: b\n", 2, "'name' stands here twice"),
        ("a: &x {b: 1}\nc: *x\n", 1, "anchors"),
        ("a: !!python/object:os.system {}\n", 1, "tag"),
        ("a: " + "[" * 40 + "]" * 40, 1, "nested"),
        ("a: 0x\n? [b]\n: 1\n", 2, "one word"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text, line, what):
    [problem] = refusal(text)
    assert what in problem.what
    assert problem.line == line


def test_dates_are_dates_with_quotes_and_without():
    text = shipped_text("property_buyers")
    quoted = text.replace("valid_until: 2027-12-31", "valid_until: '2027-12-31'")
    assert quoted != text
    assert read_playbook(quoted) == read_playbook(text)
    [problem] = refusal(text.replace("valid_until: 2027-12-31", "valid_until: 2027-13-31", 1))
    assert "expected a date" in problem.what


def test_what_is_known_needs_its_words():
    changed = playbook_body(shipped_playbook())
    changed["knowledge"]["facts"][0]["asked"].pop("pt")
    changed["knowledge"]["facts"][1]["answer"]["en"] = "It costs nothing, does it?"
    changed["knowledge"]["listings"][0]["price_minor"] = 0
    changed["knowledge"]["listings"][1]["id"] = changed["knowledge"]["listings"][2]["id"]
    changed["knowledge"]["listings"][3]["also_called"] = ["no"]
    changed["knowledge"]["listings"][4]["currency"] = "euro"
    changed["objections"][0]["said"]["en"] = ["(high"]
    changed["endings"] = {"lottery": {"en": "a", "es": "b", "pt": "c"}, "thanks": {"en": "Until {day}"}}
    changed["quiet_hours"] = {"begin": 9, "end": 20}
    changed["stages"] = ["new", "engaged", "qualified"]
    changed["questions"][0]["enough_when"] = {"pets": ["yes"]}
    paths = {each.path for each in refusal(encode_yaml(changed))}
    assert {
        "$.knowledge.facts[0].asked.pt",
        "$.knowledge.facts[1].answer.en",
        "$.knowledge.listings[0].price_minor",
        "$.knowledge.listings[1].id",
        "$.knowledge.listings[3]",
        "$.knowledge.listings[4].currency",
        "$.objections[0].said.en[0]",
        "$.endings.lottery",
        "$.endings.thanks.es",
        "$.endings.thanks.en",
        "$.quiet_hours",
        "$.stages",
        "$.questions[0].enough_when",
    } <= paths


def test_listings_need_words_about_them():
    changed = playbook_body(shipped_playbook())
    del changed["knowledge"]["listing_answers"]
    [problem] = refusal(encode_yaml(changed))
    assert problem.path == "$.knowledge.listing_answers"


def test_shapes_are_compared_whole():
    changed = playbook_body(shipped_playbook())
    changed["approval"] = "yes"
    changed["goal"] = ["a"]
    changed["tone"] = "warm\x07"
    changed["knowledge"]["listings"][0]["bedrooms"] = True
    changed["knowledge"]["listings"][0]["status"] = "gone"
    changed["meetings"] = {"kind": "viewing"}
    changed["questions"][0] = "bedrooms"
    found = {each.path: each.what for each in refusal(encode_yaml(changed))}
    assert found["$.approval"] == "expected true or false, got 'yes'"
    assert found["$.tone"] == r"holds a sign that nobody can read ('\x07')"
    assert found["$.goal"] == "expected a text, got a list"
    assert found["$.knowledge.listings[0].bedrooms"] == "expected a whole number, got True"
    assert "expected one of available, reserved, sold" in found["$.knowledge.listings[0].status"]
    assert found["$.meetings"] == "expected a list, got names with values"
    assert found["$.questions[0]"] == "expected names with values below, got 'bedrooms'"


def test_the_shapes_take_what_the_files_use():
    assert any(isinstance(each, Fact) for each in shipped_playbook().knowledge.facts)
    assert any(isinstance(each, Listing) for each in shipped_playbook().knowledge.listings)
