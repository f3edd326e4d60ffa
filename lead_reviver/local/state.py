"""What a run tells about itself: a file that the running `up` writes and `status` and `down` read. No secret in it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from lead_reviver.errors import LeadReviverError
from lead_reviver.local.environment import ADDRESS_OF, Plan, is_outside, write_private
from lead_reviver.local.folders import DataDir
from lead_reviver.local.parts import PART_NAMES, without_secrets
from lead_reviver.local.processes import is_running, started_at

URL_NAMES = ("gateway", "api", "dashboard", "supabase", "simulator", "n8n")


class AlreadyRunning(LeadReviverError):
    """Another `up` holds this data directory."""

    def __init__(self, data_dir: DataDir) -> None:
        super().__init__(
            f"Lead-Reviver is already running from {data_dir.root}; `lead-reviver status` shows it, "
            "`lead-reviver down` ends it, `--data-dir` starts another one beside it."
        )


@dataclass
class PartState:
    """How one part is doing."""

    state: str = "stopped"
    """waiting, installing, provisioning, starting, ready, restarting, failed, stopped; "outside" when its address was
    given and it is not ours."""
    url: str | None = None
    pid: int | None = None
    created: float | None = None
    """When the process was started (Unix time), to tell it from a later one with its number."""


@dataclass
class RunState:
    """How the whole run is doing."""

    state: str = "stopped"
    """starting, ready, stopping, stopped."""
    pid: int | None = None
    created: float | None = None
    parts: dict[str, PartState] = field(default_factory=lambda: {name: PartState() for name in PART_NAMES})
    urls: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(URL_NAMES))

    def public(self, data_dir: DataDir) -> dict[str, Any]:
        """Return the shape that `status --json` promises."""
        return {
            "parts": {name: {"state": p.state, "url": p.url, "pid": p.pid} for name, p in self.parts.items()},
            "urls": self.urls,
            "env_file": str(data_dir.env_file),
        }


def describe(plan: Plan, wanted: tuple[str, ...]) -> RunState:
    """Return the state at the beginning: every address known, nothing started."""
    environment = plan.environment
    gateway = f"http://{environment['LEAD_REVIVER_HOST']}:{environment['LEAD_REVIVER_PORT']}"
    addresses = {
        name: without_secrets(environment[variable]) for name, variable in ADDRESS_OF.items() if variable in environment
    }
    addresses["engine"] = gateway
    run = RunState(state="starting", pid=os.getpid(), created=started_at(os.getpid()))
    for name, part in run.parts.items():
        part.state = "outside" if is_outside(name, plan.outside) else "waiting" if name in wanted else "stopped"
        part.url = None if part.state == "stopped" else addresses[name]
    ours = run.parts["engine"].url
    run.urls = {
        "gateway": ours,
        "api": f"{ours}/api" if ours else None,
        "dashboard": f"{ours}/" if ours else None,
        "supabase": run.parts["supabase"].url,
        "simulator": run.parts["simulator"].url,
        "n8n": environment.get("LEAD_REVIVER_N8N_EDITOR_URL") if run.parts["n8n"].url else None,
    }
    return run


def write_state(data_dir: DataDir, run: RunState) -> None:
    """Replace the state file in one step, so that a reader never sees half of it."""
    write_private(data_dir.state_file, json.dumps(asdict(run)) + "\n")


def read_state(data_dir: DataDir) -> RunState:
    """Return the state of the run; "stopped" everywhere when none is running, also after it was killed."""
    try:
        raw = json.loads(data_dir.state_file.read_text(encoding="utf-8"))
        run = RunState(**{**raw, "parts": {name: PartState(**part) for name, part in raw["parts"].items()}})
    except (OSError, ValueError, TypeError, KeyError):
        return RunState()
    if run.pid is None or run.created is None or not is_running(run.pid, run.created):
        return RunState()
    return run


def leftovers(data_dir: DataDir) -> list[int]:
    """Return the process ids of parts that still run although their `up` is gone."""
    try:
        raw = json.loads(data_dir.state_file.read_text(encoding="utf-8"))
        parts = [PartState(**part) for part in raw["parts"].values()]
    except (OSError, ValueError, TypeError, KeyError):
        return []
    return [p.pid for p in parts if p.pid and p.created and is_running(p.pid, p.created)]


@contextlib.contextmanager
def hold(data_dir: DataDir) -> Iterator[None]:
    """Hold the data directory while we run. Raises `AlreadyRunning` when somebody else does."""
    with data_dir.lock_file.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(data_dir) from None
        yield
