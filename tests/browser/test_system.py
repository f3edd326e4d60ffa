"""What whoever is in charge sees of the parts, also when woken at night, and does about what got stuck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Page, Route, expect

from lead_reviver.storage.database import new_id
from lead_reviver.whatsapp.webhook import split
from tests.browser.conftest import NewPage, a_dashboard, owner_of
from tests.browser.rooms import SOON, Dashboard, Phone
from tests.browser.test_access import LOOKS, assert_no_violation
from tests.builders import Person, a_text, messages_of
from tests.real_stack import RealStack

PARK_EVENT = """
insert into engine.inbox (event_key, kind, phone_number_id, sender, wamid, payload, occurred_at, state, reason)
values ($1, $2, $3, $4, $5, $6, $7, 'parked', 'could not be applied (KeyError); a person has to look')
"""
# The lead's messages wait for a turn that was given up.
PARK_TURN = """
with parked as (
  insert into turns (id, workspace_id, conversation_id, state, reason, attempts, runner, finished_at)
  select $1, c.workspace_id, c.id, 'parked', 'The model did not answer in time.', 6, 'n8n', now()
  from conversations c join leads l on l.id = c.lead_id where l.name = $2
  returning id, conversation_id
)
update messages m set turn_id = parked.id from parked
where m.conversation_id = parked.conversation_id and m.direction = 'in'
"""
N8N = "http://127.0.0.1:5678"


def do(demo: RealStack, sql: str, *values: object) -> None:
    """Change the record, in a thread of its own, since the browser keeps this one's event loop."""

    async def work() -> None:
        connection = await asyncpg.connect(demo.env["DATABASE_URL"])
        await connection.execute(sql, *values)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


def park_a_message(demo: RealStack, person: Person, words: str) -> None:
    """Leave a lead's message in the inbox as one that could not be applied."""
    body = messages_of(demo.env["WHATSAPP_PHONE_NUMBER_ID"], person, a_text(person, words))
    event = split(body, datetime.now(UTC))[0]
    values = (event.key, event.kind, event.phone_number_id, event.sender, event.wamid, event.payload, event.occurred_at)
    do(demo, PARK_EVENT, *values)


def leads_without_an_answer(dashboard: Dashboard, demo: RealStack, phone: Phone, *names: str) -> None:
    """Let leads write and be answered, and then let their turns be parked ones."""
    for name in names:
        phone.write(phone.make_lead(name), "Is the house still free?")
    for name in names:
        expect(dashboard.row(name)).to_be_visible(timeout=SOON)
        dashboard.open_conversation(name)
        expect(dashboard.messages.get_by_text("Why this?").first).to_be_visible(timeout=SOON)
        do(demo, PARK_TURN, new_id(), name)


