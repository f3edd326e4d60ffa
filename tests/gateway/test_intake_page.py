"""The commands of docs/intake.md work when somebody copies them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine_process import EngineProcess
from tests.real_stack import PASSWORD, Workspace, make_workspace

PAGE = (Path(__file__).parents[2] / "docs" / "intake.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def workspace(engine: EngineProcess) -> Workspace:
    return asyncio.run(make_workspace(engine.stack))


@pytest.fixture(scope="module")
def shell(engine: EngineProcess, workspace: Workspace) -> dict[str, str]:
    """Somebody's shell, with the names that the page takes for granted."""
    return {
        "PATH": os.environ["PATH"],
        "SUPABASE_URL": engine.env["SUPABASE_URL"],
        "SUPABASE_PUBLISHABLE_KEY": engine.env["SUPABASE_PUBLISHABLE_KEY"],
        "ENGINE": engine.url,
        "GATEWAY": engine.url,
        "EMAIL": workspace.owner.email,
        "PASSWORD": PASSWORD,
        "WORKSPACE_ID": workspace.workspace_id,
    }


def run(script: str, shell: dict[str, str], folder: Path) -> Any:
    done = subprocess.run(["sh", "-c", script], env=shell, cwd=folder, capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
def test_the_commands_of_the_page_work_as_they_stand(engine: EngineProcess, shell: dict[str, str], tmp_path: Path):
    make_secret, send_json, send_sheet = blocks("sh")
    made = run(make_secret, shell, tmp_path)
    signing = {**shell, "SECRET": made["secret"]}

    assert run(send_json, signing, tmp_path)["created"] == 1

    (tmp_path / "leads.csv").write_text("phone;name\n600 11 12 22;Ana Prado\n600 11 12 23;Bo\n", encoding="utf-8")
    assert [each["fate"] for each in run(send_sheet, signing, tmp_path)["rows"]] == ["unchanged", "created"]

    [python] = blocks("python")
    known: dict[str, Any] = {"SECRET": made["secret"], "URL": f"{engine.url}{made['path']}"}
    exec(python, known)
    assert known["answer"]["unchanged"] == 1
