"""`lead-reviver doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from lead_reviver.local.folders import DataDir


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    fine: bool
    detail: str
    mend: str = ""

    def line(self) -> str:
        """Return it for a person: what to do stands on a line of its own."""
        told = f"{'ok   ' if self.fine else 'WRONG'} {self.what}: {self.detail}"
        return told if self.fine else f"{told}\n      {self.mend}"


async def examine(data_dir: DataDir) -> list[Finding]:
    """Look at the machine and, when a run is there, at each of its parts."""
    return []
