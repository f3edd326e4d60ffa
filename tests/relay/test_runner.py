"""Which runner takes a batch, and who stands in."""

from __future__ import annotations

from typing import cast

import pytest

from lead_reviver.errors import SettingsError
from lead_reviver.n8n.calls import N8nAway, N8nLost, WorkflowFailed
from lead_reviver.relay.runner import Health, InlineRunner, N8nRunner, Runners, Setting
from lead_reviver.steps.parts import Parts

NO_PARTS = cast("Parts", None)
INLINE = InlineRunner(NO_PARTS)
N8N = cast("N8nRunner", type("N8n", (), {"name": "n8n"})())


def health(*, up: bool) -> Health:
    made = Health(cast("object", None), cast("object", None))  # type: ignore[arg-type]
    made.is_up = up
    return made


@pytest.mark.parametrize(("up", "name"), [(True, "n8n"), (False, "inline")])
def test_left_to_itself_n8n_takes_turns_while_it_is_healthy(up: bool, name: str):
    runners = Runners("auto", INLINE, N8N, health(up=up))
    assert runners.current.name == name
    assert runners.stand_in is INLINE


def test_without_n8n_turns_run_inline():
    assert Runners("auto", INLINE, None, None).current.name == "inline"


def test_an_operator_who_wants_none_of_n8n_gets_none():
    assert Runners("inline", INLINE, N8N, health(up=True)).current.name == "inline"


def test_an_operator_who_insists_on_n8n_waits_for_it_and_nobody_stands_in():
    runners = Runners("n8n", INLINE, N8N, health(up=False))
    assert runners.current.name == "n8n"
    assert runners.stand_in is None


def test_insisting_on_n8n_without_an_address_is_refused_in_words():
    with pytest.raises(SettingsError, match="LEAD_REVIVER_N8N_URL"):
        Runners("n8n", INLINE, None, None)


def test_a_failed_call_takes_n8n_out_until_it_answers_a_probe():
    runners = Runners("auto", INLINE, N8N, health(up=True))
    runners.failed(RuntimeError("gone"))
    assert runners.current.name == "inline"


@pytest.mark.parametrize(
    ("error", "waits"), [(N8nAway("gone"), True), (N8nLost("broke off"), True), (WorkflowFailed("status 502"), False)]
)
def test_who_insists_on_n8n_waits_while_it_is_away_but_not_while_its_workflow_fails(error: Exception, waits: bool):
    runners = Runners("n8n", INLINE, N8N, health(up=True))
    runners.failed(error)
    assert runners.is_waiting is waits


@pytest.mark.parametrize("setting", ["auto", "inline"])
def test_nobody_else_ever_waits_for_n8n(setting: Setting):
    runners = Runners(setting, INLINE, N8N, health(up=True))
    runners.failed(N8nAway("gone"))
    assert not runners.is_waiting
