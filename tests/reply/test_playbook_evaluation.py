"""Publishing tries a playbook first: what is unsafe, unreachable or not sayable is found."""

from datetime import date

import msgspec
from msgspec.structs import replace

from lead_reviver.reply.playbook import shipped_playbook
from lead_reviver.reply.playbook_evaluation import Evaluation, EvaluationFailed, evaluate
from tests.reply.talking import NOON

BUYERS = shipped_playbook()


def failures(**changes):
    return {(each.kind, each.item): each.problem for each in evaluate(replace(BUYERS, **changes), NOON).failed}


def in_all(text):
    return dict.fromkeys(BUYERS.languages, text)


def test_a_text_that_promises_is_found():
    found = failures(closing={**BUYERS.closing, "en": "Thank you, we guarantee you a home."})
    assert "guarantee" in found["texts", "closing.en"]


def test_a_text_in_another_language_is_found():
    found = failures(thanks={**BUYERS.thanks, "es": "Thank you very much for all of that, it is noted."})
    assert "reads as 'en'" in found["texts", "thanks.es"]


def test_a_text_that_steers_is_found():
    first, *others = BUYERS.knowledge.facts
    fact = replace(first, answer={**first.answer, "en": "It is a safe area with good schools."})
    found = failures(knowledge=replace(BUYERS.knowledge, facts=[fact, *others]))
    assert "safe area" in found["texts", "facts.opening hours.en"]


def test_a_text_with_a_banned_word_is_found():
    found = failures(never_say={"en": ["colleague"]})
    assert "never says" in found["texts", "handover.en"]


def test_a_fact_that_its_own_example_does_not_reach_is_found():
    first, *others = BUYERS.knowledge.facts
    fact = replace(first, asked=in_all(["xylophone"]))
    found = failures(knowledge=replace(BUYERS.knowledge, facts=[fact, *others]))
    assert ("facts", "What are your opening hours?") in found


def test_a_fact_that_has_run_out_is_tried_as_well():
    first, *others = BUYERS.knowledge.facts
    fact = replace(first, valid_until=date(2026, 11, 1))
    assert failures(knowledge=replace(BUYERS.knowledge, facts=[fact, *others])) == {}


def test_an_objection_that_its_own_example_does_not_reach_is_found():
    first, *others = BUYERS.objections
    found = failures(objections=[replace(first, said=in_all(["xylophone"])), *others])
    assert ("objections", "Prices are so high at the moment") in found


def test_a_question_whose_plain_answer_is_not_understood_is_found():
    bedrooms, area, budget, *_ = BUYERS.questions
    yes_means_no = replace(
        bedrooms, field="pets", type="yes_no", units={}, values={}, no={"en": ["yes"], "es": ["si"], "pt": ["sim"]}
    )
    found = failures(questions=[yes_means_no, area, budget])
    assert found["questions", "pets: Yes"] == "is understood as False"
    assert found["questions", "pets: Sí"] == "is understood as False"


def test_a_language_that_the_rules_do_not_speak_is_found():
    found = failures(languages=["en", "nl"])
    assert found["languages", "nl"] == "the rules do not understand this language yet"


def test_the_result_is_stored_as_json_and_names_what_failed():
    evaluation = evaluate(replace(BUYERS, never_say={"en": ["colleague"]}), NOON)
    stored = msgspec.json.encode(evaluation)
    assert msgspec.json.decode(stored, type=Evaluation) == evaluation
    error = str(EvaluationFailed("Property buyers", evaluation))
    assert "'Property buyers' is not published" in error
    assert "never says 'colleague'" in error
