"""Provisioning by files, as in containers: deploy/'s own scripts and the commands between them, with n8n's real CLI."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from lead_reviver.errors import BadInput
from lead_reviver.local.install import is_n8n_installed
from lead_reviver.local.n8n import PROGRAM, Home, make_database
from lead_reviver.local.n8n_files import NEEDED, remember, write_files
from lead_reviver.local.node import NODE
from lead_reviver.local.ports import any_free_port
from lead_reviver.n8n.workflow_files import our_workflows
from lead_reviver.storage import workflows
from tests.real_stack import RealStack

SCRIPTS = Path(__file__).parents[2] / "deploy" / "n8n"
ID = "leadRevInbound01"


@dataclass
class Container:
    """What stands in for n8n's image: its command line, on a database of its own."""

    folder: Path
    environment: dict[str, str]

    @property
    def found(self) -> Path:
        return self.folder / "found"

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def run(self, script: str, folder: Path) -> str:
        """Run one of the scripts that deploy/compose.yaml runs in n8n's image."""
        home = Home(self.folder / "home", self.environment, self.folder / "n8n.log")
        process = home.process_environment()
        process["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{process['PATH']}"
        command = ["sh", str(SCRIPTS / script), str(folder)]
        done = subprocess.run(command, env=process, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    async def known(self) -> dict[str, str]:
        """Return the state of each workflow as the dashboard shows it, by id."""
        connection = await asyncpg.connect(self.environment["DATABASE_URL"])
        try:
            return {each.id: each.state for each in await workflows.all_workflows(connection)}
        finally:
            await connection.close()

    async def vault(self) -> str:
        """Return everything that n8n's database keeps of credentials."""
        return str(await self._rows("select * from credentials_entity"))

    async def active(self) -> set[str]:
        """Return the ids of the workflows that n8n will run."""
        return {row["id"] for row in await self._rows("select id from workflow_entity where active")}

    async def _rows(self, query: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.environment["LEAD_REVIVER_N8N_DATABASE_URL"])
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()


@pytest.fixture
async def container(postgres_and_redis: RealStack, tmp_path: Path) -> Container:
    """An n8n without anything in it."""
    if not is_n8n_installed():
        pytest.skip("n8n is not installed: `lead-reviver n8n install`")
    database = urlsplit(postgres_and_redis.env["DATABASE_URL"])
    environment = {
        **postgres_and_redis.env,
        "SUPABASE_URL": "http://supabase.test",
        "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_of_the_test",
        "LEAD_REVIVER_ENGINE_URL": "http://engine:8700",
        "LEAD_REVIVER_N8N_DATABASE_URL": f"postgresql://n8n_files:secret@{database.hostname}:{database.port}/n8n_files",
        "LEAD_REVIVER_N8N_URL": "http://127.0.0.1:1",
        "LEAD_REVIVER_N8N_BROKER_PORT": str(any_free_port()),
        "LEAD_REVIVER_N8N_REDIS_URL": "redis://n8n:password-of-redis@redis:6379/0",
        "LEAD_REVIVER_N8N_OWNER_EMAIL": "owner@example.com",
        "LEAD_REVIVER_N8N_OWNER_PASSWORD": "N8-of-the-test",
        "LEAD_REVIVER_N8N_WEBHOOK_KEY": "webhook-key-of-the-test",
        "N8N_ENCRYPTION_KEY": "encryption-key-of-the-test",
    }
    await make_database(environment)
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "n8n"
    program.write_text(f'#!/bin/sh\nexec {shlex.join([str(NODE), str(PROGRAM)])} "$@"\n')
    program.chmod(0o755)
    return Container(tmp_path, environment)


async def test_a_new_n8n_gets_every_workflow_and_an_upgrade_keeps_what_a_person_changed(container: Container):
    """The whole chain of deploy/compose.yaml: export, files, import, imported; then once more after a change."""
    said: list[str] = []
    ours = {each.id for each in our_workflows()}

    assert "n8n holds 0 workflows" in container.run("export.sh", container.found)
    await write_files(container.found, container.files, container.environment, said.append)
    secrets = container.files / "credentials.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert "engine.lead-reviver.invalid" not in (container.files / "workflows" / f"{ID}.json").read_text()
    assert await container.known() == {}, "nothing is known to stand in n8n before it was imported"

    assert set((container.files / "publish").read_text().split()) == ours
    (container.files / "publish").write_text(f"{ID}\n")  # each costs n8n a start of its program; one will do here
    container.run("import.sh", container.files)
    assert await remember(container.files, container.environment) == len(ours)

    assert await container.known() == dict.fromkeys(ours, "current")
    assert await container.active() == {ID}
    assert not secrets.exists(), "secrets do not outlive the import"
    assert container.environment["LEAD_REVIVER_N8N_WEBHOOK_KEY"] not in await container.vault()

    container.run("export.sh", container.found)
    _change(container.found / f"{ID}.json")
    verdicts = await write_files(container.found, container.files, container.environment, said.append)
    assert {each.workflow.id for each in verdicts if each.imports} == set()
    assert list((container.files / "workflows").glob("*")) == []
    assert any("Process inbound messages: changed in n8n, kept as it is" in line for line in said)

    await write_files(container.found, container.files, container.environment, said.append, replace=True)
    assert [path.stem for path in (container.files / "workflows").glob("*")] == [ID]
    assert (container.files / "publish").read_text() == f"{ID}\n"
    [kept] = (container.files / "backups").glob("*.json")
    assert json.loads(kept.read_text())["nodes"][0]["notes"] == "changed by a person"


@pytest.mark.parametrize("missing", NEEDED)
async def test_a_setting_that_is_missing_is_named_before_anything_is_written(missing: str, tmp_path: Path):
    environment = {name: "http://set.test" for name in NEEDED if name != missing} | {"SUPABASE_JWT_SECRET": "set"}
    with pytest.raises(BadInput, match=missing):
        await write_files(tmp_path, tmp_path / "files", environment, print)
    assert not (tmp_path / "files").exists()


async def test_an_export_that_is_not_there_is_no_empty_n8n(tmp_path: Path):
    """Else a mistyped folder would look like a new n8n, and everything would be overwritten."""
    environment = dict.fromkeys(NEEDED, "http://set.test") | {"SUPABASE_JWT_SECRET": "set"}
    with pytest.raises(BadInput, match="is no folder"):
        await write_files(tmp_path / "found", tmp_path / "files", environment, print)


async def test_a_plan_that_is_not_there_is_said_plainly(tmp_path: Path):
    with pytest.raises(BadInput, match=r"plan\.json"):
        await remember(tmp_path, {"DATABASE_URL": "postgresql://nowhere.test/none"})


def _change(file: Path) -> None:
    content = json.loads(file.read_text())
    content["nodes"][0]["notes"] = "changed by a person"
    file.write_text(json.dumps(content))
