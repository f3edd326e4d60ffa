"""What whoever is in charge sees of the parts, and does about what got stuck."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import asyncpg
from playwright.sync_api import expect

from lead_reviver.whatsapp.webhook import split
from tests.browser.conftest import NewPage, a_dashboard
from tests.browser.rooms import SOON, Dashboard
from tests.builders import Person, a_text, messages_of
from tests.real_stack import RealStack

PARK = """
insert into engine.inbox (event_key, kind, phone_number_id, sender, wamid, payload, occurred_at, state, reason)
values ($1, $2, $3, $4, $5, $6, $7, 'parked', 'could not be applied (KeyError); a person has to look')
"""


def park_a_message(demo: RealStack, person: Person, words: str) -> None:
    """Leave a lead's message in the inbox as one that could not be applied."""
    body = messages_of(demo.env["WHATSAPP_PHONE_NUMBER_ID"], person, a_text(person, words))
    event = split(body, datetime.now(UTC))[0]
    values = (event.key, event.kind, event.phone_number_id, event.sender, event.wamid, event.payload, event.occurred_at)

    async def park() -> None:
        connection = await asyncpg.connect(demo.env["DATABASE_URL"])
        await connection.execute(PARK, *values)
        await connection.close()

    _run(park())


def _run(work: Any) -> None:
    """Run in a thread of its own, since the browser keeps this one's event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def test_a_message_that_could_not_be_read_in_is_tried_again_and_reaches_the_inbox(
    dashboard: Dashboard, demo: RealStack, new_page: NewPage
) -> None:
    park_a_message(demo, Person(name="Tilda Roos"), "Is the house still free?")
    system = dashboard.page.get_by_role("dialog", name="System")
    dashboard.page.get_by_role("button", name="System: live").click()
    parked = system.get_by_role("region", name="Could not be read in").get_by_role("listitem")
    expect(parked).to_have_count(1, timeout=SOON)
    expect(parked).to_contain_text("A message from WhatsApp")

    agent = a_dashboard(demo, new_page())
    agent.sign_in("marta@costa-homes.example", demo.env["LEAD_REVIVER_DEMO_PASSWORD"])
    agent.page.get_by_role("button", name="System: live").click()
    expect(agent.page.get_by_text("postgres")).to_be_visible(timeout=SOON)
    expect(agent.page.get_by_text("Could not be read in")).to_have_count(0)

    parked.get_by_role("button", name="Try again").click()
    expect(parked).to_have_count(0, timeout=SOON)
    dashboard.page.keyboard.press("Escape")
    dashboard.open_conversation("Tilda Roos")
    expect(dashboard.messages).to_contain_text("Is the house still free?")
