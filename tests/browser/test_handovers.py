"""A lead who asks for a person is offered to somebody in the dashboard, who takes it or passes it on."""

from __future__ import annotations

import asyncio
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
from playwright.sync_api import expect

from tests.browser.rooms import SOON, Dashboard, Phone
from tests.real_stack import RealStack

# The owner alone is at work, at any hour of the day at which this runs.
ONLY_THE_OWNER = """
update workspaces set contact_from = 0, contact_until = 24;
insert into days_off (id, workspace_id, user_id, first_day, last_day)
select gen_random_uuid(), workspace_id, user_id, now()::date - 1, now()::date + 1 from members where role <> 'owner';
"""
AS_BEFORE = """
delete from days_off where first_day = now()::date - 1 and last_day = now()::date + 1 and reason is null;
update workspaces set contact_from = 9, contact_until = 20;
"""
SHOTS = os.environ.get("LEAD_REVIVER_SCREENSHOTS")


def change(demo: RealStack, sql: str) -> None:
    """Change the record, in a thread of its own, since the browser keeps this one's event loop."""

    async def work() -> None:
        connection = await asyncpg.connect(demo.env["DATABASE_URL"])
        await connection.execute(sql)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


def shot(dashboard: Dashboard, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    if SHOTS:
        dashboard.page.wait_for_timeout(400)
        dashboard.page.screenshot(path=Path(SHOTS) / f"{name}.png")


def test_a_lead_who_asks_for_a_person_is_offered_taken_and_shown_at_once(
    dashboard: Dashboard, demo: RealStack, phone: Phone
) -> None:
    dashboard.wait_until_live()
    change(demo, ONLY_THE_OWNER)
    try:
        lead_id = phone.make_lead("Ingrid Moen")
        phone.write(lead_id, "Hello, I am looking for a flat with 3 bedrooms")
        expect(dashboard.row("Ingrid Moen")).to_be_visible(timeout=SOON)
        dashboard.open_conversation("Ingrid Moen")
        expect(dashboard.messages.get_by_text("Why this?").first).to_be_visible(timeout=SOON)
        phone.write(lead_id, "Can I talk to a real person please? Does it have a lift?")

        card = dashboard.page.get_by_role("region", name="Hand-over")
        expect(card).to_contain_text("Offered to you", timeout=SOON)
        expect(card).to_contain_text("Does it have a lift?")
        expect(card).to_contain_text("3 bedrooms")
        expect(dashboard.page).to_have_title(re.compile(r"^\(\d+\) Lead-Reviver$"))
        shot(dashboard, "offered-light")
        dashboard.page.emulate_media(color_scheme="dark")
        shot(dashboard, "offered-dark")
        dashboard.page.emulate_media(color_scheme="light")
        dashboard.page.set_viewport_size({"width": 390, "height": 844})
        shot(dashboard, "offered-phone")
        dashboard.page.set_viewport_size({"width": 1440, "height": 900})

        dashboard.page.get_by_role("button", name="Offered to me").click()
        expect(dashboard.row("Ingrid Moen")).to_be_visible()
        shot(dashboard, "offered-filter")
        card.get_by_role("button", name="Take it").click()
        expect(card).to_have_count(0)
        expect(dashboard.page.get_by_text("You are answering", exact=True).first).to_be_visible()
        expect(dashboard.row("Ingrid Moen")).to_have_count(0)
    finally:
        change(demo, AS_BEFORE)


def test_not_me_leaves_the_lead_to_whoever_comes(dashboard: Dashboard, demo: RealStack, phone: Phone) -> None:
    """Nobody else is at work: it is open to everybody."""
    dashboard.wait_until_live()
    change(demo, ONLY_THE_OWNER)
    try:
        lead_id = phone.make_lead("Olav Berg")
        phone.write(lead_id, "Can I talk to a real person please?")
        expect(dashboard.row("Olav Berg")).to_be_visible(timeout=SOON)
        dashboard.open_conversation("Olav Berg")
        card = dashboard.page.get_by_role("region", name="Hand-over")
        expect(card).to_contain_text("Offered to you", timeout=SOON)
        card.get_by_role("button", name="Not me").click()
        expect(card).to_contain_text("open to everybody")
        expect(card.get_by_role("button", name="Not me")).to_have_count(0)
        expect(card.get_by_role("button", name="Take it")).to_be_visible()
        shot(dashboard, "everybody")
    finally:
        change(demo, AS_BEFORE)
