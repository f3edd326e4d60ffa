"""Provisioning where n8n is not ours to run: between its own export and its own import we only read and write files.

n8n's image exports what stands there, we judge it and write what has to go in (`write_files`), n8n's image imports it,
and we remember what stands there now (`remember`). `deploy/compose.yaml` chains the four.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from lead_reviver.errors import BadInput
from lead_reviver.local.environment import Say, write_private
from lead_reviver.local.n8n_provision import judge_found, rows, tell, worker_token, write_imports
from lead_reviver.n8n.provisioning import Verdict
from lead_reviver.n8n.vault import credentials
from lead_reviver.storage import workflows
from lead_reviver.storage.workflows import Workflow

NEEDED: Final = (
    "DATABASE_URL",
    "SUPABASE_URL",
    "SUPABASE_PUBLISHABLE_KEY",
    "LEAD_REVIVER_ENGINE_URL",
    "LEAD_REVIVER_STEPS_KEY",
    "LEAD_REVIVER_N8N_WEBHOOK_KEY",
    "LEAD_REVIVER_N8N_REDIS_URL",
)
"""What has to be in the environment; and one of these, for the role `n8n_worker`: the token, or what signs it."""
_WORKER: Final = ("LEAD_REVIVER_N8N_WORKER_TOKEN", "SUPABASE_JWT_SECRET")


async def write_files(
    found: Path,
    output: Path,
    environment: Mapping[str, str],
    say: Say,
    *,
    replace: bool = False,
    backups: Path | None = None,
) -> list[Verdict]:
    """Write what n8n has to import, given what it has exported, and say what the operator should know.

    `found`: a folder with a file a workflow, as `n8n export:workflow --all --separate` writes it; empty at first.
    Into `output` go `credentials.json` (secrets in clear: a folder in memory, please), `workflows/<id>.json`, `publish`
    (ids of what has to be published after the import, one a line) and `plan.json` for `remember`; whatever an earlier
    call left there is removed. What is replaced goes to `backups`, `output`/backups unless told.
    Nothing is remembered yet: an import may fail.
    Raises `BadInput` naming what is missing or not readable.
    """
    _check(environment)
    there = _read_export(found)
    connection = await asyncpg.connect(environment["DATABASE_URL"], timeout=5)
    try:
        verdicts = await judge_found(connection, there, environment, replace=replace)
    finally:
        await connection.close()
    _write(output, backups or output / "backups", verdicts, credentials(environment, worker_token(environment)))
    tell(verdicts, say)
    say(f"n8n        {len(verdicts)} workflows, {sum(each.imports for each in verdicts)} to be imported")
    return verdicts


async def remember(output: Path, environment: Mapping[str, str]) -> int:
    """Write down that what `write_files` planned stands in n8n now; return how many workflows there are.

    Safe to repeat. Raises `BadInput` when there is no plan.
    """
    planned = [Workflow(**each, checked_at=datetime.now(UTC)) for each in _read(output / "plan.json")]
    connection = await asyncpg.connect(environment["DATABASE_URL"], timeout=5)
    try:
        await workflows.record_workflows(connection, planned)
    finally:
        await connection.close()
    return len(planned)


def _check(environment: Mapping[str, str]) -> None:
    missing = [name for name in NEEDED if not environment.get(name)]
    if not any(environment.get(name) for name in _WORKER):
        missing.append(" or ".join(_WORKER))
    if missing:
        raise BadInput(f"{', '.join(missing)} must be set; .env.example says what each is.")


def _read_export(found: Path) -> dict[str, dict[str, Any]]:
    if not found.is_dir():
        raise BadInput(f"{found} is no folder; let n8n export its workflows into it first.")
    return {each["id"]: each for each in (_read(path) for path in sorted(found.glob("*.json")))}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} is not readable ({type(error).__name__}); export from n8n again.") from error


def _write(output: Path, backups: Path, verdicts: list[Verdict], secrets: list[dict[str, Any]]) -> None:
    (output / "workflows").mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in (output / "workflows").glob("*.json"):
        old.unlink()
    write_imports(verdicts, output / "workflows", backups)
    published = [each.workflow.id for each in verdicts if each.imports and each.active]
    write_private(output / "publish", "".join(f"{each}\n" for each in published))
    write_private(output / "plan.json", json.dumps(_plan(verdicts), indent=2) + "\n")
    write_private(output / "credentials.json", json.dumps(secrets))


def _plan(verdicts: list[Verdict]) -> list[dict[str, Any]]:
    plan = [asdict(each) for each in rows(verdicts)]
    return [{name: value for name, value in each.items() if name != "checked_at"} for each in plan]
