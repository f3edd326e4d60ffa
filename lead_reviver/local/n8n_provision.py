"""Bring n8n's vault and workflows up to date without a browser, through n8n's own command line.

What is put in, what is kept and what is remembered is decided here once; `n8n_files.py` does the same where n8n is not
ours to run.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import jwt

from lead_reviver.local.environment import Say, write_private
from lead_reviver.local.n8n import Home, make_database
from lead_reviver.local.parts import PartFailed
from lead_reviver.local.processes import Command, end_of, run
from lead_reviver.n8n.provisioning import Verdict, judge
from lead_reviver.n8n.vault import credentials
from lead_reviver.n8n.workflow_files import ENGINE, REPORT, SUPABASE, WorkflowFile, filled, our_workflows
from lead_reviver.storage import workflows
from lead_reviver.storage.workflows import Workflow

_WORKER_TOKEN_SECONDS: Final = 400 * 24 * 3600


async def provision(home: Home, say: Say, *, replace: bool = False) -> list[Verdict]:
    """Bring n8n's vault and workflows up to date: what a person changed is kept, or replaced with a backup.

    Repeatable. n8n must not be running, or be started again afterwards. Raises `PartFailed` with the end of the log.
    """
    home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    await make_database(home.environment)
    await _fill_vault(home)
    found = await _export(home)
    connection = await asyncpg.connect(home.environment["DATABASE_URL"], timeout=5)
    try:
        verdicts = await judge_found(connection, found, home.environment, replace=replace)
        await _import(home, [each for each in verdicts if each.imports])
        tell(verdicts, say)
        await workflows.record_workflows(connection, rows(verdicts))
    finally:
        await connection.close()
    return verdicts


async def judge_found(
    connection: asyncpg.Connection,
    found: Mapping[str, dict[str, Any]],
    environment: Mapping[str, str],
    *,
    replace: bool,
) -> list[Verdict]:
    """Return what to do about each of our workflows, given what stands in n8n and what we imported last."""
    recorded = {each.id: each.fingerprint for each in await workflows.all_workflows(connection)}
    addresses = addresses_of(environment)
    ours = [WorkflowFile(filled(each.content, addresses)) for each in our_workflows()]
    return judge(ours, found, recorded, replace=replace)


def tell(verdicts: list[Verdict], say: Say) -> None:
    """Say what the operator should know."""
    for each in verdicts:
        if each.word:
            say(f"n8n        {each.word}")


def write_imports(verdicts: list[Verdict], folder: Path, backups: Path) -> None:
    """Write the workflows that go in, a file each, and beside them what they replace."""
    for each in verdicts:
        if not each.imports:
            continue
        if each.backup is not None:
            backups.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept = backups / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{each.workflow.id}.json"
            write_private(kept, json.dumps(each.backup, indent=2, ensure_ascii=False) + "\n")
        # A person deletes a workflow by archiving it, and n8n leaves it archived unless told otherwise.
        content = {**each.workflow.content, "active": each.active, "isArchived": False}
        write_private(folder / f"{each.workflow.id}.json", json.dumps(content, ensure_ascii=False))


def rows(verdicts: list[Verdict]) -> list[Workflow]:
    """Return what is remembered of the workflows once they stand in n8n."""
    now = datetime.now(UTC)
    return [
        Workflow(each.workflow.id, each.workflow.name, each.version, each.fingerprint, each.state, each.active, now)
        for each in verdicts
    ]


def addresses_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what goes in place of the stand-ins of the workflow files."""
    addresses = {ENGINE: environment["LEAD_REVIVER_ENGINE_URL"], SUPABASE: environment["SUPABASE_URL"]}
    if report := environment.get("LEAD_REVIVER_REPORT_URL"):
        addresses[REPORT] = report
    return addresses


def worker_token(environment: Mapping[str, str], now: float | None = None) -> str:
    """Return a JWT of the role `n8n_worker`: the one given from outside, else one signed with the shared secret."""
    if given := environment.get("LEAD_REVIVER_N8N_WORKER_TOKEN"):
        return given
    secret = environment.get("SUPABASE_JWT_SECRET")
    if not secret:
        return ""
    issued = int(time.time() if now is None else now)
    claims = {"role": "n8n_worker", "iss": "lead-reviver", "iat": issued, "exp": issued + _WORKER_TOKEN_SECONDS}
    return jwt.encode(claims, secret, algorithm="HS256")


async def _fill_vault(home: Home) -> None:
    """Put our credentials into n8n's vault: on its standard input, so that they never stand in a file."""
    given = json.dumps(credentials(home.environment, worker_token(home.environment)))
    await _n8n(home, "credentials", home.command("import:credentials", "--input=/dev/stdin"), given)


async def _export(home: Home) -> dict[str, dict[str, Any]]:
    """Return every workflow that stands in n8n, by id."""
    folder = home.folder / "export"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        command = home.command("export:workflow", "--all", "--separate", f"--output={folder}")
        await _n8n(home, "export", command, None, none_is_fine=True)
        found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {each["id"]: each for each in found}


async def _import(home: Home, verdicts: list[Verdict]) -> None:
    if not verdicts:
        return
    folder = home.folder / "import"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        write_imports(verdicts, folder, home.backups)
        # Only in queue mode does the import also publish, in one start of the program instead of one a workflow.
        arguments = ("import:workflow", "--separate", f"--input={folder}", "--activeState=fromJson")
        said = await _n8n(home, "import", home.command(*arguments, **home.queue_environment()), None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # Before its first start n8n has no roles yet and refuses that; it lets each be published by itself.
    for workflow_id in re.findall(r"Failed to activate workflow (\S+)", said):
        await _n8n(home, "publish", home.command("publish:workflow", f"--id={workflow_id}"), None)


async def _n8n(home: Home, what: str, command: Command, given: str | None, *, none_is_fine: bool = False) -> str:
    """Run one n8n program to its end and return the end of what it said. Raises `PartFailed`."""
    log = home.log.with_name(f"n8n-{what}.log")
    log.unlink(missing_ok=True)
    try:
        code = await run(command, log, within=180, given=given)
    except (OSError, TimeoutError) as error:
        raise PartFailed("n8n", f"could not be provisioned ({what}: {type(error).__name__})", end_of(log)) from error
    said = end_of(log, 100)
    if code != 0 and not (none_is_fine and "No workflows found" in said):
        raise PartFailed("n8n", f"could not be provisioned ({what})", end_of(log))
    return said
