"""The demo workspace that a first start shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp
import asyncpg
import pytest

from lead_reviver.local.demo import seed_demo
from lead_reviver.local.demo.people import LEADS, MEMBERS
from lead_reviver.local.demo.phone import FILE_OF, lines_with_files
from lead_reviver.local.demo.rows import Demo
from lead_reviver.local.demo.stories import STORIES
from tests.real_stack import RealStack, running_stack

KEY = b"a hash key of the tests"


@pytest.mark.parametrize("hour", range(24))
def test_nothing_has_happened_in_the_future_whenever_the_demo_is_made(hour: int) -> None:
    now = datetime(2026, 11, 22, hour, 31, tzinfo=UTC)
    demo = Demo({each.key: each.key for each in MEMBERS}, now, KEY)
    demo.add_leads()
    demo.add_stories()
    times = [datetime.fromisoformat(row["sent_at"]) for row in demo.rows["messages"]]
    assert max(times) <= now
    assert max(times) > now - timedelta(minutes=10)


def test_the_demo_shows_every_stage_and_every_kind_of_message() -> None:
    demo = Demo({each.key: each.key for each in MEMBERS}, datetime.now(UTC), KEY)
    demo.add_leads()
    demo.add_stories()
    kinds = {row["kind"] for row in demo.rows["messages"]}
    statuses = {row["status"] for row in demo.rows["messages"]}

    assert len(LEADS) == 40
    assert {each.stage for each in LEADS} == {"new", "contacted", "engaged", "qualified", "meeting", "won", "lost"}
    assert kinds >= {"text", "interactive", "button", "image", "audio", "document", "sticker", "location", "contacts"}
    assert statuses >= {"received", "sent", "delivered", "read", "failed", "not_sent"}
    assert {story.lead for story in STORIES} <= {each.key for each in LEADS}


@pytest.mark.stack
async def test_the_files_that_the_demos_leads_sent_can_be_looked_at() -> None:
    with running_stack(demo=True) as stack:
        connection = await asyncpg.connect(stack.env["DATABASE_URL"])
        sent = await connection.fetch(
            "select id, kind, content->>'mime_type' as mime_type from messages where content->>'media_id' is not null"
        )
        await connection.close()
        token = await signed_in(stack, stack.env["LEAD_REVIVER_DEMO_EMAIL"])
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {token}"}) as session:
            for each in sent:
                async with session.get(f"{stack.urls['gateway']}/api/media/{each['id']}") as answer:
                    assert answer.status == 200, await answer.text()
                    assert answer.content_type == each["mime_type"].partition(";")[0]
                    assert await answer.read() == FILE_OF[each["kind"]].read_bytes()

    assert len(sent) == len(lines_with_files())
    assert {each["kind"] for each in sent} == set(FILE_OF)


@pytest.mark.stack
async def test_the_owner_signs_in_and_sees_the_demo_which_is_made_once() -> None:
    with running_stack("postgres", "redis", "supabase", demo=True) as stack:
        await seed_demo(stack.env, print)
        connection = await asyncpg.connect(stack.env["DATABASE_URL"])
        workspaces = await connection.fetchval("select count(*) from workspaces")
        await connection.close()
        owner = await leads_seen_by(stack, stack.env["LEAD_REVIVER_DEMO_EMAIL"])
        agent = await leads_seen_by(stack, "marta@costa-homes.example")

    others = {each.name for each in LEADS if each.owner == "lukas"}
    assert workspaces == 1
    assert owner == {each.name for each in LEADS}
    assert agent == owner - others


async def leads_seen_by(stack: RealStack, email: str) -> set[str]:
    url, token = stack.env["SUPABASE_URL"], await signed_in(stack, email)
    headers = {"apikey": stack.env["SUPABASE_PUBLISHABLE_KEY"], "authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{url}/rest/v1/leads?select=name") as answer,
    ):
        return {row["name"] for row in await answer.json()}


async def signed_in(stack: RealStack, email: str) -> str:
    url, who = stack.env["SUPABASE_URL"], {"email": email, "password": stack.env["LEAD_REVIVER_DEMO_PASSWORD"]}
    async with (
        aiohttp.ClientSession(headers={"apikey": stack.env["SUPABASE_PUBLISHABLE_KEY"]}) as session,
        session.post(f"{url}/auth/v1/token?grant_type=password", json=who) as answer,
    ):
        return str((await answer.json())["access_token"])
