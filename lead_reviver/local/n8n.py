"""The real n8n, installed from `workflows/runtime/`: its processes, their environment, and a database of its own."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import bcrypt

from lead_reviver.local.folders import PROJECT_ROOT
from lead_reviver.local.node import NODE
from lead_reviver.local.parts import ask_http
from lead_reviver.local.ports import any_free_port
from lead_reviver.local.processes import Command

RUNTIME: Final = PROJECT_ROOT / "workflows" / "runtime"
PROGRAM: Final = RUNTIME / "node_modules" / "n8n" / "bin" / "n8n"

# Nothing is told to anybody, nothing is fetched from anywhere, and no node sees our environment.
# Source: docs.n8n.io/hosting/configuration/environment-variables and .../securing/hardening.
QUIET: Final = {
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "N8N_HIRING_BANNER_ENABLED": "false",
    "N8N_DYNAMIC_BANNERS_ENABLED": "false",
    "N8N_LICENSE_AUTO_RENEW_ENABLED": "false",
    "N8N_AI_ENABLED": "false",
    "N8N_DISABLED_MODULES": "mcp-registry,insights,instance-ai,chat-hub",
    "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
    "N8N_UNVERIFIED_PACKAGES_ENABLED": "false",
    "N8N_PUBLIC_API_DISABLED": "true",
    "N8N_MCP_ACCESS_ENABLED": "false",
}
SAFE: Final = {
    "N8N_BLOCK_ENV_ACCESS_IN_NODE": "true",
    "N8N_BLOCK_FILE_ACCESS_TO_N8N_FILES": "true",
    "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "true",
    "N8N_GIT_NODE_DISABLE_BARE_REPOS": "true",
    # Nodes that run programs, read files or open tunnels on the server: no workflow of ours needs them.
    "NODES_EXCLUDE": json.dumps(
        [
            "n8n-nodes-base.executeCommand",
            "n8n-nodes-base.readWriteFile",
            "n8n-nodes-base.localFileTrigger",
            "n8n-nodes-base.ssh",
            "n8n-nodes-base.git",
        ]
    ),
    "EXECUTIONS_DATA_SAVE_ON_SUCCESS": "none",
    "EXECUTIONS_DATA_SAVE_ON_ERROR": "all",
    "EXECUTIONS_DATA_SAVE_ON_PROGRESS": "false",
    "EXECUTIONS_DATA_MAX_AGE": "168",
    # What a run was given is in the database from its start, and stands there until the next pruning: each minute.
    "EXECUTIONS_DATA_PRUNE_HARD_DELETE_INTERVAL": "1",
    "N8N_RUNNERS_TASK_TIMEOUT": "60",
    "N8N_PYTHON_ENABLED": "false",
}
# An expression costs an isolate; these make isolates cheap without giving the isolation up: measured on 2 cores, a
# webhook and a no-op 64 instead of 26 times a second.
FAST: Final = {
    "N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE": "true",
    "N8N_EXPRESSION_ENGINE_POOL_SIZE": "8",
    "N8N_EXPRESSION_ENGINE_COMPILE_CACHE": "true",
}


@dataclass(frozen=True)
class Home:
    """Where one n8n keeps its files, and how it is set up."""

    folder: Path
    environment: Mapping[str, str]
    """Every standard name of the run."""
    log: Path

    @property
    def backups(self) -> Path:
        """Where workflows go that were replaced."""
        return self.folder / "backups"

    def process_environment(self, **more: str) -> dict[str, str]:
        """Return the whole environment of an n8n process."""
        known = self.environment
        database, address = urlsplit(known["LEAD_REVIVER_N8N_DATABASE_URL"]), urlsplit(known["LEAD_REVIVER_N8N_URL"])
        password = known["LEAD_REVIVER_N8N_OWNER_PASSWORD"].encode()
        return {
            "PATH": f"{NODE.parent}{os.pathsep}{os.defpath}",
            "HOME": str(self.folder),
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_ENCRYPTION_KEY": known["N8N_ENCRYPTION_KEY"],
            "DB_TYPE": "postgresdb",
            "DB_POSTGRESDB_HOST": str(database.hostname),
            "DB_POSTGRESDB_PORT": str(database.port or 5432),
            "DB_POSTGRESDB_DATABASE": database.path.lstrip("/"),
            "DB_POSTGRESDB_USER": str(database.username),
            "DB_POSTGRESDB_PASSWORD": str(database.password),
            "DB_POSTGRESDB_POOL_SIZE": "4",
            "N8N_LISTEN_ADDRESS": str(address.hostname),
            "N8N_HOST": str(address.hostname),
            "N8N_PORT": str(address.port),
            "N8N_PROTOCOL": "http",
            "N8N_SECURE_COOKIE": "false",
            "N8N_RUNNERS_BROKER_PORT": known["LEAD_REVIVER_N8N_BROKER_PORT"],
            "N8N_INSTANCE_OWNER_MANAGED_BY_ENV": "true",
            "N8N_INSTANCE_OWNER_EMAIL": known["LEAD_REVIVER_N8N_OWNER_EMAIL"],
            "N8N_INSTANCE_OWNER_FIRST_NAME": "Lead-Reviver",
            "N8N_INSTANCE_OWNER_LAST_NAME": "Operator",
            "N8N_INSTANCE_OWNER_PASSWORD_HASH": bcrypt.hashpw(password, _salt_of(password)).decode(),
            "GENERIC_TIMEZONE": "UTC",
            "NODE_ENV": "production",
            # Which modules code nodes may use; none unless the operator says so.
            **{name: value for name, value in os.environ.items() if name.startswith("NODE_FUNCTION_ALLOW_")},
            **QUIET,
            **SAFE,
            **FAST,
            **more,
        }

    def queue_environment(self) -> dict[str, str]:
        """Return what tells an n8n process to work through Redis."""
        redis = urlsplit(self.environment["LEAD_REVIVER_N8N_QUEUE_REDIS_URL"])
        return {
            "EXECUTIONS_MODE": "queue",
            "QUEUE_BULL_REDIS_HOST": str(redis.hostname),
            "QUEUE_BULL_REDIS_PORT": str(redis.port or 6379),
            "QUEUE_BULL_REDIS_USERNAME": str(redis.username),
            "QUEUE_BULL_REDIS_PASSWORD": str(redis.password),
            "QUEUE_BULL_PREFIX": "n8n:bull",
            "N8N_REDIS_KEY_PREFIX": "n8n",
        }

    def command(self, *arguments: str, **more: str) -> Command:
        """Return how to run one n8n program, e.g. `start` or `export:workflow`."""
        return Command(
            [str(NODE), str(PROGRAM), *arguments],
            self.process_environment(**more),
            cwd=self.folder,
            stop_seconds=20,
        )


class N8n:
    """The visible workflow: its editor, its webhooks and, without queue mode, its executions."""

    name = "n8n"
    ready_seconds = 180.0

    def __init__(self, home: Home, *, queue: bool = False) -> None:
        self._home, self._queue = home, queue
        self.url = _editor_of(home.environment) if queue else home.environment["LEAD_REVIVER_N8N_URL"]

    async def prepare(self) -> None:
        """Make its folder and its database."""
        self._home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await make_database(self._home.environment)

    def command(self) -> Command:
        """How to run it."""
        if not self._queue:
            return self._home.command("start")
        return self._home.command("start", N8N_PORT=str(urlsplit(self.url).port), **self._home.queue_environment())

    async def check(self) -> None:
        """Ask whether it is ready: started, migrated, connected to its database."""
        await ask_http(f"{self.url}/healthz/readiness")

    async def furnish(self) -> None:
        """Nothing: it was provisioned before it started."""


class N8nWebhook:
    """Queue mode: takes webhooks and puts executions into the queue, so that the editor's process stays free."""

    name = "n8n-webhook"
    ready_seconds = 120.0

    def __init__(self, home: Home) -> None:
        self._home = home
        self.url = home.environment["LEAD_REVIVER_N8N_URL"]

    async def prepare(self) -> None:
        """Nothing: `N8n` has made what it needs."""

    def command(self) -> Command:
        """How to run it."""
        port = str(urlsplit(self.url).port)
        return self._home.command("webhook", N8N_PORT=port, **_own_broker(), **self._home.queue_environment())

    async def check(self) -> None:
        """Ask whether it is ready."""
        await ask_http(f"{self.url}/healthz/readiness")

    async def furnish(self) -> None:
        """Nothing."""


