"""Media."""

from __future__ import annotations
from lead_reviver.simulator.settings import SimulatorSettings
from lead_reviver.simulator.world import Json


class Media:
    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings

    def content(self, kind: str, given: Json) -> Json:
        return given
