"""The workflows of this repository: read, filled with addresses, compared with what stands in n8n.

A file holds neither a secret nor an address. Credentials are named by id and live in n8n's vault; addresses are
stand-ins below `.invalid` (RFC 2606), which can never be reached by accident.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lead_reviver.errors import BadInput

Json = dict[str, Any]

FOLDER: Final = Path(__file__).resolve().parents[2] / "workflows"
ENGINE, SUPABASE, REPORT = (f"http://{name}.lead-reviver.invalid" for name in ("engine", "supabase", "report"))
"""What stands in a file for the address of a part, and for the place that the daily report goes to."""

TAG: Final = "lead-reviver"
_KEPT: Final = ("id", "name", "description", "active", "settings", "meta", "nodes", "connections")
"""What makes a workflow; the rest of an export is n8n's own book-keeping."""


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """One workflow of ours."""

    content: Json

    @property
    def id(self) -> str:
        """n8n's id of it, the same everywhere."""
        return str(self.content["id"])

    @property
    def name(self) -> str:
        """What people read."""
        return str(self.content["name"])

    @property
    def version(self) -> str:
        """Ours; a new one is a reason to import it again."""
        return version_of(self.content)


def our_workflows(folder: Path = FOLDER) -> list[WorkflowFile]:
    """Read all workflow files, by name of the file. Raises `BadInput` naming the one that is not usable."""
    return [WorkflowFile(_read(path)) for path in sorted(folder.glob("*.json"))]


def filled(content: Json, addresses: Mapping[str, str]) -> Json:
    """Return the workflow with real addresses in place of the stand-ins."""
    text = json.dumps(content)
    for stand_in, address in addresses.items():
        text = text.replace(_in_json(stand_in), _in_json(address.rstrip("/")))
    done: Json = json.loads(text)
    return done


def emptied(content: Json, addresses: Mapping[str, str]) -> Json:
    """Return the workflow as it would stand in the repository: stand-ins in place of real addresses.

    Where parts share an address, the stand-in that is named first takes its place.
    """
    stand_ins: dict[str, str] = {}
    for stand_in, address in addresses.items():
        stand_ins.setdefault(address.rstrip("/"), stand_in)
    # An address may begin like another one, e.g. with a port of fewer digits.
    longest_first = sorted(filter(None, stand_ins), key=len, reverse=True)
    return filled(content, {address: stand_ins[address] for address in longest_first})


def normalised(content: Json) -> Json:
    """Return what makes the workflow, without n8n's book-keeping; the same before an import and after an export."""
    kept = {name: content.get(name) for name in _KEPT}
    tags = sorted(content.get("tags") or [], key=lambda tag: str(tag["name"]))
    kept["tags"] = [{"id": tag["id"], "name": tag["name"]} for tag in tags]
    return kept


def fingerprint(content: Json) -> str:
    """Return a hash of what a person can change about a workflow. Whether it is active is not a change of it."""
    changeable = {name: value for name, value in normalised(content).items() if name not in ("active", "tags", "meta")}
    return hashlib.sha256(json.dumps(changeable, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def version_of(content: Mapping[str, Any]) -> str:
    """Return the version of ours that a workflow was made of; "?" when it does not say."""
    return str((content.get("meta") or {}).get("leadReviverVersion", "?"))


def _read(path: Path) -> Json:
    try:
        content: Json = json.loads(path.read_text(encoding="utf-8"))
        WorkflowFile(content).id, content["nodes"], content["connections"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path.name} is no workflow ({type(error).__name__}: {error}); restore it from git.") from error
    return content


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]
