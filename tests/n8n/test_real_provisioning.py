"""A real n8n gets our workflows, keeps what a person made of them, and gives back what it was given.

One n8n program takes 4 s of CPU to start, so each test tries several things in one go.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from lead_reviver.local.n8n import Home
from lead_reviver.local.n8n_commands import home_of
from lead_reviver.local.n8n_provision import addresses_of, provision
from lead_reviver.n8n.provisioning import Verdict
from lead_reviver.n8n.vault import REDIS, RELAY, STEPS, WORKER
from lead_reviver.n8n.workflow_files import emptied, fingerprint, normalised, our_workflows, version_of
from lead_reviver.storage import workflows
from tests.n8n.cli import export, say
from tests.n8n.editor import signed_in
from tests.real_stack import RealStack

pytestmark = pytest.mark.stack

OURS = {each.id: each.content for each in our_workflows()}
CHANGED, OLDER, DELETED, ARCHIVED = "leadRevReport001", "leadRevStatus001", "leadRevCleanUp01", "leadRevProgress1"


@pytest.fixture
def home(n8n_stack: RealStack) -> Home:
    return home_of(n8n_stack.data_dir)


@pytest.fixture
async def record(n8n_stack: RealStack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(n8n_stack.env["DATABASE_URL"])
    yield connection
    await connection.close()


async def provisioned(home: Home, *, replace: bool = False) -> tuple[dict[str, Verdict], str]:
    """Provision; return what was done about each workflow, and what the operator was told."""
    told: list[str] = []
    verdicts = await provision(home, told.append, replace=replace)
    return {each.workflow.id: each for each in verdicts}, "\n".join(told)


async def states(record: asyncpg.Connection) -> dict[str, str]:
    return {each.id: each.state for each in await workflows.all_workflows(record)}


def as_in_the_repository(found: dict[str, Any], home: Home) -> dict[str, Any]:
    return normalised(emptied(found, addresses_of(home.environment)))


async def test_a_fresh_n8n_gives_back_every_workflow_as_it_stands_in_the_repository_and_runs_it(
    home: Home, tmp_path: Path
):
    there = await export(home, tmp_path / "export")
    assert there.keys() == OURS.keys()
    for workflow_id, ours in OURS.items():
        assert as_in_the_repository(there[workflow_id], home) == normalised(ours), ours["name"]
        assert there[workflow_id]["active"], ours["name"]


async def test_provisioning_again_changes_nothing_and_says_nothing(home: Home, record: asyncpg.Connection):
    verdicts, told = await provisioned(home)
    assert told == ""
    assert not any(each.imports for each in verdicts.values())
    assert set((await states(record)).values()) == {"current"}
    assert not home.backups.exists()
    assert not (home.folder / "import").exists()
    assert not (home.folder / "export").exists()


async def test_what_a_person_did_in_the_editor_is_kept_until_they_ask_for_ours(
    n8n_stack: RealStack, home: Home, record: asyncpg.Connection
):
    async with signed_in(n8n_stack.env) as editor:
        # One is changed, one deleted, one put away, and one is an older one of ours that nobody has touched.
        await editor.change(CHANGED, description="Tells the day to my sales team, in my own words.")
        before = await editor.change(OLDER, description="As it was.", meta={"leadReviverVersion": "0.9.0"})
        await record.execute(
            "update engine.workflows set version = '0.9.0', fingerprint = $2 where id = $1", OLDER, fingerprint(before)
        )
        await editor.delete(DELETED)
        await editor.archive(ARCHIVED)

        verdicts, told = await provisioned(home)
        assert [workflow_id for workflow_id, each in verdicts.items() if each.imports] == [OLDER]
        assert "Report the day: changed in n8n, kept as it is" in told
        assert f"Apply delivery statuses: 0.9.0 -> {version_of(OURS[OLDER])}" in told
        assert "Clean up sessions: deleted in n8n, left so" in told
        assert "Progress leads: deleted in n8n, left so" in told
        assert len(told.splitlines()) == 4
        found = await states(record)
        gone = {DELETED, ARCHIVED}
        assert [found[each] for each in (CHANGED, *gone)] == ["changed", "missing", "missing"]
        assert {found[each] for each in OURS.keys() - {CHANGED, *gone}} == {"current"}
        kept = await editor.workflow(CHANGED)
        assert kept["description"] == "Tells the day to my sales team, in my own words."
        upgraded = await editor.workflow(OLDER)
        assert as_in_the_repository(upgraded, home) == normalised(OURS[OLDER])
        assert upgraded["active"]
        assert upgraded["activeVersionId"] == upgraded["versionId"], "what runs is what stands there"

        verdicts, told = await provisioned(home, replace=True)
        assert {each for each, verdict in verdicts.items() if verdict.imports} == {CHANGED, *gone}
        assert "Report the day: replaced by ours" in told
        assert set((await states(record)).values()) == {"current"}
        for each in (CHANGED, *gone):
            back = await editor.workflow(each)
            assert as_in_the_repository(back, home) == normalised(OURS[each])
            assert back["active"]
            assert back["activeVersionId"] == back["versionId"], "what runs is what stands there"
        [backup] = home.backups.glob(f"*{CHANGED}.json")
        assert backup.stat().st_mode & 0o077 == 0
        assert json.loads(backup.read_text())["description"] == kept["description"]


async def test_the_audit_of_n8n_finds_nothing_but_what_we_mean_to_have(home: Home, tmp_path: Path):
    said = await say(home, tmp_path / "log", "audit")
    report = json.loads(said[said.index("{") :])
    sections = {section["title"]: section for each in report.values() for section in each["sections"]}
    # Runs that succeeded are not kept, so n8n does not know that the credentials are used.
    unused = sections.pop("Credentials not used in recently executed workflows", {"location": []})
    assert {each["id"] for each in unused["location"]} <= {STEPS, RELAY, REDIS, WORKER}
    # "Risky" is every node that makes an HTTP request. Ours call the engine and Supabase, with a credential each, and
    # the place that the operator chose for the report.
    risky = sections.pop("Official risky nodes")
    assert {each["nodeType"] for each in risky["location"]} == {"n8n-nodes-base.httpRequest"}
    settings = sections.pop("Security settings")["settings"]
    assert not any(settings["features"].values())
    assert not any(settings["telemetry"].values())
    assert "n8n-nodes-base.executeCommand" in settings["nodes"]["nodesExclude"]
    # No unprotected webhook, no expression in a database query, no access to files, no community or custom node.
    assert sections.keys() <= {"Outdated instance"}
