"""What a message says about the things that a playbook asks, sentence by sentence."""

import msgspec
import pytest

from lead_reviver.errors import BadInput
from lead_reviver.reply.playbook import Playbook, parse_playbook, shipped_playbook
from lead_reviver.reply.understand import answers_in

TELLS_MUCH = "We want a house, my wife decides with me and we need more space"


def learned(sentence: str, playbook: Playbook, language: str = "en") -> dict[str, object]:
    return {each.field: each.value for each in answers_in(sentence, playbook, language, None)}


def changed(**parts: object) -> Playbook:
    return parse_playbook({**msgspec.to_builtins(shipped_playbook()), **parts})


class TestWhatAPlaybookWantsToKnow:
    def test_a_lead_who_tells_more_than_was_asked_is_heard(self):
        assert learned(TELLS_MUCH, shipped_playbook()) == {
            "property_type": "house",
            "reason": "more_space",
            "decision_makers": "partner",
        }

    def test_what_a_playbook_has_no_use_for_is_not_learned(self):
        assert learned(TELLS_MUCH, changed(also_learns=["reason"])) == {"reason": "more_space"}
        assert learned(TELLS_MUCH, changed(also_learns=[])) == {}

    def test_a_choice_that_the_question_does_not_offer_is_not_learned(self):
        questions = msgspec.to_builtins(shipped_playbook())["questions"]
        timeline = next(each for each in questions if each["field"] == "timeline")
        assert learned("within two months", shipped_playbook()) == {"timeline": "soon"}

        timeline["choices"] = [{**each, "value": f"own_{each['value']}"} for each in timeline["choices"]]
        assert learned("within two months", changed(questions=questions)) == {}

    def test_a_field_that_no_words_are_known_for_is_refused(self):
        with pytest.raises(BadInput, match=r"\$\.also_learns\[0\]: 'shoe_size' is not understood unasked"):
            changed(also_learns=["shoe_size"])

    def test_a_field_that_is_asked_for_is_not_listed_again(self):
        with pytest.raises(BadInput, match=r"\$\.also_learns\[1\]: 'timeline' has a question"):
            changed(also_learns=["reason", "timeline"])


@pytest.mark.parametrize(
    ("said", "language", "area"),
    [
        ("Triana nos vendría genial porque trabajo al lado", "es", "Triana"),
        ("Lo ideal sería Nervión", "es", "Nervión"),
        ("por Chamberí, por ahí", "es", "Chamberí"),
        ("Chelsea if possible", "en", "Chelsea"),
        ("somewhere in Hackney because my sister lives there", "en", "Hackney"),
        ("Campo de Ourique se der", "pt", "Campo de Ourique"),
        ("Alvalade, pois trabalho lá", "pt", "Alvalade"),
    ],
)
def test_a_place_is_heard_without_the_words_and_reasons_around_it(said, language, area):
    playbook = shipped_playbook()
    asked = next(each for each in playbook.questions if each.field == "area")
    assert [each.value for each in answers_in(said, playbook, language, asked)] == [area]
