"""Every workflow file keeps the rules, and each rule finds who breaks it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lead_reviver.errors import BadInput
from lead_reviver.n8n.workflow_files import FOLDER, our_workflows, version_of
from tests.n8n.rules import RULES, Workflow, nodes, notes

FILES = sorted(FOLDER.glob("*.json"))
EXAMPLE = FOLDER / "process-inbound-messages.json"


def read(path: Path) -> Workflow:
    workflow: Workflow = json.loads(path.read_text(encoding="utf-8"))
    return workflow


def node(workflow: Workflow, name: str) -> Any:
    return next(each for each in workflow["nodes"] if each["name"] == name)


def give(value: dict[str, Any], **changes: Any) -> None:
    value.update(changes)


def rename(workflow: Workflow, old: str, new: str) -> None:
    text = json.dumps(workflow["connections"]).replace(json.dumps(old), json.dumps(new))
    workflow["connections"] = json.loads(text)
    node(workflow, old)["name"] = new


# One break of each rule, and who must be found.
BREAKS: dict[str, tuple[Callable[[Workflow], object], str]] = {
    "its name is a verb, an object and a scope": (lambda w: give(w, name="My Workflow 2"), "My Workflow 2"),
    "it says in a sentence what it is for": (lambda w: give(w, description="Turns."), "description"),
    "it says its version": (lambda w: w.pop("meta"), "?"),
    "it is tagged as ours": (lambda w: w.pop("tags"), "tags"),
    "its runs are not kept when they succeed, and its failures have somebody to go to": (
        lambda w: w["settings"].pop("errorWorkflow"),
        "errorWorkflow",
    ),
    "every node has a name and an id of its own": (
        lambda w: w["nodes"].append(copy.deepcopy(node(w, "Load turns"))),
        "Load turns",
    ),
    "every node says what it does here": (lambda w: rename(w, "Load turns", "HTTP Request1"), "HTTP Request1"),
    "every call leaves by a wired error output when it fails": (
        lambda w: w["connections"]["Load turns"]["main"].pop(),
        "Load turns",
    ),
    "every trigger leads to every node": (lambda w: w["connections"].pop("Save state"), "Sync the record"),
    "it holds no secret": (
        lambda w: give(node(w, "Load turns")["parameters"], headers="Bearer a-key-in-clear"),
        "Bearer a-key-in",
    ),
    "it holds no address but the stand-ins": (
        lambda w: give(node(w, "Load turns")["parameters"], url="http://127.0.0.1:8700/steps/load"),
        "http://127.0.0.1:8700/steps/load",
    ),
    "it reads no environment": (
        lambda w: give(node(w, "Load turns")["parameters"], url="={{ $env.LEAD_REVIVER_ENGINE_URL }}"),
        "$env",
    ),
    "it uses our credentials and no others": (
        lambda w: give(node(w, "Load turns"), credentials={"httpBasicAuth": {"id": "x", "name": "mine"}}),
        "Load turns: x",
    ),
    "nobody calls it and it calls none of us without a credential": (
        lambda w: give(node(w, "Take a batch of turns")["parameters"], authentication="none"),
        "Take a batch of turns",
    ),
    "coloured notes explain it": (lambda w: [w["nodes"].remove(each) for each in notes(w)], "no sticky note"),
    "nothing lies on top of anything": (
        lambda w: give(node(w, "Send replies"), position=node(w, "Reply to turns")["position"]),
        "Reply to turns over Send replies",
    ),
    "a node lies wholly inside the note that explains it": (
        lambda w: give(node(w, "Load turns"), position=[notes(w)[0]["position"][0] - 50, 0]),
        "Load turns across Note 1",
    ),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES)
def test_every_workflow_keeps_the_rule(rule: str, path: Path):
    assert RULES[rule](read(path)) == []


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_names_who_breaks_it(rule: str):
    workflow = read(EXAMPLE)
    break_it, who = BREAKS[rule]
    break_it(workflow)
    assert who in RULES[rule](workflow)


def test_the_nine_workflows_are_there_each_under_its_own_name_and_id():
    workflows = [read(path) for path in FILES]
    assert {path.stem: each["name"] for path, each in zip(FILES, workflows, strict=True)} == {
        path.stem: path.stem.replace("-", " ").capitalize() for path in FILES
    }
    assert len({each["id"] for each in workflows}) == len(FILES) == 9


def test_the_readme_has_one_row_for_each_workflow_with_its_version():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| \[([^\]]+)\]\(([\w-]+\.json)\) \| ([\d.]+) \|", text)
    assert sorted(rows) == sorted((read(path)["name"], path.name, version_of(read(path))) for path in FILES)


def test_only_the_steps_of_a_turn_come_between_taking_a_batch_and_answering_it():
    workflow = read(EXAMPLE)
    calls = [each["parameters"]["url"].rpartition("/")[2] for each in nodes(workflow) if "url" in each["parameters"]]
    assert calls == ["load", "reply", "send", "save", "sync", "report-failure"]


def test_every_outcome_of_a_batch_ends_in_a_place_for_the_operators_own_nodes():
    workflow = read(EXAMPLE)
    behind = workflow["connections"]["Route by outcome"]["main"]
    assert [branch[0]["node"] for branch in behind] == [
        f"{name}: your nodes here" for name in ("Meeting booked", "Handover asked", "Opted out", "Hot lead", "Failed")
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"id": "a"}', '{"id": "a", "nodes": []}'])
def test_a_file_that_is_no_workflow_is_named(tmp_path: Path, text: str):
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(BadInput, match=r"broken\.json"):
        our_workflows(tmp_path)
