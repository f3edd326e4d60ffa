"""Where the one-machine stack keeps its things."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DATA_DIR = PROJECT_ROOT / ".lead-reviver"


@dataclass(frozen=True)
class DataDir:
    """One run's folder: secrets, ports, state, logs and the parts' data. It survives a restart."""

    root: Path

    @property
    def env_file(self) -> Path:
        """Every setting of the run, `KEY=value` a line, mode 0600."""
        return self.root / "env"

    @property
    def secrets_file(self) -> Path:
        """What was generated on the first start, mode 0600."""
        return self.root / "secrets"

    @property
    def ports_file(self) -> Path:
        """The ports of the last run, as JSON."""
        return self.root / "ports.json"

    @property
    def state_file(self) -> Path:
        """What `status` tells, as JSON; written by the running `up` alone."""
        return self.root / "state.json"

    @property
    def lock_file(self) -> Path:
        """Held by the running `up`; the kernel lets go of it however `up` ends."""
        return self.root / "lock"

    def log(self, part: str) -> Path:
        """Return where a part's output goes."""
        return self.root / "logs" / f"{part}.log"

    def part(self, name: str) -> Path:
        """Return the folder in which a part keeps its data."""
        return self.root / name

    def make(self) -> None:
        """Create the folders. Others may pass through, since Postgres may run as another user, but not list."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        (self.root / "logs").mkdir(exist_ok=True, mode=0o700)
