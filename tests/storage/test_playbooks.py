"""Versions of a playbook count up, are tried before they are published, and count from the next turn on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from lead_reviver.playbooks import AlreadyPublished, Playbooks, publish_draft, save_draft
from lead_reviver.reply.playbook import PlaybookRefused, parse_playbook, shipped_playbook, shipped_text
from lead_reviver.reply.playbook_evaluation import EvaluationFailed
from lead_reviver.storage import playbooks
from lead_reviver.storage.database import Pool, connect_pool, lent
from tests.real_stack import RealStack, Workspace, make_workspace

BUYERS = shipped_text("property_buyers")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.stack


@pytest.fixture
async def workspace(supabase: RealStack) -> Workspace:
    return await make_workspace(supabase)


@pytest.fixture
async def pool(supabase: RealStack) -> AsyncIterator[Pool]:
    pool = await connect_pool(supabase.env["DATABASE_URL"], size=4)
    yield pool
    await pool.close()


async def audited(pool: Pool, workspace: Workspace) -> list[tuple[str, str | None]]:
    rows = await pool.fetch(
        "select action, actor_id from audit_log where workspace_id = $1 order by created_at", workspace.workspace_id
    )
    return [(row["action"], row["actor_id"]) for row in rows]


async def test_drafts_count_up_and_a_published_one_is_in_force(pool: Pool, workspace: Workspace):
    owner = workspace.owner.user_id
    drafts = await asyncio.gather(*(save_draft(pool, workspace.workspace_id, BUYERS, owner) for _ in range(3)))
    assert sorted(each.version for each in drafts) == [1, 2, 3]
    evaluation = await publish_draft(pool, drafts[1], owner, NOW)
    assert evaluation.tried["conversations"] == 3
    async with lent(pool) as connection:
        listed = await playbooks.list_versions(connection, workspace.workspace_id)
        newest = await playbooks.find(connection, workspace.workspace_id, "Property buyers")
    assert [(each.version, each.in_force) for each in listed] == [
        (version, version == drafts[1].version) for version in (3, 2, 1)
    ]
    [published] = [each for each in listed if each.in_force]
    assert published.evaluation == {"tried": evaluation.tried, "failed": []}
    assert newest is not None
    assert newest.version == 3
    assert await Playbooks(pool).find(drafts[1].id) == shipped_playbook()
    assert await audited(pool, workspace) == [*[("save", owner)] * 3, ("publish", owner)]


async def test_a_version_is_published_once(pool: Pool, workspace: Workspace):
    draft = await save_draft(pool, workspace.workspace_id, BUYERS, None)
    await publish_draft(pool, draft, None, NOW)
    with pytest.raises(AlreadyPublished):
        await publish_draft(pool, draft, None, NOW + timedelta(minutes=1))
    assert await audited(pool, workspace) == [("save", None), ("publish", None)]


async def test_what_fails_its_trial_stays_a_draft_and_says_why(pool: Pool, workspace: Workspace):
    promising = BUYERS.replace("en: Thank you, noted.", "en: Thank you, we guarantee it.")
    draft = await save_draft(pool, workspace.workspace_id, promising, None)
    with pytest.raises(EvaluationFailed, match="guarantee"):
        await publish_draft(pool, draft, None, NOW)
    async with lent(pool) as connection:
        [listed] = await playbooks.list_versions(connection, workspace.workspace_id)
    assert listed.published_at is None
    assert listed.evaluation is not None
    assert "thanks.en" in [each["item"] for each in listed.evaluation["failed"]]
    assert await audited(pool, workspace) == [("save", None)]


async def test_what_is_broken_is_not_even_saved(pool: Pool, workspace: Workspace):
    with pytest.raises(PlaybookRefused, match=r"line 4: \$\.currency"):
        await save_draft(pool, workspace.workspace_id, BUYERS.replace("currency: EUR", "currency: euro"), None)
    async with lent(pool) as connection:
        assert await playbooks.list_versions(connection, workspace.workspace_id) == []


async def test_what_is_stored_is_the_playbook_that_was_written(pool: Pool, workspace: Workspace):
    draft = await save_draft(pool, workspace.workspace_id, shipped_text("property_sellers"), None)
    async with lent(pool) as connection:
        stored = await playbooks.get(connection, draft.id)
    assert stored is not None
    assert parse_playbook(stored.body) == shipped_playbook("property_sellers")
