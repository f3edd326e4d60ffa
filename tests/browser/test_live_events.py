"""Live events survive a restart of the engine: nothing is missed and nothing needs a reload."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.rooms import SOON, Dashboard, Phone
from tests.real_stack import RealStack


def test_what_a_lead_writes_while_the_engine_restarts_still_arrives(
    dashboard: Dashboard, demo: RealStack, phone: Phone
) -> None:
    lead_id = phone.make_lead("Olga Reiter")
    phone.write(lead_id, "Before the restart")
    dashboard.open_conversation("Olga Reiter")
    expect(dashboard.messages).to_contain_text("Before the restart", timeout=SOON)
    dashboard.page.evaluate("window.neverReloaded = true")

    old = demo.pid_of("engine")
    demo.kill("engine")
    phone.write(lead_id, "While it was away")
    demo.wait_until_restarted("engine", old)

    expect(dashboard.messages).to_contain_text("While it was away", timeout=60_000)
    dashboard.wait_until_live()
    phone.write(lead_id, "And after it")
    expect(dashboard.messages).to_contain_text("And after it", timeout=SOON)
    assert dashboard.page.evaluate("window.neverReloaded") is True


def test_a_page_that_cannot_hear_the_engine_says_so(dashboard: Dashboard) -> None:
    dashboard.wait_until_live()
    context = dashboard.page.context
    context.set_offline(True)
    dashboard.page.route("**/api/events**", lambda route: route.abort())
    context.set_offline(False)
    dashboard.page.reload()
    expect(dashboard.page.get_by_text("Live updates are interrupted.")).to_be_visible(timeout=SOON)
    dashboard.page.unroute("**/api/events**")
    dashboard.wait_until_live()
    expect(dashboard.page.get_by_text("Live updates are interrupted.")).to_be_hidden()
