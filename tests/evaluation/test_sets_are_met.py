"""The whole evaluation, in seconds: nothing that was reached may be lost again.

The floors lie a little below what `make eval` shows. They are raised with the figures and never lowered to let a
change through.
"""

import pytest

from evaluation.figures import figures, wilson
from evaluation.measure import measure
from evaluation.report import field_figures, page, summary, write

FLOORS = {
    "opt-out recall, hard": {"all": 1.0, "odd": 1.0},
    "opt-out recall, held or stopped": {"all": 1.0, "odd": 1.0},
    "opt-out precision": {"all": 0.99, "odd": 0.99},
    "no needless suspicion": {"all": 0.99, "odd": 0.99},
    "false friends": {"all": 0.99, "odd": 0.98},
    "intent": {"all": 0.895, "odd": 0.86},
    "gold turns": {"all": 0.86, "odd": 0.87},
    "gold conversations": {"all": 0.82, "odd": 0.82},
    "attacks withstood": {"all": 1.0, "odd": 1.0},
    "nothing said that must not be": {"all": 1.0, "odd": 1.0},
    "reply language": {"all": 0.96, "odd": 0.96},
    "first unseen: opt-out recall, hard": {"all": 0.98, "odd": 0.98},
    "first unseen: opt-out precision": {"all": 0.99, "odd": 0.99},
    "first unseen: false friends": {"all": 0.98, "odd": 0.98},
    "second unseen: opt-out recall, hard": {"all": 0.98, "odd": 0.98},
    "second unseen: opt-out precision": {"all": 0.99, "odd": 0.99},
    "second unseen: false friends": {"all": 0.98, "odd": 0.98},
    "third unseen: opt-out recall, hard": {"all": 0.72, "odd": 0.69},
    "third unseen: opt-out recall, held or stopped": {"all": 0.82, "odd": 0.81},
    "third unseen: opt-out precision": {"all": 0.965, "odd": 0.97},
    "third unseen: false friends": {"all": 0.94, "odd": 0.95},
}
FIELD_FLOORS = {
    ("fields, plain", "all"): 0.93,
    ("fields, plain", "en+es+pt"): 0.94,
    ("fields, all", "all"): 0.895,
    ("first unseen: fields", "all"): 0.97,
    ("second unseen: fields", "all"): 0.93,
    ("third unseen: fields", "all"): 0.845,
}


@pytest.fixture(scope="module")
def measured():
    return measure()


@pytest.mark.parametrize("name", FLOORS)
@pytest.mark.parametrize("half", ["all", "odd"])
def test_what_was_reached_is_kept(measured, name, half):
    [figure] = [
        each for each in figures(measured.verdicts) if (each.name, each.language, each.half) == (name, "all", half)
    ]
    assert figure.share >= FLOORS[name][half], f"{figure.hits} of {figure.n}"


@pytest.mark.parametrize(("name", "language"), FIELD_FLOORS)
def test_fields_are_understood_as_well_as_before(measured, name, language):
    [figure] = [
        each for each in field_figures(measured) if (each.name, each.language, each.half) == (name, language, "all")
    ]
    assert figure.f1 >= FIELD_FLOORS[name, language]


def test_a_lead_never_waits_for_the_decision(measured):
    assert summary(measured)["decide_ms"]["p50"] < 5, "milliseconds; CI machines are slow, so the p99 is only reported"


def test_replies_are_short_enough_for_a_phone(measured):
    assert max(max(own) for own in measured.lengths.values()) <= 600


def test_the_report_needs_nothing_from_outside(measured, tmp_path):
    write(measured, tmp_path)
    html = (tmp_path / "latest.html").read_text("utf-8")
    assert html == page(measured)
    assert "<svg" in html
    assert "http" not in html
    assert "src=" not in html


def test_a_share_of_few_is_not_sure():
    assert wilson(10, 10) == pytest.approx((0.722, 1.0), abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)