class N8nWorker:
    """Queue mode: takes executions from the queue."""

    ready_seconds = 120.0

    def __init__(self, home: Home, number: int) -> None:
        self._home = home
        self.name = f"n8n-worker-{number}"
        self._port = any_free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    async def prepare(self) -> None:
        """Nothing: `N8n` has made what it needs."""

    def command(self) -> Command:
        """How to run it."""
        health = {"QUEUE_HEALTH_CHECK_ACTIVE": "true", "QUEUE_HEALTH_CHECK_PORT": str(self._port)}
        return self._home.command(
            "worker", "--concurrency=5", **health, **_own_broker(), **self._home.queue_environment()
        )

    async def check(self) -> None:
        """Ask whether it is connected to the database and the queue."""
        await ask_http(f"{self.url}/healthz/readiness")

    async def furnish(self) -> None:
        """Nothing."""


def _editor_of(environment: Mapping[str, str]) -> str:
    """Return where the main process listens in queue mode: the webhook processor has the port of the webhooks."""
    webhooks, editor = environment["LEAD_REVIVER_N8N_URL"], environment.get("LEAD_REVIVER_N8N_EDITOR_URL", "")
    host = urlsplit(webhooks).hostname
    # An editor's address from outside may be that of a proxy in front.
    is_ours = urlsplit(editor).hostname == host and urlsplit(editor).port is not None and editor != webhooks
    return editor if is_ours else f"http://{host}:{any_free_port()}"