def told(page: Page, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the engine's answer say what it would in another situation, e.g. with another n8n."""

    def answer(route: Route) -> None:
        response = route.fetch()
        system = response.json()
        change(system)
        route.fulfill(response=response, json=system)

    page.unroute("**/api/system?**")
    page.route("**/api/system?**", answer)


def quiet(system: dict[str, Any]) -> None:
    """A night in which nothing happens, and n8n does the work."""
    system |= {"runner_setting": "auto", "runner": "n8n", "runners": {"n8n": 132, "inline": 4}}
    system |= {"parked_turns": [], "parked_events": [], "parked_meeting_events": [], "paused_channels": []}
    workflow = {"version": "1.2.0", "active": True, "checked_at": datetime.now(UTC).isoformat()}
    names = ["Process inbound messages", "Progress leads", "Take in leads", "Report the day"]
    workflows = [workflow | {"id": f"workflow-{n}", "name": name, "state": "current"} for n, name in enumerate(names)]
    system["n8n"] = {"state": "up", "detail": "", "url": N8N, "workflows": workflows, "failures": []}


def busy(system: dict[str, Any]) -> None:
    """A night in which everything needs somebody."""
    quiet(system)
    now = datetime.now(UTC)
    turn = {"reason": "The model did not answer in time.", "attempts": 6, "runner": "n8n", "parked_at": now.isoformat()}
    system["parked_turns"] = [
        turn | {"id": new_id(), "conversation_id": new_id(), "lead_name": name} for name in ("Ana", None)
    ]
    system["parked_events"] = [{"id": 1, "kind": "message", "reason": "KeyError", "received_at": now.isoformat()}]
    meeting = {"id": 2, "event": "moved", "kind": "first_viewing", "time_zone": "Europe/Madrid", "lead_name": "Ana"}
    meeting |= {"starts_at": (now + timedelta(days=1)).isoformat(), "occurred_at": now.isoformat(), "attempts": 8}
    meeting |= {"conversation_id": new_id(), "reason": "The workflow behind 'meeting-events' failed (status 502)."}
    system["parked_meeting_events"] = [meeting]
    system["paused_channels"] = [
        {"id": new_id(), "name": "Sales", "reason": "WhatsApp refused the token.", "paused_at": now.isoformat()}
    ]
    for workflow, state in zip(system["n8n"]["workflows"], ("changed", "outdated", "missing"), strict=False):
        workflow["state"] = state
    system["n8n"]["workflows"][3]["active"] = False
    failure = {"workflow_id": "workflow-0", "workflow_name": "Process inbound messages", "turns": 3}
    failure |= {"reason": "The step did not answer in time."}
    runs = [("417", "Reply", 5), (None, None, 3000)]
    system["n8n"]["failures"] = [
        failure
        | {"id": new_id(), "execution_id": run, "node": node}
        | {"failed_at": (now - timedelta(minutes=minutes)).isoformat()}
        for run, node, minutes in runs
    ]


def n8n_away(system: dict[str, Any]) -> None:
    """n8n does not answer."""
    quiet(system)
    system["runner"] = "inline"
    system["n8n"]["state"] = "down"


def n8n_alone_and_away(system: dict[str, Any]) -> None:
    """n8n does not answer, and nobody else may."""
    n8n_away(system)
    system["runner_setting"] = "n8n"


SENTENCES = {
    "Everything is running. n8n carries the conversation.": quiet,
    "n8n is away; the built-in runner answers meanwhile. Nobody waits.": n8n_away,
    "n8n is away. Leads wait.": n8n_alone_and_away,
    "n8n carries the conversation. 7 things need a person.": busy,
}


def test_whoever_is_woken_at_night_reads_one_sentence_first(dashboard: Dashboard) -> None:
    page = dashboard.page
    dashboard.open_system()
    for sentence, situation in SENTENCES.items():
        told(page, situation)
        page.reload()
        expect(page.get_by_role("status").filter(has_text=sentence)).to_be_visible(timeout=SOON)
    expect(page.get_by_role("link", name="Open n8n")).to_have_attribute("href", N8N)
    page.route("**/api/system?**", lambda route: route.abort())
    expect(page.get_by_role("status").filter(has_text="The engine does not answer.")).to_be_visible(timeout=SOON)
    page.reload()
    expect(page.get_by_text("The engine does not say how things are.")).to_be_visible(timeout=SOON)
    told(page, quiet)
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("Everything is running.")).to_be_visible(timeout=SOON)


def test_a_workflow_says_what_to_do_about_it_and_a_failed_run_is_one_click_away(dashboard: Dashboard) -> None:
    page = dashboard.page
    told(page, busy)
    dashboard.open_system()
    workflows = page.get_by_role("region", name="Workflows").get_by_role("row")
    expect(workflows.filter(has_text="Process inbound messages")).to_contain_text("Changed by you, kept")
    expect(workflows.filter(has_text="Progress leads")).to_contain_text("lead-reviver n8n provision --replace")
    expect(workflows.filter(has_text="Take in leads")).to_contain_text("Deleted in n8n")
    expect(workflows.filter(has_text="Report the day")).to_contain_text("Switched off in n8n")

    untold = page.get_by_role("region", name="Not in the calendar that n8n keeps").get_by_role("listitem")
    expect(untold).to_contain_text("A first viewing with Ana was moved")
    expect(untold).to_contain_text("Tried 8 times.")
    expect(untold.get_by_role("button", name="Try again: A first viewing with Ana was moved")).to_be_enabled()

    runs = page.get_by_role("region", name="Failed runs").get_by_role("link")
    expect(runs.nth(0)).to_have_attribute("href", f"{N8N}/workflow/workflow-0/executions/417")
    expect(runs.nth(1)).to_have_attribute("href", f"{N8N}/workflow/workflow-0")
    page.get_by_role("link", name="1 run failed in the last hour").click()
    expect(page.get_by_role("heading", name="Failed runs")).to_be_in_viewport()


