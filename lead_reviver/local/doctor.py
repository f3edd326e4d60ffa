"""`lead-reviver doctor`: what is wrong with the machine, the data directory or a running part, and how to mend it."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from pydantic import ValidationError
from redis.asyncio import Redis as RedisClient
from redis.exceptions import RedisError

from lead_reviver.errors import LeadReviverError
from lead_reviver.local.environment import read_env_file
from lead_reviver.local.folders import PROJECT_ROOT, DataDir
from lead_reviver.local.node import NODE
from lead_reviver.local.parts import ask_http
from lead_reviver.local.ports import is_free, read_ports
from lead_reviver.local.postgres import BINARIES
from lead_reviver.local.redis import find_server, version_of
from lead_reviver.local.state import RunState, read_state
from lead_reviver.local.supabase import LITE, SOURCE
from lead_reviver.settings import Settings

_ENOUGH_BYTES = 2_000_000_000
_AGAIN = "Say `make up` again; it installs what is missing."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    problem: str | None
    """None when it is fine."""
    detail: str = ""
    mend: str = ""

    @property
    def fine(self) -> bool:
        """Whether nothing needs to be done."""
        return self.problem is None

    def line(self) -> str:
        """Return it for a person; what to do stands on a line of its own."""
        if self.problem is None:
            return f"ok     {self.what}{': ' if self.detail else ''}{self.detail}"
        return f"WRONG  {self.what}: {self.problem}\n       {self.mend}"


async def examine(data_dir: DataDir) -> list[Finding]:
    """Look at the machine, the data directory and, when something runs, each of its parts."""
    run = read_state(data_dir)
    findings = [_python(), _node(), _postgres(), _redis_server(), _supabase_lite(), _dashboard(), _disk(data_dir)]
    findings += _data_dir(data_dir)
    environment = _read(data_dir)
    if run.state == "stopped":
        findings += _ports(data_dir)
        findings.append(Finding("run", None, "nothing is running; `make up` starts everything"))
        return findings
    findings += [_part(name, run) for name in run.parts]
    if environment is not None:
        findings += await asyncio.gather(
            _settings(environment), _database(environment), _migrations(environment), _cache(environment)
        )
        findings += await _addresses(run)
    return findings


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    problem = None if sys.version_info >= (3, 11) else f"is {version}, too old"
    return Finding("Python", problem, version, "Install Python 3.11 or newer and say `make PYTHON=python3.11 up`.")


def _node() -> Finding:
    return _program("Node.js", NODE, "--version")


def _postgres() -> Finding:
    return _program("PostgreSQL", BINARIES / "postgres", "--version")


def _program(what: str, path: Path, argument: str) -> Finding:
    try:
        said = subprocess.run([str(path), argument], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(what, f"does not run ({error})", mend=_AGAIN)
    return Finding(what, None, said.strip())


def _redis_server() -> Finding:
    try:
        server = find_server()
    except LeadReviverError as error:
        return Finding("Redis", str(error), mend="Install it with your system's packages.")
    major, minor = version_of(server)
    problem = None if major else f"{server} does not run"
    return Finding("Redis", problem, f"{major}.{minor}, {server}", _AGAIN)


def _supabase_lite() -> Finding:
    return Finding("Supabase Lite", None if LITE.exists() else "is not installed", mend=_AGAIN)


def _dashboard() -> Finding:
    built = (PROJECT_ROOT / "dashboard" / "dist" / "index.html").exists()
    return Finding("dashboard", None if built else "is not built", "built", _AGAIN)


def _disk(data_dir: DataDir) -> Finding:
    there = next(folder for folder in (data_dir.root, *data_dir.root.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    problem = None if free > _ENOUGH_BYTES else f"only {free // 1_000_000} MB free"
    return Finding(
        "disk", problem, f"{free // 1_000_000_000} GB free", f"Make room, or use --data-dir on another disk ({there})."
    )


def _data_dir(data_dir: DataDir) -> list[Finding]:
    root = data_dir.root
    if not root.exists():
        return [Finding("data directory", None, f"{root} is made by the first `make up`")]
    if not os.access(root, os.W_OK | os.X_OK):
        return [Finding("data directory", f"{root} cannot be written to", mend=f"sudo chown -R $(id -u) {root}")]
    findings = [Finding("data directory", None, str(root))]
    for file in (data_dir.env_file, data_dir.secrets_file):
        if file.exists() and stat.S_IMODE(file.stat().st_mode) != 0o600:
            findings.append(Finding(file.name, "can be read by others", mend=f"chmod 600 {file}"))
    return findings


def _read(data_dir: DataDir) -> dict[str, str] | None:
    try:
        return read_env_file(data_dir.env_file)
    except OSError:
        return None


def _ports(data_dir: DataDir) -> list[Finding]:
    ports = read_ports(data_dir.ports_file)
    taken = [f"{name} {port}" for name, port in ports.items() if not is_free("127.0.0.1", port)]
    detail = ", ".join(f"{name} {port}" for name, port in ports.items()) or "none chosen yet"
    said = f"{detail}; taken now, so others will be used: {', '.join(taken)}" if taken else detail
    return [Finding("ports", None, said)]


def _part(name: str, run: RunState) -> Finding:
    part = run.parts[name]
    fine = part.state in ("ready", "outside", "stopped") or run.state == "starting"
    problem = None if fine else f"is {part.state}"
    return Finding(
        name, problem, part.state, f"Read the end of its log; `lead-reviver status` shows when it is back ({name})."
    )


async def _settings(environment: Mapping[str, str]) -> Finding:
    try:
        Settings.model_validate(dict(environment))
    except ValidationError as error:
        names = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        return Finding(
            "settings", f"not usable: {names}", mend="Mend what you set in the environment, then `make up` again."
        )
    return Finding("settings", None, f"{len(Settings.model_fields)} names, all usable")


async def _database(environment: Mapping[str, str]) -> Finding:
    try:
        connection = await asyncpg.connect(environment["DATABASE_URL"], timeout=5)
        try:
            await connection.fetchval("select count(*) from engine.inbox where state = 'new'")
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError) as error:
        return Finding(
            "database as the engine", f"{type(error).__name__}", mend="Look at `postgres` above and its log."
        )
    return Finding("database as the engine", None, "answers")


async def _migrations(environment: Mapping[str, str]) -> Finding:
    what, ours = "migrations", {file.name.partition("_")[0] for file in (SOURCE / "migrations").glob("*.sql")}
    url = environment.get("LEAD_REVIVER_ADMIN_DATABASE_URL")
    if url is None:
        return Finding(what, None, "not looked at: the database is given from outside")
    try:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            rows = await connection.fetch("select version from supabase_migrations.schema_migrations")
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError) as error:
        return Finding(what, f"cannot be read ({type(error).__name__})", mend="Look at `postgres` above and its log.")
    missing = sorted(ours - {row["version"] for row in rows})
    problem = f"not applied: {', '.join(missing)}" if missing else None
    return Finding(what, problem, f"{len(ours)} applied", "Say `make down up`.")


async def _cache(environment: Mapping[str, str]) -> Finding:
    try:
        async with RedisClient.from_url(environment["REDIS_URL"], socket_timeout=3) as client:
            await client.ping()
    except (OSError, RedisError) as error:
        return Finding("Redis as the engine", f"{type(error).__name__}", mend="Look at `redis` above and its log.")
    return Finding("Redis as the engine", None, "answers")


async def _addresses(run: RunState) -> list[Finding]:
    asked = {"gateway": "/readyz", "dashboard": "", "supabase": "/auth/v1/settings"}
    findings = []
    for name, path in asked.items():
        address = run.urls[name]
        if address is None:
            continue
        try:
            await ask_http(f"{address}{path}", below=500)
        except (OSError, LeadReviverError) as error:
            findings.append(Finding(name, f"{address} does not answer well ({error})", mend="Read the end of the log."))
        else:
            findings.append(Finding(name, None, address))
    return findings
