"""From a lead's "can I see it?" on the phone to a meeting in the lead's panel, moved, and off again."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import asyncpg
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.rooms import SOON, Dashboard
from tests.real_stack import RealStack


def test_a_lead_books_a_visit_on_the_phone_and_a_person_moves_it_and_calls_it_off(
    dashboard: Dashboard, demo: RealStack, new_page: NewPage
) -> None:
    """The bot offers, the lead taps, the panel shows: nothing is reloaded on either side."""
    dashboard.wait_until_live()
    phone = new_page(viewport={"width": 430, "height": 860})
    phone.goto(f"{demo.urls['simulator']}/phone/")
    phone.get_by_role("button", name="New lead").click()
    phone.get_by_label("Name", exact=True).fill("Tove Sandell")
    phone.get_by_role("button", name="Make lead").click()
    phone.get_by_label("Message", exact=True).fill("Hi, can I visit the flat by the sea?")
    phone.get_by_role("button", name="Send", exact=True).click()
    thread = phone.get_by_role("list", name="Messages")
    expect(thread).to_contain_text("These times are free for a viewing:", timeout=SOON)
    phone.get_by_role("button", name="See the times").click()
    expect(phone.get_by_text("None of these")).to_be_visible()
    phone.get_by_text(re.compile(r"^\w{3} \d{1,2} \w{3}, \d\d:\d\d$")).first.click()
    send = phone.get_by_role("dialog").get_by_role("button", name="Send")
    if send.count():
        send.click()
    expect(thread).to_contain_text("Booked: a viewing on", timeout=SOON)

    dashboard.open_conversation("Tove Sandell")
    panel = dashboard.page.get_by_role("region", name="About this lead")
    expect(panel.get_by_text(re.compile("Viewing with (Marta|Lukas)", re.IGNORECASE))).to_be_visible(timeout=SOON)
    with dashboard.page.expect_download() as download:
        panel.get_by_role("button", name="To my calendar").click()
    assert download.value.suggested_filename == "meeting.ics"
    panel.get_by_role("button", name="Move…").click()
    panel.get_by_label("New time").select_option(index=5)
    panel.get_by_label("Why, as the lead will read it").fill("The keys come later")
    panel.get_by_role("button", name="Move the meeting").click()
    expect(thread).to_contain_text("we had to move a date: a viewing is now on", timeout=SOON)
    expect(thread).to_contain_text("The keys come later.")
    panel.get_by_role("button", name="Cancel…").click()
    panel.get_by_role("button", name="Cancel the meeting").click()
    expect(thread).to_contain_text("something came up on our side: a viewing on", timeout=SOON)
    expect(panel.get_by_text(re.compile("cancelled")).first).to_be_visible(timeout=SOON)


def test_an_agent_says_with_one_click_that_a_lead_did_not_come(dashboard: Dashboard, demo: RealStack) -> None:
    async def let_it_be_over() -> None:
        record = await asyncpg.connect(demo.env["DATABASE_URL"])
        await record.execute(
            "update meetings m set starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour', "
            "blocked_from = null, blocked_until = null from leads l "
            "where l.id = m.lead_id and l.name like 'Lucía%' and m.state = 'booked'"
        )
        await record.close()

    # In a thread of its own: the browser's driver holds this one's event loop.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: asyncio.run(let_it_be_over())).result()
    dashboard.find_conversation("Lucía")
    panel = dashboard.page.get_by_role("region", name="About this lead")
    panel.get_by_role("button", name="Did not come").click()
    expect(panel.get_by_text(re.compile("^Noted"))).to_be_visible(timeout=SOON)
    expect(panel.get_by_text(re.compile("the lead did not come"))).to_be_visible(timeout=SOON)
