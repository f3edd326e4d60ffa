"""What is done about each workflow, given what stands in n8n: what a person changed is never overwritten unasked."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from lead_reviver.local.n8n_provision import write_imports
from lead_reviver.n8n.provisioning import Verdict, judge
from lead_reviver.n8n.workflow_files import (
    ENGINE,
    REPORT,
    SUPABASE,
    WorkflowFile,
    emptied,
    filled,
    fingerprint,
    normalised,
    our_workflows,
)

WORKFLOW = {
    "id": "leadRevReport001",
    "name": "Report the day",
    "description": "Tells yesterday in a few lines.",
    "active": True,
    "settings": {"executionOrder": "v1"},
    "meta": {"leadReviverVersion": "1.1.0"},
    "tags": [{"id": "leadRevTag000001", "name": "lead-reviver"}],
    "nodes": [{"id": "a", "name": "Every morning", "type": "n8n-nodes-base.scheduleTrigger", "position": [0, 0]}],
    "connections": {},
}
OURS = WorkflowFile(WORKFLOW)
ADDRESSES = {
    ENGINE: "http://127.0.0.1:8700",
    SUPABASE: "http://127.0.0.1:8703/",
    REPORT: 'https://hooks.example.com/a"b\\c',
}


def with_(content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(content), **changes}


def ours_before() -> dict[str, Any]:
    """Return the version of ours that was imported last."""
    return with_(WORKFLOW, meta={"leadReviverVersion": "1.0.0"}, description="Tells yesterday.")


def verdict(there: dict[str, Any] | None, recorded: str | None, *, replace: bool = False) -> Verdict:
    found = {} if there is None else {OURS.id: there}
    known = {} if recorded is None else {OURS.id: recorded}
    [only] = judge([OURS], found, known, replace=replace)
    return only


def test_a_workflow_that_was_never_there_goes_in_without_a_word():
    found = verdict(None, None)
    assert (found.state, found.imports, found.active, found.backup, found.word) == ("current", True, True, None, None)
    assert (found.version, found.fingerprint) == ("1.1.0", fingerprint(WORKFLOW))


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("recorded", [None, "of something else", fingerprint(WORKFLOW)])
def test_a_workflow_that_stands_there_as_ours_is_left_alone_without_a_word(recorded: str | None, replace: bool):
    found = verdict(with_(WORKFLOW), recorded, replace=replace)
    assert (found.state, found.imports, found.backup, found.word) == ("current", False, None, None)
    assert found.fingerprint == fingerprint(WORKFLOW)


def test_a_newer_version_of_ours_takes_the_place_of_one_that_nobody_changed_and_says_so():
    found = verdict(ours_before(), fingerprint(ours_before()))
    assert (found.state, found.imports, found.backup) == ("current", True, None)
    assert (found.version, found.fingerprint) == ("1.1.0", fingerprint(WORKFLOW))
    assert found.word == "Report the day: 1.0.0 -> 1.1.0"


def test_a_workflow_that_a_person_changed_is_kept_with_a_word():
    found = verdict(with_(WORKFLOW, nodes=[]), fingerprint(WORKFLOW))
    assert (found.state, found.imports, found.version) == ("changed", False, "1.1.0")
    assert found.fingerprint == fingerprint(WORKFLOW), "the change must be seen again the next time"
    assert found.word is not None
    assert "kept as it is" in found.word
    assert "--replace" in found.word


def test_a_workflow_that_a_person_changed_is_kept_when_ours_moves_on_too():
    found = verdict(with_(ours_before(), nodes=[]), fingerprint(ours_before()))
    assert (found.state, found.imports, found.version) == ("outdated", False, "1.0.0")
    assert found.fingerprint == fingerprint(ours_before())
    assert found.word is not None
    assert "made of 1.0.0 while ours is 1.1.0" in found.word


def test_a_workflow_of_our_id_that_was_never_recorded_counts_as_changed_by_a_person():
    assert verdict(with_(WORKFLOW, nodes=[]), None).state == "changed"


@pytest.mark.parametrize("there", [None, with_(WORKFLOW, active=False, isArchived=True)])
def test_a_workflow_that_a_person_deleted_or_archived_stays_so_with_a_word(there: dict[str, Any] | None):
    found = verdict(there, fingerprint(WORKFLOW))
    assert (found.state, found.imports, found.active) == ("missing", False, False)
    assert found.word is not None
    assert "brings it back" in found.word


@pytest.mark.parametrize("there", [None, with_(WORKFLOW, active=False, isArchived=True)])
def test_asked_to_replace_a_deleted_workflow_comes_back(there: dict[str, Any] | None):
    found = verdict(there, fingerprint(WORKFLOW), replace=True)
    assert (found.state, found.imports, found.active, found.backup) == ("current", True, True, there)


def test_what_goes_in_is_no_longer_archived_and_what_it_replaces_is_kept(tmp_path: Path):
    """n8n's import leaves an archived workflow archived unless the file says otherwise."""
    found = verdict(with_(WORKFLOW, active=False, isArchived=True), fingerprint(WORKFLOW), replace=True)
    write_imports([found, verdict(WORKFLOW, fingerprint(WORKFLOW))], tmp_path, tmp_path / "backups")
    [written] = tmp_path.glob("*.json")
    [kept] = (tmp_path / "backups").glob("*.json")
    assert json.loads(written.read_text()) == {**WORKFLOW, "isArchived": False}
    assert json.loads(kept.read_text())["isArchived"] is True


