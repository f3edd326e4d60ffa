"""The lock files from which every machine gets the same packages."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from lead_reviver.local.folders import PROJECT_ROOT

PYPROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NPM_LOCKS = sorted(PROJECT_ROOT.glob("*/package-lock.json")) + sorted(PROJECT_ROOT.glob("supabase/*/package-lock.json"))


def locked(name: str) -> dict[str, str]:
    text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", text))


def named(requirements: list[str]) -> set[str]:
    """Return the packages' names as the locks write them: in small letters, a hyphen for a dot or an underscore."""
    return {re.sub(r"[._]", "-", re.match(r"[\w.-]+", each)[0]).lower() for each in requirements}


def test_what_tests_need_holds_all_that_a_run_needs_in_the_same_versions() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-classifier.lock").items()
    assert locked("requirements-classifier.lock").items() <= locked("requirements-dev.lock").items()


def test_every_dependency_is_locked() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]
    run = named(PYPROJECT["project"]["dependencies"] + extras["local"] + extras["build"])
    assert run <= locked("requirements.lock").keys()
    assert named(extras["classifier"]) <= locked("requirements-classifier.lock").keys()
    assert run | named(extras["dev"]) <= locked("requirements-dev.lock").keys()


def test_what_builds_the_project_is_the_version_that_the_lock_names() -> None:
    (backend,) = PYPROJECT["build-system"]["requires"]
    assert backend == f"hatchling=={locked('requirements.lock')['hatchling']}"


def test_every_package_comes_with_its_hash() -> None:
    for name in ("requirements.lock", "requirements-classifier.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=\S)", (PROJECT_ROOT / name).read_text(encoding="utf-8").strip())
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("path", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_node_packages_come_from_wherever_the_machine_gets_them_and_for_every_platform(path: Path) -> None:
    lock = json.loads(path.read_text(encoding="utf-8"))
    packages = lock["packages"]
    optional = {name for entry in packages.values() for name in entry.get("optionalDependencies", {})}
    present = {place.rpartition("node_modules/")[2] for place in packages}

    assert not re.search(r"https?://[^\"]*(npmjs|registry)", path.read_text(encoding="utf-8"))
    assert optional <= present