def _own_broker() -> dict[str, str]:
    """Every process hands code nodes to a task runner through a port of its own."""
    return {"N8N_RUNNERS_BROKER_PORT": str(any_free_port())}


async def make_database(environment: Mapping[str, str]) -> None:
    """Make n8n's own database and database user; safe to repeat. Left to the operator where we are not the admin."""
    admin = environment.get("LEAD_REVIVER_ADMIN_DATABASE_URL")
    own = urlsplit(environment["LEAD_REVIVER_N8N_DATABASE_URL"])
    if admin is None:
        return
    user, password, name = own.username, own.password, own.path.lstrip("/")
    connection = await asyncpg.connect(admin, timeout=5)
    try:
        literal = await connection.fetchval("select quote_literal($1::text)", password)
        known = await connection.fetchval("select exists (select from pg_roles where rolname = $1)", user)
        quoted_user = await connection.fetchval("select quote_ident($1::text)", user)
        await connection.execute(f"{'alter' if known else 'create'} role {quoted_user} login password {literal}")
        if not await connection.fetchval("select exists (select from pg_database where datname = $1)", name):
            quoted_name = await connection.fetchval("select quote_ident($1::text)", name)
            await connection.execute(f"grant {quoted_user} to current_user")
            await connection.execute(f"create database {quoted_name} owner {quoted_user}")
            await connection.execute(f"revoke connect on database {quoted_name} from public")
    finally:
        await connection.close()


def _salt_of(password: bytes) -> bytes:
    """Return the salt of a generated password: made of itself, so that its hash is the same at every start."""
    # bcrypt writes base64 in an alphabet of its own, and every hex digit is one of its letters.
    letters = hashlib.sha256(b"lead-reviver n8n owner" + password).hexdigest()[:21]
    return f"$2b$10${letters}.".encode()
