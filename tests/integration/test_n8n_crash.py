"""Promises 1 to 3 under fire once more, with a real n8n at work, which is killed like everything else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.under_fire import SETTINGS, Siege, no_message_is_lost_or_answered_twice, turns_by_runner
from tests.real_stack import RealStack, running_stack

pytestmark = pytest.mark.crash

SIEGE = Siege(("redis",), leads=120, messages=1_200, per_second=20, rarely=("n8n", "postgres"))


@pytest.fixture(scope="module")
def fragile() -> Iterator[RealStack]:
    settings = {**SETTINGS, "LEAD_REVIVER_RUNNER": "auto", "LEAD_REVIVER_N8N_PATIENCE_SECONDS": "2"}
    with running_stack("postgres", "redis", "supabase", "simulator", "n8n", n8n=True, env=settings) as stack:
        yield stack


async def test_no_crash_of_n8n_either_loses_a_message_or_answers_one_twice(fragile: RealStack) -> None:
    await no_message_is_lost_or_answered_twice(fragile, SIEGE)
    by_runner = await turns_by_runner(fragile)
    print(by_runner)
    assert by_runner["n8n"] > 0
    assert by_runner["inline"] > 0  # n8n was killed, and was stood in for
