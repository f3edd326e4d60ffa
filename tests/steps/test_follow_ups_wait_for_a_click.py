"""In approval mode a follow-up waits for a person too, and nobody is followed up about the same while it waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.storage import approvals
from lead_reviver.storage.database import transaction
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.sending.test_approval import click, waiting
from tests.steps.test_progress_leads import after

HOUR = timedelta(hours=1)
FOLLOW_UPS = "select number, outcome, message_id from engine.follow_ups where workspace_id = $1 order by number"


@pytest.fixture
async def proposed(bench: Workbench) -> Any:
    """A lead was asked how many bedrooms and says nothing; a follow-up is proposed."""
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.do("update public.workspaces set contact_from = 0, contact_until = 24 where id = $1")
    await bench.hears(Person(), "Hello, I am looking for a flat")
    assert await bench.answer() == "replied"
    await bench.do("update public.workspaces set approval = true where id = $1")
    [done] = await after(bench, 5 * HOUR)
    assert done.outcome == "followed_up"
    assert len(bench.sent()) == 1
    return bench


async def test_a_follow_up_waits_for_a_click_and_is_no_new_question(proposed: Workbench):
    draft = await waiting(proposed)
    assert draft["purpose"] == "follow_up"
    assert await after(proposed, 22 * HOUR) == []  # nobody has clicked: no second one beside it
    proposed.clock.moved = 6 * HOUR
    await click(proposed, draft["id"])
    assert len(proposed.sent()) == 2
    [followed_up] = await proposed.rows(FOLLOW_UPS)
    assert (followed_up["outcome"], followed_up["message_id"]) == ("followed_up", draft["id"])


async def test_a_follow_up_that_was_thrown_away_is_not_proposed_again(proposed: Workbench):
    draft = await waiting(proposed)
    async with transaction(proposed.pool) as connection:
        user_id = str(proposed.workspace.agent.user_id)
        await approvals.end(connection, draft["id"], "discarded", "they are on holiday", user_id)
    assert await after(proposed, 6 * HOUR) == []
    assert len(await proposed.rows(FOLLOW_UPS)) == 1


async def test_a_follow_up_that_the_lead_overtook_is_withdrawn(proposed: Workbench):
    draft = await waiting(proposed)
    person = await proposed.row("select phone from public.leads where workspace_id = $1")
    await proposed.hears(Person(wa_id=person["phone"].lstrip("+")), "Two bedrooms")
    state = await proposed.row("select state from public.approvals where workspace_id = $1 and id = $2", draft["id"])
    assert state["state"] == "withdrawn"
