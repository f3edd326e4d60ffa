"""Fit a template to its parameters."""

from __future__ import annotations
from dataclasses import dataclass
from lead_reviver.simulator.world import Json, World
from lead_reviver.simulator.graph_errors import GraphError


@dataclass(frozen=True, slots=True)
class Fitted:
    category: str
    needs_phone: bool
    rendered: Json


def fit_template(world: World, wanted: Json) -> Fitted:
    raise GraphError(132001)
