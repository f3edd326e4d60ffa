"""Our own two programs: the engine (gateway, relay, steps, API, dashboard) and the simulator with its phone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from lead_reviver.local.environment import standard_names
from lead_reviver.local.parts import ask_http
from lead_reviver.local.processes import Command


class Engine:
    """Everything of ours in one process, on one port."""

    name = "engine"
    ready_seconds = 60.0

    def __init__(self, environment: Mapping[str, str], home: Path) -> None:
        self._environment, self._home = environment, home
        self.url = f"http://{environment['LEAD_REVIVER_HOST']}:{environment['LEAD_REVIVER_PORT']}"

    async def prepare(self) -> None:
        """Nothing: it keeps no files."""

    def command(self) -> Command:
        """How to run it."""
        argv = [sys.executable, "-m", "lead_reviver.cli", "serve"]
        return Command(argv, child_environment(self._environment), cwd=self._home, stop_seconds=6)

    async def check(self) -> None:
        """Ask whether each thing it depends on answers."""
        await ask_http(f"{self.url}/readyz")

    async def furnish(self) -> None:
        """Nothing."""


class Simulator:
    """A stand-in for Meta's Graph API, and a phone in the browser."""

    name = "simulator"
    ready_seconds = 30.0

    def __init__(self, environment: Mapping[str, str], home: Path) -> None:
        self._environment, self._home = environment, home
        self.url = environment["WHATSAPP_GRAPH_URL"]

    async def prepare(self) -> None:
        """Make its folder."""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)

    def command(self) -> Command:
        """How to run it."""
        argv = [sys.executable, "-m", "lead_reviver.cli", "simulator"]
        return Command(argv, child_environment(self._environment), cwd=self._home, stop_seconds=3)

    async def check(self) -> None:
        """Ask for its first page; what matters is that it answers."""
        await ask_http(f"{self.url}/", below=500)

    async def furnish(self) -> None:
        """Nothing."""


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the machine's own names plus this run's settings, and no setting that this run does not have."""
    names = set(standard_names())
    return {name: value for name, value in os.environ.items() if name not in names} | dict(environment)
