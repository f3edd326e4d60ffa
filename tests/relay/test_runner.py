"""Which runner a setting names."""

from __future__ import annotations

from typing import cast

import pytest

from lead_reviver.errors import SettingsError
from lead_reviver.relay.runner import runner_called
from lead_reviver.steps.parts import Parts

NO_PARTS = cast("Parts", None)


@pytest.mark.parametrize("name", ["auto", "inline"])
def test_without_n8n_turns_run_inline(name: str):
    assert runner_called(name, NO_PARTS).name == "inline"


def test_an_operator_who_insists_on_n8n_is_told_that_it_is_not_there_yet():
    with pytest.raises(SettingsError, match="set it to 'auto' or 'inline'"):
        runner_called("n8n", NO_PARTS)