@pytest.mark.parametrize("look", LOOKS)
def test_the_system_page_has_no_barrier_when_everything_needs_somebody(
    demo: RealStack, new_page: NewPage, look: str
) -> None:
    page = new_page(**LOOKS[look])
    dashboard = a_dashboard(demo, page)
    dashboard.sign_in(*owner_of(demo))
    for situation in (busy, n8n_alone_and_away, quiet):
        told(page, situation)
        page.goto(f"{demo.urls['gateway']}/system")
        expect(page.get_by_role("heading", name="Workflows")).to_be_visible(timeout=SOON)
        assert_no_violation(page, situation.__name__)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off at the side"


def test_a_lead_whose_answer_was_given_up_is_answered_when_somebody_tries_again(
    dashboard: Dashboard, demo: RealStack, phone: Phone
) -> None:
    page = dashboard.page
    leads_without_an_answer(dashboard, demo, phone, "Ines Falk", "Jonas Rudd", "Klara Voss")
    dashboard.open_system()
    parked = page.get_by_role("region", name="Parked turns")
    mine = parked.get_by_role("listitem").filter(has_text="Ines Falk")
    expect(mine).to_contain_text("The model did not answer in time.")
    expect(mine).to_contain_text("after 6 tries, the last by n8n")

    button = mine.get_by_role("button", name="Try again: Ines Falk")
    button.focus()
    page.keyboard.press("Enter")
    expect(parked.get_by_role("status")).to_have_text("The answer to Ines Falk is tried again.", timeout=SOON)
    expect(mine).to_have_count(0, timeout=SOON)
    expect(parked.get_by_role("heading", name="Parked turns")).to_be_focused()

    parked.get_by_role("button", name="Try all again").click()
    expect(parked.get_by_role("status")).to_contain_text("are tried again.", timeout=SOON)
    expect(parked).to_contain_text("None is parked.", timeout=SOON)

    page.get_by_role("link", name="Inbox").click()
    dashboard.open_conversation("Klara Voss")
    expect(dashboard.messages.get_by_text("Why this?")).to_have_count(2, timeout=SOON)
    dashboard.messages.get_by_role("button", name="Why this?").last.click()
    expect(page.get_by_role("dialog")).to_contain_text("Answered via", timeout=SOON)
    expect(page.get_by_role("dialog")).to_contain_text("runner")


def test_a_message_that_could_not_be_read_in_is_tried_again_and_reaches_the_inbox(
    dashboard: Dashboard, demo: RealStack, new_page: NewPage
) -> None:
    park_a_message(demo, Person(name="Tilda Roos"), "Is the house still free?")
    dashboard.open_system()
    parked = dashboard.page.get_by_role("region", name="Could not be read in").get_by_role("listitem")
    expect(parked).to_have_count(1, timeout=SOON)
    expect(parked).to_contain_text("A message from WhatsApp")

    agent = a_dashboard(demo, new_page())
    agent.sign_in("marta@costa-homes.example", demo.env["LEAD_REVIVER_DEMO_PASSWORD"])
    agent.open_system()
    for only_for_whoever_is_in_charge in ("Could not be read in", "Failed runs", "Open n8n", "Try all again"):
        expect(agent.page.get_by_text(only_for_whoever_is_in_charge)).to_have_count(0)

    parked.get_by_role("button", name="Try again").click()
    expect(parked).to_have_count(0, timeout=SOON)
    dashboard.page.get_by_role("link", name="Inbox").click()
    dashboard.open_conversation("Tilda Roos")
    expect(dashboard.messages).to_contain_text("Is the house still free?")
