"""A lead who asked to be written to later: left alone in the panel, and on its day there with a line to begin with."""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

from playwright.sync_api import expect

from tests.browser.rooms import SOON, Dashboard, Phone
from tests.browser.test_handovers import change, shot
from tests.real_stack import RealStack

SAID = "My dad is in hospital. Not now please, after the summer"
ITS_DAY = """
update snoozes set asked_at = date_trunc('year', now()) - interval '40 days'
where lead_id = (select id from leads {one});
update conversations set mode = 'human', assigned_to = (select user_id from members where role = 'owner' limit 1)
where lead_id = (select id from leads {one});
update leads set snoozed_until = now() - interval '1 minute' {one};
"""
WINDOW_CLOSED = "update conversations set window_closed_at = now() where lead_id = (select id from leads {one})"


def progress_leads(demo: RealStack) -> None:
    """Do what the schedule does every five minutes."""
    headers = {"Authorization": f"Bearer {demo.env['LEAD_REVIVER_STEPS_KEY']}", "Content-Type": "application/json"}
    with urlopen(Request(f"{demo.urls['dashboard']}steps/progress-leads", b"{}", headers), timeout=60) as answer:
        assert "hospital" not in json.dumps(json.load(answer))


def test_a_lead_who_asks_for_later_sleeps_and_wakes_with_a_line_ready(
    dashboard: Dashboard, demo: RealStack, phone: Phone
) -> None:
    page = dashboard.page
    dashboard.wait_until_live()
    lead_id = phone.make_lead("Marta Vidal")
    phone.write(lead_id, SAID)
    expect(dashboard.row("Marta Vidal")).to_be_visible(timeout=SOON)
    dashboard.open_conversation("Marta Vidal")
    asleep = page.get_by_role("region", name="Left alone")
    expect(asleep).to_contain_text("Until 1 September", timeout=SOON)
    expect(asleep).to_contain_text("to be written to after the summer")
    expect(asleep).to_contain_text(SAID)
    shot(dashboard, "asleep-light")

    change(demo, ITS_DAY.format(one="where name = 'Marta Vidal'"))
    progress_leads(demo)
    card = page.get_by_role("region", name="Awake again")
    expect(card).to_contain_text("to be written to after the summer", timeout=SOON)
    expect(card).to_contain_text(SAID)
    expect(asleep).to_have_count(0)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shot(dashboard, f"awake-{scheme}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(dashboard, "awake-phone")
    page.set_viewport_size({"width": 1440, "height": 900})

    card.get_by_role("button", name="Use it").click()
    expect(dashboard.composer).to_be_focused()
    line = dashboard.composer.input_value()
    assert line.startswith("Hi Marta, in ")
    assert line.endswith(" you asked us to write after the summer. Is now a better time?")
    dashboard.composer.fill(f"{line} All the best to your dad.")
    shot(dashboard, "awake-used")
    page.get_by_role("button", name="Send").click()
    expect(dashboard.messages).to_contain_text("All the best to your dad.", timeout=SOON)
    expect(card).to_have_count(0, timeout=SOON)


def test_where_the_window_has_closed_the_line_can_be_copied(
    dashboard: Dashboard, demo: RealStack, phone: Phone
) -> None:
    page = dashboard.page
    dashboard.wait_until_live()
    lead_id = phone.make_lead("Rosa Gil")
    phone.write(lead_id, SAID)
    expect(dashboard.row("Rosa Gil")).to_be_visible(timeout=SOON)
    dashboard.open_conversation("Rosa Gil")
    expect(page.get_by_role("region", name="Left alone")).to_be_visible(timeout=SOON)
    change(demo, WINDOW_CLOSED.format(one="where name = 'Rosa Gil'"))
    change(demo, ITS_DAY.format(one="where name = 'Rosa Gil'"))
    progress_leads(demo)
    card = page.get_by_role("region", name="Awake again")
    expect(card).to_contain_text("only an approved template", timeout=SOON)
    expect(card.get_by_role("button", name="Copy it")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shot(dashboard, f"awake-closed-{scheme}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(dashboard, "awake-closed-phone")
