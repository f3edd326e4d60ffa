"""The settings of a run, and the list of them that people read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from lead_reviver.errors import SettingsError
from lead_reviver.local.environment import LOCAL_NAMES, plan_environment, read_env_file, standard_names, write_env_file
from lead_reviver.local.folders import PROJECT_ROOT, DataDir
from lead_reviver.settings import Settings

EXAMPLE = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
LISTED = dict(re.findall(r"(?m)^#? ?([A-Z][A-Z0-9_]+)=(.*)$", EXAMPLE))


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    folder = DataDir(tmp_path / "data")
    folder.make()
    return folder


def plan(data_dir: DataDir, **caller: str):
    return plan_environment(data_dir, 0, caller, print)


def test_the_example_lists_every_setting_and_nothing_else() -> None:
    assert sorted(LISTED) == sorted(standard_names())


def test_the_example_shows_the_defaults_of_the_settings_class() -> None:
    defaults = {f.alias: f.default for f in Settings.model_fields.values() if not f.is_required()}
    shown = {name: LISTED[name] for name, default in defaults.items() if default not in (None, "")}
    assert shown == {name: str(default) for name, default in defaults.items() if default not in (None, "")}


def test_what_must_be_set_is_not_commented_out_in_the_example() -> None:
    required = {f.alias for f in Settings.model_fields.values() if f.is_required()}
    uncommented = set(re.findall(r"(?m)^([A-Z][A-Z0-9_]+)=", EXAMPLE))
    assert uncommented == required


def test_a_first_start_generates_settings_that_the_engine_can_use(data_dir: DataDir) -> None:
    environment = plan(data_dir).environment
    settings = Settings.model_validate(environment)
    assert settings.whatsapp_phone_number_id == "700800900100"
    assert settings.graph_is_loopback
    assert settings.public_url == f"http://{settings.host}:{settings.port}"
    given_by_the_operator = {"LEAD_REVIVER_REPORT_URL", "LEAD_REVIVER_N8N_WORKER_TOKEN"}
    assert set(environment) >= set(LOCAL_NAMES) - given_by_the_operator


def test_secrets_survive_a_restart_and_differ_between_data_directories(data_dir: DataDir, tmp_path: Path) -> None:
    other = DataDir(tmp_path / "other")
    other.make()
    first, again, elsewhere = plan(data_dir), plan(data_dir), plan(other)
    assert first.generated == again.generated
    assert not set(first.generated.values()) & set(elsewhere.generated.values())


def test_nobody_else_can_read_the_secrets(data_dir: DataDir) -> None:
    plan(data_dir)
    for file in (data_dir.env_file, data_dir.secrets_file):
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_name_set_from_outside_wins_for_this_run_only(data_dir: DataDir) -> None:
    here = plan(data_dir, WHATSAPP_APP_SECRET="theirs", LEAD_REVIVER_QUIET_SECONDS="0.2")
    later = plan(data_dir)
    assert here.environment["WHATSAPP_APP_SECRET"] == "theirs"
    assert read_env_file(data_dir.env_file)["WHATSAPP_APP_SECRET"] == later.generated["WHATSAPP_APP_SECRET"]
    assert later.environment["LEAD_REVIVER_QUIET_SECONDS"] == "4.0"


def test_a_shell_that_sourced_our_env_file_sets_nothing_from_outside(data_dir: DataDir) -> None:
    first = plan(data_dir)
    again = plan_environment(data_dir, None, first.environment, print)
    assert again.outside == {}
    assert again.environment["DATABASE_URL"] == first.environment["DATABASE_URL"]


def test_a_database_from_outside_needs_its_owner_or_its_supabase(data_dir: DataDir) -> None:
    with pytest.raises(SettingsError, match="LEAD_REVIVER_ADMIN_DATABASE_URL"):
        plan(data_dir, DATABASE_URL="postgresql://engine@db.example.com/postgres")


def test_a_supabase_from_outside_needs_its_key(data_dir: DataDir) -> None:
    with pytest.raises(SettingsError, match="SUPABASE_PUBLISHABLE_KEY"):
        plan(data_dir, SUPABASE_URL="https://project.supabase.example")


@pytest.mark.parametrize("value", ["plain", "with space", "it's", '"quoted"', "$HOME `id`", "a;b&c", "=", "ñ ü 日本"])
def test_the_env_file_reads_the_same_for_us_and_for_a_shell(tmp_path: Path, value: str) -> None:
    file = tmp_path / "env"
    write_env_file(file, {"NAME": value}, "A comment.")
    shell = subprocess.run(["sh", "-c", f'. {file}; printf %s "$NAME"'], capture_output=True, text=True, check=True)
    assert shell.stdout == value
    assert read_env_file(file) == {"NAME": value}