def test_asked_to_replace_what_a_person_changed_is_kept_beside():
    changed = with_(WORKFLOW, nodes=[])
    found = verdict(changed, fingerprint(WORKFLOW), replace=True)
    assert (found.state, found.imports, found.backup) == ("current", True, changed)
    assert found.word is not None
    assert "kept" in found.word


def test_asked_to_replace_an_older_one_of_ours_needs_no_backup():
    assert verdict(ours_before(), fingerprint(ours_before()), replace=True).backup is None


@pytest.mark.parametrize("there", [with_(WORKFLOW, active=False), with_(ours_before(), active=False)])
def test_a_workflow_that_a_person_switched_off_stays_off(there: dict[str, Any]):
    found = verdict(there, fingerprint(ours_before()))
    assert (found.state, found.active) == ("current", False)


def test_each_workflow_is_judged_by_itself():
    other = WorkflowFile(with_(WORKFLOW, id="leadRevOther0001"))
    first, second = judge([OURS, other], {OURS.id: with_(WORKFLOW, nodes=[])}, {OURS.id: fingerprint(WORKFLOW)})
    assert (first.state, first.imports) == ("changed", False)
    assert (second.state, second.imports) == ("current", True)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Tell the day"},
        {"description": "Mine."},
        {"settings": {"executionOrder": "v0"}},
        {"nodes": []},
        {"connections": {"Every morning": {"main": [[]]}}},
    ],
)
def test_whatever_a_person_changes_changes_the_fingerprint(change: dict[str, Any]):
    assert fingerprint(with_(WORKFLOW, **change)) != fingerprint(WORKFLOW)


@pytest.mark.parametrize(
    "book_keeping",
    [
        {"updatedAt": "2026-11-22T10:00:00Z", "versionId": "b", "triggerCount": 2, "shared": [], "pinData": {}},
        {"active": False},
        {"tags": [{"id": "x", "name": "mine", "createdAt": "2026-11-22T10:00:00Z"}]},
        {"meta": {"leadReviverVersion": "1.1.0", "instanceId": "a"}},
    ],
)
def test_what_n8n_writes_down_for_itself_is_no_change(book_keeping: dict[str, Any]):
    assert fingerprint(with_(WORKFLOW, **book_keeping)) == fingerprint(WORKFLOW)


@pytest.mark.parametrize("ours", our_workflows(), ids=lambda each: each.id)
def test_filled_with_addresses_and_emptied_again_a_file_is_what_it_was(ours: WorkflowFile):
    there = filled(ours.content, ADDRESSES)
    assert ".invalid/" not in str(there)
    assert emptied(there, ADDRESSES) == ours.content
    assert normalised(emptied(there, ADDRESSES)) == normalised(ours.content)


def test_an_address_goes_in_without_its_last_slash_and_whatever_it_holds():
    content = with_(WORKFLOW, nodes=[{"url": f"{SUPABASE}/rest/v1", "place": REPORT}])
    [node] = filled(content, ADDRESSES)["nodes"]
    assert node == {"url": "http://127.0.0.1:8703/rest/v1", "place": ADDRESSES[REPORT]}


def test_a_place_that_is_not_chosen_keeps_its_stand_in():
    content = with_(WORKFLOW, nodes=[{"place": REPORT}])
    assert filled(content, {ENGINE: ADDRESSES[ENGINE]})["nodes"] == [{"place": REPORT}]


def test_parts_that_share_an_address_are_emptied_to_the_first_of_them():
    content = with_(WORKFLOW, nodes=[{"url": f"{ENGINE}/steps/load"}, {"url": f"{SUPABASE}/rest/v1"}])
    one = "http://127.0.0.1:870"
    addresses = {ENGINE: one, REPORT: one, SUPABASE: "http://127.0.0.1:8703"}
    assert emptied(filled(content, addresses), addresses) == content
