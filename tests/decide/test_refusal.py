"""A refusal read from its parts, whatever its wording, and what only looks like one."""

import json
from pathlib import Path
from time import thread_time

import pytest

import lead_reviver.decide.refusal as refusal
from lead_reviver.decide.opt_out import opt_out_level
from lead_reviver.decide.patterns import LANGUAGES
from lead_reviver.decide.refusal import refuses, refuses_misspelt
from lead_reviver.decide.text import LONGEST, plain

FOLDER = Path(refusal.__file__).parent / "refusals"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_a_vocabulary_is_in_plain_form(language):
    """A word that `plain` would change can never be found."""
    data = json.loads((FOLDER / f"{language}.json").read_bytes())
    assert data["language"] == language
    for part, words in data.items():
        if isinstance(words, list):
            assert [word for word in words if plain(word.removesuffix("*")).strip(" |") != word.removesuffix("*")] == []
            assert len(set(words)) == len(words), part


@pytest.mark.parametrize(
    "text",
    [
        "I do not want to be contacted by you people any further",
        "you can take our details off the database now",
        "no quiero que me volváis a mandar publicidad",
        "não quero que voltem a me escrever",
        "je ne souhaite plus recevoir de sollicitations de votre part",
        "Ich möchte von Ihnen keine Werbung mehr erhalten",
        "vorrei non essere più contattato da voi",
        "आगे से मुझे कोई संदेश न भेजें",
        "mera naam aur number list se hata dijiye",
        "لا اريد ان توصلني اي رسائل منكم بعد اليوم",
    ],
)
def test_a_refusal_is_read_whatever_its_wording(text):
    assert refuses(plain(text))


@pytest.mark.parametrize(
    "text",
    [
        "please stop sending me studios",
        "why did you not message me",
        "she said do not text after nine",
        "no me mandéis más pisos sin ascensor",
        "não quero receber casas fora de Lisboa",
        "envoyez-moi plus de photos",
        "ich schreibe nicht gern, rufen Sie an",
        "non scrivo spesso, chiamatemi",
        "ground floor wale flat mat bhejo",
        "لا ترسل فلل كبيرة",
    ],
)
def test_what_is_refused_must_be_our_messages(text):
    assert not refuses(plain(text))
    assert not refuses_misspelt(plain(text))


@pytest.mark.parametrize("text", ["stpo txting me", "daremede baja", "tiramedalista", "smetetela di scrivermi"])
def test_a_refusal_typed_in_a_hurry_counts_when_it_is_the_whole_clause(text):
    assert refuses_misspelt(plain(text))


@pytest.mark.parametrize("text", ["bitte anmelden", "hemos quedado en el contrato", "we are listing our house"])
def test_a_word_of_its_own_is_no_slip_of_the_finger(text):
    assert not refuses_misspelt(plain(text))


@pytest.mark.parametrize(
    "piece", ["stop ", "no me ", "dont send ", "a", "escribirescribir", "stop.no.", "( ", "ü", "मत भेजो ", "لا ترسل "]
)
def test_a_hostile_message_costs_no_more_than_a_long_one(piece):
    """4,096 characters are what WhatsApp lets through; a bound on the processor's time, wide enough for any machine."""
    message = (piece * 4096)[:4096]
    assert len(plain(message)) <= LONGEST * 3
    start = thread_time()
    opt_out_level(message)
    assert thread_time() - start < 2
