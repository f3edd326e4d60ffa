"""A score explains itself: its reasons add up to it, and a better answer never lowers it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lead_reviver.decide.conversation import FieldValue
from lead_reviver.decide.score import HIGHEST, USUAL, Standing, score, weight_problems, weights_of
from lead_reviver.errors import BadInput
from lead_reviver.reply.playbook import parse_playbook, shipped_playbook

QUESTIONS = ["bedrooms", "area", "budget", "timeline", "financing"]
WEIGHTS = weights_of({}, QUESTIONS)


def known(**values: Any) -> dict[str, FieldValue]:
    return {field: FieldValue(value, "so", None) for field, value in values.items()}


def body_with(**changes: Any) -> dict[str, Any]:
    return msgspec.to_builtins(shipped_playbook()) | changes


def reasons(standing: Standing) -> list[tuple[int, str]]:
    return [(each.points, each.why) for each in score(standing, WEIGHTS).reasons]


def test_a_lead_who_wants_to_move_soon_and_has_a_mortgage_agreed_is_worth_a_call_and_the_score_says_why():
    standing = Standing(known(bedrooms=2, timeline="soon", financing=True, budget={}), QUESTIONS, replies=4, quick=True)
    assert reasons(standing) == [
        (20, "Answered 4 of 5 questions"),
        (10, "Budget is known"),
        (15, "Timeline: soon"),
        (10, "Financing: yes"),
        (10, "Talks with us"),
        (5, "Answered within the hour"),
    ]
    assert score(standing, WEIGHTS).points == 70


def test_a_lead_with_everything_and_a_meeting_has_all_points_there_are():
    fields = known(bedrooms=2, area="x", budget={}, timeline="soon", financing=True, decision_makers="couple")
    best = Standing(fields, QUESTIONS, replies=9, quick=True, meeting=True)
    assert score(best, WEIGHTS).points == HIGHEST
    assert score(replace(best, not_now=True), WEIGHTS).points == 80
    assert score(replace(best, refused=True), WEIGHTS).points == 40


def test_a_lead_who_does_not_want_to_go_on_never_falls_below_nothing():
    [refusal] = score(Standing({}, QUESTIONS, refused=True), WEIGHTS).reasons
    assert (refusal.points, refusal.why) == (0, "Does not want to go on")


def test_a_lead_who_said_no_has_no_score_whatever_was_known():
    nothing = score(Standing(known(timeline="soon"), QUESTIONS, meeting=True, opted_out=True), WEIGHTS)
    assert (nothing.points, [each.why for each in nothing.reasons]) == (0, ["Asked not to be written to"])


def test_what_was_not_understood_and_what_the_lead_does_not_know_counts_for_nothing():
    fields = {"budget": FieldValue(None, "no idea", None, 0.5), "area": FieldValue("mumble", "mumble", None, 0.0)}
    assert score(Standing(fields, QUESTIONS), WEIGHTS).points == 0


def test_what_a_playbook_does_not_ask_for_goes_to_how_complete_the_answers_are():
    weights = weights_of({}, ["roof"])
    assert "budget" not in weights
    assert weights["complete"] == USUAL["complete"] + 10 + 15 + 10
    assert score(Standing(known(roof="flat"), ["roof"]), weights).points == weights["complete"]


values = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.sampled_from(["soon", "later", "looking", "x"]))
fields = st.dictionaries(
    st.sampled_from([*QUESTIONS, "decision_makers", "reason"]),
    st.builds(FieldValue, values, st.just("so"), st.none(), st.sampled_from([0.0, 0.5, 0.9, 1.0])),
)
standings = st.builds(
    Standing, fields, st.just(QUESTIONS), st.integers(0, 20), st.booleans(), st.booleans(), st.booleans(), st.booleans()
)
gains = st.dictionaries(
    st.sampled_from(["complete", "replied", "quick", "meeting", "budget", "timeline:soon", "financing:yes"]),
    st.integers(0, 100),
)
losses = st.dictionaries(st.sampled_from(["not_now", "refused"]), st.integers(-100, 0))
any_weights = st.one_of(st.just(WEIGHTS), st.builds(lambda a, b: a | b, gains, losses))


@given(standings, any_weights)
def test_the_reasons_of_any_score_add_up_to_it(standing: Standing, weights: dict[str, int]):
    found = score(standing, weights)
    assert sum(each.points for each in found.reasons) == found.points
    assert 0 <= found.points <= HIGHEST
    assert all(each.why for each in found.reasons)


BETTER = [
    ("timeline", "later", "soon"), ("financing", False, True), ("budget", None, {"max_minor": 1}),
    ("bedrooms", None, 3), ("decision_makers", None, "alone"),
]  # fmt: skip


@given(standings, any_weights, st.sampled_from(BETTER))
def test_a_better_answer_never_lowers_the_score(standing: Standing, weights: dict[str, int], better: Any):
    field, worse, good = better
    before = replace(standing, fields=dict(standing.fields) | known(**{field: worse}))
    after = replace(standing, fields=dict(standing.fields) | known(**{field: good}))
    assert score(before, weights).points <= score(after, weights).points


@given(standings, any_weights)
def test_writing_more_answering_soon_and_meeting_never_lower_the_score(standing: Standing, weights: dict[str, int]):
    now = score(standing, weights).points
    for better in (
        replace(standing, replies=standing.replies + 1),
        replace(standing, quick=True),
        replace(standing, meeting=True),
        replace(standing, not_now=False),
        replace(standing, refused=False),
    ):
        assert now <= score(better, weights).points


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"budget": -5}, "may not lower the score"),
        ({"refused": 5}, "with a minus"),
        ({"timeline:soon": 60, "financing:yes": 50}, "would have 110 points"),
        ({"Budget!": 5}, "name a field"),
    ],
)
def test_weights_that_cannot_be_meant_are_refused_with_what_to_change(weights: dict[str, int], says: str):
    assert says in " ".join(weight_problems(weights))
    with pytest.raises(BadInput, match=r"\$\.score"):
        parse_playbook(body_with(score=weights))


def test_only_one_value_of_a_field_can_be_the_answer_so_both_may_weigh_much():
    weights = {"timeline:soon": 60, "timeline:later": 20, "complete": 40}
    assert parse_playbook(body_with(score=weights)).score == weights
    assert not list(weight_problems(USUAL))
    assert shipped_playbook().score == {}
