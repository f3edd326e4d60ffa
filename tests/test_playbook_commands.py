"""`lead-reviver playbook`: whoever writes a playbook is told the line, and gets out what was put in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lead_reviver.reply.playbook import read_playbook, shipped_playbook, shipped_text
from tests.real_stack import RealStack, make_workspace

ROOT = Path(__file__).parents[1]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lead_reviver.cli", "playbook", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_shipped_playbook_is_where_one_begins(tmp_path: Path):
    exported = run("export", "property_sellers", "--shipped")
    assert exported.stdout == shipped_text("property_sellers")
    file = tmp_path / "mine.yaml"
    file.write_text(exported.stdout, encoding="utf-8")
    checked = run("check", str(file))
    assert checked.returncode == 0
    assert "; 0 failed" in checked.stdout
    assert "there are property_buyers, " in run("export", "cars", "--shipped").stderr


def test_a_broken_file_is_told_line_by_line(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text(shipped_text("property_buyers").replace("EUR", "euro", 1).replace("closing:", "closng:", 1))
    checked = run("check", str(file))
    assert checked.returncode == 1
    assert f"{file}:4: $.currency: write an ISO 4217 code, e.g. EUR" in checked.stderr
    assert "$.closng: there is no such name; did you mean closing?" in checked.stderr
    assert "Traceback" not in checked.stderr
    assert "cannot be read" in run("check", str(tmp_path / "none.yaml")).stderr


@pytest.mark.stack
async def test_versions_go_in_and_out_of_the_record(tmp_path: Path, supabase: RealStack):
    workspace = await make_workspace(supabase)
    file = tmp_path / "mine.yaml"
    file.write_text(shipped_text("property_buyers"), encoding="utf-8")
    here = {"DATABASE_URL": supabase.env["DATABASE_URL"]}
    mine = ("--workspace", workspace.workspace_id)
    assert "version 1 is saved" in run("import", str(file), *mine, **here).stdout
    second = run("import", str(file), "--publish", *mine, **here)
    assert "version 2 is in force" in second.stdout, second.stderr
    listed = run("list", *mine, **here).stdout.splitlines()
    assert [("in force" in each, "draft" in each) for each in listed] == [(True, False), (False, True)]
    assert run("versions", "Property buyers", *mine, **here).stdout.splitlines() == listed
    exported = run("export", "Property buyers", "--version", "2", *mine, **here)
    assert read_playbook(exported.stdout) == shipped_playbook()
    again = run("publish", "Property buyers", "--version", "2", *mine, **here)
    assert again.returncode == 1
    assert "published already" in again.stderr
    assert "has no such version" in run("export", "Cars", *mine, **here).stderr
    assert "is not set" in run("list", "--data-dir", str(tmp_path), DATABASE_URL="").stderr
