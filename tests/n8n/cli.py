"""n8n's own programs, as provisioning runs them, and what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lead_reviver.local.n8n import Home
from lead_reviver.local.processes import run


async def say(home: Home, log: Path, *arguments: str) -> str:
    """Run `n8n <arguments>` to its end and return all it printed."""
    log.unlink(missing_ok=True)
    code = await run(home.command(*arguments), log, within=180)
    said = log.read_text(encoding="utf-8")
    assert code == 0, said[-2000:]
    return said


async def export(home: Home, folder: Path) -> dict[str, dict[str, Any]]:
    """Return every workflow that stands in n8n, by id, through `n8n export:workflow`."""
    folder.mkdir()
    await say(home, folder / "log", "export:workflow", "--all", "--separate", f"--output={folder}")
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return {each["id"]: each for each in found}
