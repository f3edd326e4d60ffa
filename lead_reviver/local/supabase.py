"""Supabase Lite on our Postgres: Auth and PostgREST for the dashboard. The embedded default, never production."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lead_reviver.local.folders import PROJECT_ROOT
from lead_reviver.local.node import NODE
from lead_reviver.local.parts import PartFailed, ask_http
from lead_reviver.local.processes import Command, end_of, run

SOURCE = PROJECT_ROOT / "supabase"
LITE = SOURCE / "lite" / "node_modules" / "@supabase" / "lite" / "dist" / "cli" / "index.js"
# Without this, browsers refuse to sign in from the dashboard's address.
PREFLIGHT = SOURCE / "lite" / "preflight.mjs"
PREFLIGHT = SOURCE / "lite" / "preflight.mjs"
_NEEDS = (
    "LEAD_REVIVER_ADMIN_DATABASE_URL",
    "SUPABASE_JWT_SECRET",
    "SUPABASE_PUBLISHABLE_KEY",
    "SUPABASE_SECRET_KEY",
)


class Supabase:
    """Sign-in and reads under row-level security."""

    name = "supabase"
    ready_seconds = 30.0

    def __init__(self, home: Path, environment: Mapping[str, str], log: Path) -> None:
        self._home, self._environment, self._log = home, environment, log
        self.url = environment["SUPABASE_URL"]

    async def prepare(self) -> None:
        """Write the folder that Supabase Lite runs in: our settings with this run's port, and our migrations."""
        folder = self._home / "supabase"
        folder.mkdir(parents=True, exist_ok=True)
        port = self.url.rpartition(":")[2]
        settings = (SOURCE / "config.toml").read_text(encoding="utf-8")
        settings = re.sub(r"(?m)^port = \d+$", f"port = {port}", settings, count=1)
        (folder / "config.toml").write_text(settings, encoding="utf-8")
        migrations = folder / "migrations"
        migrations.unlink(missing_ok=True)
        migrations.symlink_to(SOURCE / "migrations")

    def command(self) -> Command:
        """How to run the server."""
        command = self._lite("start", "--no-admin")
        node, *rest = command.argv
        # What it prints is its addresses and keys: nothing for a log.
        return replace(command, argv=[node, "--import", str(PREFLIGHT), *rest], keep_stdout=False)

    async def migrate(self) -> None:
        """Apply the migrations that this database does not have yet. Raises `PartFailed` with what Postgres said."""
        await self.prepare()
        log = self._log.with_name("migrations.log")
        log.unlink(missing_ok=True)
        try:
            code = await run(self._lite("migration", "up"), log, within=120)
        except OSError as error:
            raise PartFailed(self.name, f"could not be run for the migrations ({error})") from error
        if code != 0:
            raise PartFailed(self.name, "could not apply the migrations", end_of(log))

    def _lite(self, *arguments: str) -> Command:
        env = {name: self._environment[name] for name in _NEEDS if name in self._environment}
        env |= {"PATH": f"{NODE.parent}{os.pathsep}{os.defpath}", "HOME": str(self._home), "NODE_ENV": "production"}
        return Command(
            [str(NODE), "--import", str(PREFLIGHT), str(LITE), "--no-telemetry", *arguments],
            env,
            cwd=self._home,
            stop_seconds=3,
        )

    async def check(self) -> None:
        """Read through both halves: Auth's settings, and a table over PostgREST."""
        keys = {"apikey": self._environment["SUPABASE_SECRET_KEY"]}
        await ask_http(f"{self.url}/auth/v1/settings", keys)
        await ask_http(f"{self.url}/rest/v1/workspaces?select=id&limit=1", keys)

    async def furnish(self) -> None:
        """Nothing: the migrations ran before it started."""
