"""A demo workspace for an empty database."""

from __future__ import annotations

from collections.abc import Callable, Mapping


async def seed_demo(environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Fill an empty database."""
