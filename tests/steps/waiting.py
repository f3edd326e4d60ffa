"""An office in which leads wait for a person, and what one asks of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from lead_reviver.decide.conversation import Decision
from lead_reviver.steps.progress_leads import progress_leads
from lead_reviver.storage.database import new_id
from tests.builders import Person
from tests.integration.workbench import Workbench

MINUTES = timedelta(minutes=1)

HOUR = timedelta(hours=1)


@pytest.fixture
async def office(bench: Workbench) -> Workbench:
    """The team works at every hour, and nobody has the dashboard open."""
    await bench.do("update public.workspaces set contact_from = 0, contact_until = 24, time_zone = 'UTC' where id = $1")
    return bench


async def colleague(office: Workbench, role: str = "agent") -> str:
    """Let one more member join; return the user id."""
    user_id = new_id()
    admin = await asyncpg.connect(office.stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
    try:
        await admin.execute("insert into auth.users (id, email) values ($1, $2)", user_id, f"{user_id}@example.com")
    finally:
        await admin.close()
    await office.do(
        "insert into public.members (workspace_id, user_id, role, display_name) values ($1, $2, $3, 'Luis')",
        user_id,
        role,
    )
    return user_id


async def asks_for_a_person(office: Workbench, person: Person | None = None) -> str:
    """Let a lead ask for a person; return the conversation's id."""
    office.llm.script.append(
        Decision("hand_over", "The lead asked for a person.", text="A colleague will write to you.", language="en")
    )
    await office.hears(person or Person(), "Can I speak to somebody?")
    [ref] = await office.run()
    assert ref.outcome == "handed_over"
    return str((await office.rows("select id from public.conversations where workspace_id = $1 order by id"))[-1]["id"])


async def handover(office: Workbench) -> Any:
    """Return the only hand-over of the workspace."""
    return await office.row("select * from public.handovers where workspace_id = $1")


async def after(office: Workbench, wait: timedelta) -> Any:
    """Let time pass and the schedule run; return the hand-over."""
    office.clock.moved = wait
    await progress_leads(office.parts)
    return await handover(office)


async def closed_today(office: Workbench) -> None:
    """Let nobody work today."""
    await office.do(
        "insert into public.days_off (id, workspace_id, first_day, last_day) values ($2, $1, $3, $3)",
        new_id(),
        office.clock().date(),
    )
