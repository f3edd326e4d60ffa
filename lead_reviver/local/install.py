"""Bring onto this machine what the lock files name: Python packages, Node packages, the built dashboard, a browser.

Run as a script (`python3 lead_reviver/local/install.py`) it makes `.venv`; so it uses the standard library alone and
imports nothing of ours. Each step leaves a stamp, a hash of what it was made from, and is skipped while that is true.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMPS = VENV / ".lead-reviver"
LITE = ROOT / "supabase" / "lite"
DASHBOARD = ROOT / "dashboard"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OLDEST_PYTHON = (3, 11)


class InstallFailed(Exception):
    """A step could not be done; the message says which and shows the end of what was said."""


def install_python(dev: bool = False) -> None:
    """Make `.venv` with exactly what the lock file names, and this project in it. `dev` adds what tests need."""
    locks = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
    made_of = {
        kind: _hash_of([lock, ROOT / "pyproject.toml"], str(ROOT), str(sys.version_info[:2]))
        for kind, lock in locks.items()
    }
    if (VENV / "bin" / "lead-reviver").exists() and any(
        _is_stamped(f"python-{kind}", made_of[kind]) for kind in (("dev",) if dev else ("runtime", "dev"))
    ):
        return
    kind = "dev" if dev else "runtime"
    python = VENV / "bin" / "python"
    if not (VENV / "bin" / "pip").exists():
        with _step("making .venv"):
            _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        with _step("installing uv"):
            _install_uv(python)
    with _step("installing Python packages"):
        _run([str(uv), "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(locks[kind])])
        project = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
        _run([str(uv), "pip", "install", "--quiet", "--python", str(python), *project])
    for other in locks:
        (STAMPS / f"python-{other}").unlink(missing_ok=True)
    _stamp(f"python-{kind}", made_of[kind])


def _install_uv(python: Path) -> None:
    """Let pip install the uv that the lock file names, hashes and all; uv installs the rest."""
    locked = re.search(r"(?m)^uv==.*(\n    --hash=.*)+", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    if locked is None:
        raise InstallFailed("requirements.lock does not name uv")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(locked[0])
        wanted.flush()
        quiet = ["--quiet", "--disable-pip-version-check"]
        _run([str(python), "-m", "pip", "install", *quiet, "--require-hashes", "--requirement", wanted.name])


def install_supabase_lite() -> None:
    """Put Supabase Lite under `supabase/lite/node_modules`."""
    _npm_ci("supabase-lite", LITE, "installing Supabase Lite")


def install_n8n() -> None:
    """Put n8n under `workflows/runtime/node_modules`: 2.4 GB, about 3 minutes.

    Without scripts and optional packages, since some of them ask for a compiler or a download from elsewhere.
    """
    _npm_ci("n8n", ROOT / "workflows" / "runtime", "installing n8n", "--omit=optional")


def install_n8n_alone() -> None:
    """The same, while nobody else installs into this clone."""
    with alone():
        install_n8n()


def is_n8n_installed() -> bool:
    """Whether the n8n that the lock file names is there."""
    folder = ROOT / "workflows" / "runtime"
    made_of = _hash_of([folder / "package.json", folder / "package-lock.json"])
    return _is_stamped("n8n", made_of) and (folder / "node_modules").is_dir()


def install_dashboard() -> None:
    """Put what the dashboard is built with under `dashboard/node_modules`."""
    _npm_ci("dashboard-packages", DASHBOARD, "installing the dashboard's packages")


def build_dashboard() -> None:
    """Build `dashboard/dist` from the sources when they changed. Their types are `make check`'s business."""
    if not (DASHBOARD / "package.json").exists():
        return
    install_dashboard()
    made_of = _hash_of(_dashboard_sources())
    if _is_stamped("dashboard", made_of) and (DASHBOARD / "dist" / "index.html").exists():
        return
    with _step("building the dashboard"):
        _npm(["exec", "--offline", "--", "vite", "build"], DASHBOARD)
    _stamp("dashboard", made_of)


def _dashboard_sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(DASHBOARD):
        folders[:] = set(folders) - {"node_modules", "dist", "coverage"}
        yield from (Path(folder) / file for file in files if not file.endswith(".tsbuildinfo"))


def _npm_ci(stamp: str, folder: Path, title: str, *more: str) -> None:
    lock = folder / "package-lock.json"
    if not lock.exists():
        return
    made_of = _hash_of([folder / "package.json", lock])
    if _is_stamped(stamp, made_of) and (folder / "node_modules").is_dir():
        return
    with _step(title):
        _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", *more], folder)
    _stamp(stamp, made_of)


def _npm(arguments: Sequence[str], folder: Path) -> None:
    """Run npm on the Node of `.venv`; the machine needs none of its own."""
    bin_dir = VENV / "bin"
    env = {**os.environ, "PATH": f"{bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    _run([str(bin_dir / "npm"), *arguments], folder, env)


def find_browser() -> Path | None:
    """Return a Chromium on this machine: the system's, or one that Playwright downloaded."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return next(iter(sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


def install_browser() -> None:
    """Make sure that there is a Chromium for the browser tests."""
    if find_browser() is not None:
        return
    with _step("installing a browser"):
        if shutil.which("apt-get") and os.geteuid() == 0:
            env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            with contextlib.suppress(InstallFailed):
                _run(["apt-get", "-q", "update"], env=env)
                _run(["apt-get", "-q", "install", "-y", "--no-install-recommends", "chromium"], env=env)
        if find_browser() is None:
            _run([str(VENV / "bin" / "playwright"), "install", "chromium"])


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one installation at a time work on this clone."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _step(title: str) -> Iterator[None]:
    began = time.monotonic()
    sys.stdout.write(f"  {title} ... ")
    sys.stdout.flush()
    try:
        yield
    except InstallFailed:
        sys.stdout.write("failed\n")
        raise
    sys.stdout.write(f"{time.monotonic() - began:.1f} s\n")
    sys.stdout.flush()


def _run(argv: Sequence[str], cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        lines = [f"    {line}" for line in done.stdout.splitlines()]
        shown = lines if len(lines) <= 30 else [*lines[:12], "    ...", *lines[-12:]]
        raise InstallFailed("\n".join([f"{Path(argv[0]).name} ended with exit code {done.returncode}:", *shown]))


def _hash_of(files: Iterable[Path], *extra: str) -> str:
    digest = hashlib.sha256("\0".join(extra).encode())
    for file in sorted(files):
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _is_stamped(name: str, made_of: str) -> bool:
    try:
        return (STAMPS / name).read_text(encoding="utf-8") == made_of
    except OSError:
        return False


def _stamp(name: str, made_of: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(made_of, encoding="utf-8")


def main() -> None:
    """Install what is asked for."""
    parser = argparse.ArgumentParser(description="Install what the lock files name into this clone.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--browser", action="store_true", help="also a Chromium")
    parser.add_argument("--build", action="store_true", help="also Supabase Lite and the built dashboard")
    parser.add_argument("--n8n", action="store_true", help="also n8n: 2.4 GB")
    wanted = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        raise SystemExit(
            f"Lead-Reviver needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. "
            "Say `make PYTHON=python3.11 ...` when another one is there."
        )
    try:
        with alone():
            install_python(dev=wanted.dev)
            if wanted.browser:
                install_browser()
            if wanted.build:
                install_supabase_lite()
                build_dashboard()
            if wanted.n8n:
                install_n8n()
    except InstallFailed as failure:
        raise SystemExit(f"install: {failure}") from None


if __name__ == "__main__":
    main()
