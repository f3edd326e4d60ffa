"""No test asks a real provider by accident: only those that bring their own server may ask at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic_ai.models import override_allow_model_requests


@pytest.fixture(autouse=True, scope="session")
def no_model_is_asked() -> Iterator[None]:
    """Refuse every request to a model that no test allowed."""
    with override_allow_model_requests(False):
        yield
