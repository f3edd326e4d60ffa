"""What holds for every workflow of ours: each rule returns who breaks it, as text for a person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

from lead_reviver.n8n import workflow_files
from lead_reviver.n8n.vault import REDIS, RELAY, STEPS, WORKER

Workflow = dict[str, Any]
Node = dict[str, Any]

NODE_SIZE = 100
"""Width and height of a node on n8n's canvas, rounded up."""
LABEL = 40
"""Room for the name below a node."""
CALLING_OUT = tuple(f"n8n-nodes-base.{each}" for each in ("httpRequest", "redis", "googleCalendar", "microsoftOutlook"))
REPORTS = "/steps/report-failure"
"""Who reports a failure has nobody to report to: its own failure changes nothing."""
TRIGGERS = ("webhook", "scheduleTrigger", "errorTrigger")
STAND_INS = (workflow_files.ENGINE, workflow_files.SUPABASE, workflow_files.REPORT)
SERVICES = ("https://api.cal.com/v2/",)
"""Public services that n8n has no node for, in nodes that are off until an operator switches them on."""
ERRORS = "leadRevErrors001"
TYPE_NAMES = re.compile(
    r"(HTTP Request|Webhook|Respond to Webhook|Switch|If|Split Out|Edit Fields|Redis|No Operation.*|Schedule Trigger"
    r"|Error Trigger|Code|Set|Merge)\s*\d*"
)
SECRET = re.compile(
    r"Bearer\s+\S{8}|eyJ[\w-]{10}|sb_(secret|publishable)_|[\w+/-]{40,}|password|postgres(ql)?://|rediss?://", re.I
)
ADDRESS = re.compile(r"[a-z]+://[^\s\"'`)\\]+|\b\d{1,3}(?:\.\d{1,3}){3}\b|localhost", re.I)


def nodes(workflow: Workflow) -> list[Node]:
    """Return the nodes that do something, without the notes."""
    return [each for each in workflow["nodes"] if not _is_note(each)]


def notes(workflow: Workflow) -> list[Node]:
    """Return the sticky notes."""
    return [each for each in workflow["nodes"] if _is_note(each)]


def is_trigger(node: Node) -> bool:
    """Whether a run begins here."""
    return kind(node) in TRIGGERS


def kind(node: Node) -> str:
    """Return the last part of a node's type."""
    return str(node["type"]).rpartition(".")[2]


def targets(workflow: Workflow, name: str, output: int | None = None) -> list[str]:
    """Return the nodes behind one output of a node, or behind all of them."""
    outputs = workflow["connections"].get(name, {}).get("main", [])
    chosen = outputs if output is None else outputs[output : output + 1]
    return [each["node"] for behind in chosen for each in behind or []]


def _named_like_a_deed(workflow: Workflow) -> list[str]:
    words = workflow["name"].split()
    plain = len(words) >= 2 and words[0][0].isupper() and all(each == each.lower() for each in words[1:])
    return [] if plain else [workflow["name"]]


def _described(workflow: Workflow) -> list[str]:
    return [] if len(workflow.get("description") or "") >= 40 else ["description"]


def _versioned(workflow: Workflow) -> list[str]:
    version = workflow_files.version_of(workflow)
    return [] if re.fullmatch(r"\d+\.\d+\.\d+", version) else [version]


def _tagged(workflow: Workflow) -> list[str]:
    return [] if workflow_files.TAG in [each["name"] for each in workflow.get("tags") or []] else ["tags"]


def _settings(workflow: Workflow) -> list[str]:
    wanted = {
        "executionOrder": "v1",
        "saveDataSuccessExecution": "none",
        "callerPolicy": "workflowsFromSameOwner",
        "errorWorkflow": None if workflow["id"] == ERRORS else ERRORS,
    }
    return [name for name, value in wanted.items() if workflow["settings"].get(name) != value]


def _names_once(workflow: Workflow) -> list[str]:
    names = [each["name"] for each in workflow["nodes"]]
    ids = [each["id"] for each in workflow["nodes"]]
    return sorted({each for each in names if names.count(each) > 1} | {each for each in ids if ids.count(each) > 1})


def _names_say_what(workflow: Workflow) -> list[str]:
    return [
        each["name"]
        for each in nodes(workflow)
        if TYPE_NAMES.fullmatch(each["name"]) or " " not in each["name"] or re.search(r"\d$", each["name"])
    ]


def _errors_wired(workflow: Workflow) -> list[str]:
    return [each["name"] for each in nodes(workflow) if each["type"] in CALLING_OUT and not _leaves_by(workflow, each)]


def _leaves_by(workflow: Workflow, node: Node) -> bool:
    if str(node["parameters"].get("url", "")).endswith(REPORTS) and node.get("onError") == "continueRegularOutput":
        return True
    return node.get("onError") == "continueErrorOutput" and bool(targets(workflow, node["name"], 1))


