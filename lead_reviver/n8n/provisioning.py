"""What to do about each of our workflows, given what stands in n8n: never overwrite what a person changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lead_reviver.n8n.workflow_files import WorkflowFile, fingerprint, version_of

State = Literal["current", "changed", "outdated", "missing"]
"""As in `engine.workflows`: current; changed by a person and kept; changed, and ours has moved on; deleted in n8n."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done about one workflow."""

    workflow: WorkflowFile
    """Ours, addresses filled in."""
    state: State
    """How it stands in n8n afterwards."""
    version: str
    """The version that stands in n8n afterwards."""
    fingerprint: str
    """Of what we imported last; another one in n8n means a person changed it."""
    active: bool
    imports: bool = False
    """Whether ours goes in."""
    backup: dict[str, Any] | None = None
    """What is overwritten and has to be kept beside."""
    word: str | None = None
    """What the operator should know."""


def judge(
    ours: Sequence[WorkflowFile],
    found: Mapping[str, dict[str, Any]],
    recorded: Mapping[str, str],
    *,
    replace: bool = False,
) -> list[Verdict]:
    """Return what to do about each workflow.

    `found` is what n8n holds, by id; `recorded` the fingerprints of what we imported last, by id. With `replace` ours
    goes in whatever stands there, and what stood there is kept as a backup.
    """
    return [_judge_one(each, found.get(each.id), recorded.get(each.id), replace=replace) for each in ours]


def _judge_one(ours: WorkflowFile, there: dict[str, Any] | None, recorded: str | None, *, replace: bool) -> Verdict:
    target = fingerprint(ours.content)
    if there is None or there.get("isArchived"):  # n8n's way to delete: archive first
        if recorded is None or replace:
            return Verdict(
                ours, "current", ours.version, target, bool(ours.content.get("active")), imports=True, backup=there
            )
        word = f"{ours.name}: deleted in n8n, left so; `lead-reviver n8n provision --replace` brings it back"
        return Verdict(ours, "missing", ours.version, recorded, active=False, word=word)
    active, stands = bool(there.get("active")), fingerprint(there)
    if stands == target:
        return Verdict(ours, "current", ours.version, target, active)
    if stands == recorded:
        word = f"{ours.name}: {version_of(there)} -> {ours.version}"
        return Verdict(ours, "current", ours.version, target, active, imports=True, word=word)
    if replace:
        word = f"{ours.name}: replaced by ours; what stood there is kept"
        return Verdict(ours, "current", ours.version, target, active, imports=True, backup=there, word=word)
    state: State = "changed" if version_of(there) == ours.version else "outdated"
    newer = "" if state == "changed" else f", and made of {version_of(there)} while ours is {ours.version}"
    word = (
        f"{ours.name}: changed in n8n, kept as it is{newer}; "
        "`lead-reviver n8n provision --replace` puts ours in and keeps a backup"
    )
    return Verdict(ours, state, version_of(there), recorded or target, active, word=word)
