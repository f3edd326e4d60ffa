"""`lead-reviver n8n ...`: the parts of what `up` does with n8n, one at a time."""

from __future__ import annotations

import asyncio
import os
import signal
import webbrowser
from collections.abc import Mapping

import asyncpg

from lead_reviver.errors import LeadReviverError, TryAgainLater
from lead_reviver.local import install
from lead_reviver.local.environment import Say, read_env_file
from lead_reviver.local.folders import DataDir
from lead_reviver.local.n8n import Home
from lead_reviver.local.n8n_provision import provision
from lead_reviver.local.parts import ask_http
from lead_reviver.local.state import read_state
from lead_reviver.storage import workflows

_ADVICE = {
    "current": "",
    "changed": "changed in n8n and kept; `lead-reviver n8n provision --replace` puts ours in and keeps a backup",
    "outdated": "changed in n8n and kept; ours is newer: `lead-reviver n8n provision --replace`",
    "missing": "deleted in n8n; `lead-reviver n8n provision --replace` brings it back",
}


class NoSuchRun(LeadReviverError):
    """There is neither a run in this data directory nor what n8n needs in the environment."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not set: start `lead-reviver up` first, or set it (.env.example says what it is)")


def home_of(data_dir: DataDir) -> Home:
    """Return n8n's home in a run's folder; what the caller's environment sets wins. Raises `NoSuchRun`."""
    known = read_env_file(data_dir.env_file) if data_dir.env_file.exists() else {}
    environment = {**known, **{name: value for name, value in os.environ.items() if name in known or _is_ours(name)}}
    for name in ("LEAD_REVIVER_N8N_DATABASE_URL", "LEAD_REVIVER_N8N_URL", "N8N_ENCRYPTION_KEY", "DATABASE_URL"):
        if not environment.get(name):
            raise NoSuchRun(name)
    return Home(data_dir.part("n8n"), environment, data_dir.log("n8n"))


def _is_ours(name: str) -> bool:
    return name.startswith(("LEAD_REVIVER_", "SUPABASE_", "N8N_ENCRYPTION")) or name in ("DATABASE_URL", "REDIS_URL")


def bring_up_to_date(data_dir: DataDir, say: Say, *, replace: bool) -> None:
    """Install n8n if it is not there, provision it, and start it again where `up` runs it."""
    home = home_of(data_dir)
    install.install_n8n_alone()
    verdicts = asyncio.run(provision(home, say, replace=replace))
    imported = sum(each.imports for each in verdicts)
    say(f"n8n        {len(verdicts)} workflows, {imported} brought up to date")
    # In queue mode each process has read the workflows for itself.
    running = [part.pid for name, part in read_state(data_dir).parts.items() if name.startswith("n8n") and part.pid]
    if running and imported:
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        say("n8n        is started again, so that it sees them")


async def overview(home: Home) -> list[str]:
    """Return how n8n is, and each workflow's version and state, a line each."""
    environment: Mapping[str, str] = home.environment
    address = environment.get("LEAD_REVIVER_N8N_EDITOR_URL") or environment["LEAD_REVIVER_N8N_URL"]
    try:
        await ask_http(f"{environment['LEAD_REVIVER_N8N_URL']}/healthz/readiness")
        state = "ready"
    except (OSError, TryAgainLater) as error:
        state = f"away ({type(error).__name__})"
    lines = [f"n8n        {state}   {address}"]
    connection = await asyncpg.connect(environment["DATABASE_URL"], timeout=5)
    try:
        for each in await workflows.all_workflows(connection):
            active = "" if each.active else "not active"
            advice = ", ".join(filter(None, (active, _ADVICE[each.state])))
            lines.append(f"  {each.name:<26} {each.version:<8} {each.state:<9} {advice}".rstrip())
    finally:
        await connection.close()
    return lines


def open_editor(home: Home, say: Say) -> None:
    """Open n8n in the browser and say who may sign in."""
    environment = home.environment
    address = environment.get("LEAD_REVIVER_N8N_EDITOR_URL") or environment["LEAD_REVIVER_N8N_URL"]
    say(f"n8n        {address}")
    say(f"sign in    {environment['LEAD_REVIVER_N8N_OWNER_EMAIL']}   {environment['LEAD_REVIVER_N8N_OWNER_PASSWORD']}")
    webbrowser.open(address)
