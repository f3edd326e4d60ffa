"""The package real-estate-lead-agent, installed into an environment of its own, never into this project's.

As published it cannot run here: it needs Python 3.12 (`agents-builder`, below it, too) and a hosted model. Its prompt,
schema, merging and scoring are plain modules that Python 3.11 reads; `lead_agent_side.py` runs those.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

PACKAGE: Final = "real-estate-lead-agent==1.5.0"
_FOLDER: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lead-reviver" / "baselines"


def started(address: str) -> subprocess.Popen[str]:
    """Start the package beside a model's address, installed where it is missing."""
    environment, package = _FOLDER / "environment", _FOLDER / "package"
    uv = str(Path(sys.executable).with_name("uv"))
    if not (package / "real_estate_lead_agent").exists():
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(environment)], check=True)
        python = ["--python", str(environment / "bin" / "python")]
        subprocess.run([uv, "pip", "install", "-q", *python, "langgraph", "langchain-core"], check=True)
        into = ["--no-deps", "--target", str(package), "--python-version", "3.12"]
        subprocess.run([uv, "pip", "install", "-q", *into, PACKAGE], check=True)
    command = [str(environment / "bin" / "python"), str(Path(__file__).with_name("lead_agent_side.py")), address]
    env = {**os.environ, "PYTHONPATH": str(package)}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True)
