"""What a message must look like."""

from __future__ import annotations
from typing import Any
from lead_reviver.simulator.graph_errors import GraphError


def check_message(request: dict[str, Any]) -> None:
    kind = request.get("type", "text")
    if not isinstance(request.get(kind), (dict, list)):
        raise GraphError(131008)
