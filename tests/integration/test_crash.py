"""Promises 1 to 3 under fire: parts are killed at random, Redis forgets everything, WhatsApp loses answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.under_fire import SETTINGS, Siege, no_message_is_lost_or_answered_twice
from tests.real_stack import RealStack, running_stack

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def fragile() -> Iterator[RealStack]:
    with running_stack("postgres", "redis", "supabase", "simulator", env=SETTINGS) as stack:
        yield stack


async def test_no_crash_loses_a_message_or_answers_one_twice(fragile: RealStack) -> None:
    await no_message_is_lost_or_answered_twice(fragile, Siege(("redis", "postgres")))
