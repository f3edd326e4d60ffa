"""The dashboard's client is made for this engine."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import urlopen

from tests.real_stack import RealStack

KEPT = Path(__file__).parents[2] / "dashboard" / "openapi.json"


def test_the_kept_description_of_the_api_is_the_engines_own(demo: RealStack) -> None:
    with urlopen(f"{demo.urls['api']}/openapi.json", timeout=10) as answer:
        engines = json.load(answer)
    assert json.loads(KEPT.read_text(encoding="utf-8")) == engines, (
        "The engine's API changed: save its /api/openapi.json as dashboard/openapi.json, "
        "then run `npm run api:generate` in dashboard/."
    )
