"""A follow-up is short, asks the open question in other words, and passes every check in every language."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from lead_reviver.decide.conversation import Conversation, Lead, Line, Turn
from lead_reviver.errors import BadInput
from lead_reviver.reply.answering import last_asked
from lead_reviver.reply.follow_up import follow_up
from lead_reviver.reply.playbook import parse_playbook, shipped_playbook
from lead_reviver.reply.responder import respond

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
PLAYBOOK = shipped_playbook()
EVERY_QUESTION = [(each, language) for each in PLAYBOOK.questions for language in PLAYBOOK.languages]


def a_conversation(last_words: str, name: str | None = "ana prado") -> Conversation:
    line = Line("m-1", "out", "bot", "text", last_words, NOON)
    lead = Lead("lead-1", name, "en", "engaged")
    return Conversation("c-1", "w-1", "ch-1", "100", lead, "Costa Homes", "en", history=[line])


@pytest.mark.parametrize(("question", "language"), EVERY_QUESTION)
def test_every_question_can_be_followed_up_in_words_that_pass_the_checks(question, language):
    for asked_as in question.ask[language]:
        found = follow_up(a_conversation(f"Hi! {asked_as}"), PLAYBOOK, question.field, language, 1)
        assert found.text.endswith(next(each for each in question.ask[language] if each != asked_as))
        assert "Ana" in found.text
        assert "one_question" in found.checks


@pytest.mark.parametrize(("question", "language"), EVERY_QUESTION)
def test_whoever_answers_a_follow_up_has_answered_its_question(question, language):
    conversation = a_conversation(question.ask[language][0])
    found = follow_up(conversation, PLAYBOOK, question.field, language, 1)
    reminded = msgspec.structs.replace(
        conversation, history=[*conversation.history, Line("m-2", "out", "bot", "text", found.text, NOON)]
    )
    assert last_asked(reminded, PLAYBOOK) == question


def test_a_follow_up_has_the_buttons_of_its_question():
    found = follow_up(a_conversation("When would you like to move?"), PLAYBOOK, "timeline", "en", 1)
    assert [each.id for each in found.buttons] == ["timeline:soon", "timeline:later", "timeline:looking"]


def test_a_lead_without_a_name_is_followed_up_all_the_same():
    found = follow_up(a_conversation("How many bedrooms would you like?", None), PLAYBOOK, "bedrooms", "en", 1)
    assert found.text.startswith("Hi, no rush at all")


@pytest.mark.parametrize(
    ("field", "language", "number"), [("garden", "en", 1), ("budget", "fr", 1), ("budget", "en", 2)]
)
def test_what_the_playbook_does_not_hold_is_not_made_up(field, language, number):
    with pytest.raises(BadInput):
        follow_up(a_conversation("Hello"), PLAYBOOK, field, language, number)


def test_a_dormant_lead_who_writes_is_engaged_again():
    conversation = msgspec.structs.replace(a_conversation("Hi"), history=[], lead=Lead("l", "Ana", "en", "dormant"))
    decision = respond(Turn("t-1", conversation, [Line("m-3", "in", "lead", "text", "Hello again", NOON)]), PLAYBOOK)
    assert decision.stage == "engaged"


def refusal(**changes: object) -> str:
    with pytest.raises(BadInput) as error:
        parse_playbook(msgspec.to_builtins(PLAYBOOK) | changes)
    return str(error.value)


def a_follow_up(**changes: object) -> dict[str, object]:
    text = dict.fromkeys(PLAYBOOK.languages, "Hello{name}.")
    return {"after_minutes": 240, "text": text} | changes


@pytest.mark.parametrize(
    ("follow_ups", "place"),
    [
        ([a_follow_up(after_minutes=5)], "$.follow_ups[0].after_minutes"),
        ([a_follow_up(after_minutes=900), a_follow_up(after_minutes=900)], "$.follow_ups: at most 1380 minutes"),
        ([a_follow_up()] * 4, "$.follow_ups: at most 3"),
        ([a_follow_up(text={"en": "Hello."})], "$.follow_ups[0].text.es"),
        ([a_follow_up(text=dict.fromkeys(PLAYBOOK.languages, "Hello?"))], "ask nothing"),
        ([a_follow_up(text=dict.fromkeys(PLAYBOOK.languages, "Hello {who}."))], "is no placeholder"),
        ([a_follow_up(template="Follow Up")], "$.follow_ups[0].template"),
    ],
)
def test_a_follow_up_that_cannot_be_used_is_refused_with_its_place(follow_ups: list[object], place: str):
    assert place in refusal(follow_ups=follow_ups)


@pytest.mark.parametrize(
    "ageing",
    [
        [{"stage": "engaged", "after_days": 0, "becomes": "dormant"}],
        [{"stage": "engaged", "after_days": 5, "becomes": "engaged"}],
        [{"stage": "", "after_days": 5, "becomes": "dormant"}],
        [{"stage": "engaged", "after_days": days, "becomes": "dormant"} for days in (5, 9)],
    ],
    ids=["no-days", "same-stage", "no-stage", "twice"],
)
def test_a_rule_about_stages_that_cannot_be_used_is_refused_with_its_place(ageing: list[object]):
    assert "$.ageing[0]" in refusal(ageing=ageing)


def test_a_playbook_from_before_there_were_follow_ups_can_still_be_read():
    body = msgspec.to_builtins(PLAYBOOK)
    del body["follow_ups"], body["ageing"]
    assert parse_playbook(body).follow_ups == []