def _no_loose_ends(workflow: Workflow) -> list[str]:
    """Nothing leads to a node that is not there, and every trigger leads to every node."""
    known = {each["name"] for each in nodes(workflow)}
    loose = {each for name in workflow["connections"] for each in (name, *targets(workflow, name)) if each not in known}
    triggers = [each["name"] for each in nodes(workflow) if is_trigger(each)]
    if not triggers:
        return ["no trigger"]
    for trigger in triggers:
        seen, waiting = {trigger}, [trigger]
        while waiting:
            fresh = [each for each in targets(workflow, waiting.pop()) if each not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
        loose |= known - seen - {each for each in triggers if each != trigger}
    return sorted(loose)


def _no_secret(workflow: Workflow) -> list[str]:
    """Texts that people read are left out: they may speak of a password."""
    text = json.dumps([each["parameters"] for each in nodes(workflow)], ensure_ascii=False)
    return [str(found.group()) for found in SECRET.finditer(text)]


def _no_address(workflow: Workflow) -> list[str]:
    on = [each for each in workflow["nodes"] if not each.get("disabled")]
    off = json.dumps([each for each in workflow["nodes"] if each.get("disabled")], ensure_ascii=False)
    for each in SERVICES:
        off = off.replace(each, "")
    text = json.dumps({**workflow, "nodes": on}, ensure_ascii=False) + off
    for each in STAND_INS:
        text = text.replace(each, "")
    return [str(found.group()) for found in ADDRESS.finditer(text)]


def _no_environment(workflow: Workflow) -> list[str]:
    text = json.dumps(workflow, ensure_ascii=False)
    return [each for each in ("$env", "process.env", "$vars", "$secrets") if each in text]


def _own_credentials(workflow: Workflow) -> list[str]:
    ours = {STEPS: "httpHeaderAuth", RELAY: "jwtAuth", REDIS: "redis", WORKER: "httpCustomAuth"}
    return [
        f"{each['name']}: {given.get('id')}"
        for each in nodes(workflow)
        for type_, given in (each.get("credentials") or {}).items()
        if ours.get(given.get("id")) != type_
    ]


def _asks_who_calls(workflow: Workflow) -> list[str]:
    """Every webhook asks for a signed call, and every call to one of our parts carries a credential."""
    found = []
    for each in nodes(workflow):
        said = each["parameters"]
        if kind(each) == "webhook":
            good = said.get("authentication") == "jwtAuth" and RELAY in json.dumps(each.get("credentials"))
        elif kind(each) == "httpRequest" and ".invalid/" in said["url"]:
            good = bool(each.get("credentials"))
        else:
            good = True
        found += [] if good else [each["name"]]
    return found


def _explained(workflow: Workflow) -> list[str]:
    plain = [each["name"] for each in notes(workflow) if not each["parameters"].get("content", "").startswith("#")]
    colours = [each["name"] for each in notes(workflow) if not each["parameters"].get("color")]
    return plain + colours + ([] if notes(workflow) else ["no sticky note"])


def _beside_each_other(workflow: Workflow) -> list[str]:
    return [
        f"{one['name']} over {other['name']}"
        for group in (nodes(workflow), notes(workflow))
        for one, other in combinations(group, 2)
        if _meet(_box(one), _box(other)) and not (_is_note(one) and _is_within(_box(one), _box(other)))
    ]


def _within_their_note(workflow: Workflow) -> list[str]:
    return [
        f"{each['name']} across {note['name']}"
        for each in nodes(workflow)
        for note in notes(workflow)
        if _meet(_box(each), _box(note)) and not _is_within(_box(each), _box(note))
    ]


Box = tuple[int, int, int, int]


def _box(node: Node) -> Box:
    (x, y), said = node["position"], node["parameters"]
    if _is_note(node):
        return x, y, x + said["width"], y + said["height"]
    return x, y, x + NODE_SIZE, y + NODE_SIZE + LABEL


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _is_within(one: Box, other: Box) -> bool:
    return other[0] <= one[0] and other[1] <= one[1] and one[2] <= other[2] and one[3] <= other[3]


def _is_note(node: Node) -> bool:
    return kind(node) == "stickyNote"


RULES: dict[str, Callable[[Workflow], list[str]]] = {
    "its name is a verb, an object and a scope": _named_like_a_deed,
    "it says in a sentence what it is for": _described,
    "it says its version": _versioned,
    "it is tagged as ours": _tagged,
    "its runs are not kept when they succeed, and its failures have somebody to go to": _settings,
    "every node has a name and an id of its own": _names_once,
    "every node says what it does here": _names_say_what,
    "every call leaves by a wired error output when it fails": _errors_wired,
    "every trigger leads to every node": _no_loose_ends,
    "it holds no secret": _no_secret,
    "it holds no address but the stand-ins": _no_address,
    "it reads no environment": _no_environment,
    "it uses our credentials and no others": _own_credentials,
    "nobody calls it and it calls none of us without a credential": _asks_who_calls,
    "coloured notes explain it": _explained,
    "nothing lies on top of anything": _beside_each_other,
    "a node lies wholly inside the note that explains it": _within_their_note,
}
