"""A person puts right what the bot understood, sees where it came from, and what the score is made of."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.rooms import SOON, Dashboard, Phone


def corrected(panel: Locator, field: str) -> Locator:
    """Open the editor of a field."""
    panel.get_by_role("button", name=f"Correct {field}", exact=True).click()
    return panel.get_by_role("form", name=f"Correct {field}")


def test_a_person_puts_right_what_the_bot_understood_and_the_lead_disagrees(dashboard: Dashboard, phone: Phone) -> None:
    """By kind: an amount, a number, a choice. What the lead says then stands beside it."""
    dashboard.wait_until_live()
    lead = phone.make_lead("Maren Brandt")
    phone.act(lead, {"type": "text", "text": {"body": "Hello, I need two bedrooms, up to 300k"}})
    expect(dashboard.row("Maren Brandt")).to_be_visible(timeout=SOON)
    dashboard.open_conversation("Maren Brandt")
    panel = dashboard.page.get_by_role("region", name="About this lead")
    expect(panel.get_by_text("Up to €300,000")).to_be_visible(timeout=SOON)
    expect(panel.get_by_role("list", name="What the score is made of")).to_contain_text("Budget is known")

    form = corrected(panel, "Budget")
    form.get_by_label("Up to").fill("three")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_have_text("Write amounts in digits, for example 300000.")
    form.get_by_label("Up to").fill("320,000")
    form.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Up to €320,000")).to_be_visible(timeout=SOON)
    expect(panel.get_by_text(re.compile("Corrected by you|Corrected by Carmen"))).to_be_visible()

    form = corrected(panel, "Bedrooms")
    form.get_by_label("Number").fill("3")
    dashboard.page.keyboard.press("Enter")
    expect(panel.get_by_text("Up to €320,000")).to_be_visible()

    form = corrected(panel, "Timeline")
    form.get_by_text("In 3 months or less").click()
    form.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Timeline: soon")).to_be_visible(timeout=SOON)

    phone.act(lead, {"type": "text", "text": {"body": "Sorry, we need four bedrooms"}})
    expect(panel.get_by_text("Since then the lead said:")).to_be_visible(timeout=SOON)
    panel.get_by_role("button", name="Take it").click()
    expect(panel.get_by_text("Since then the lead said:")).to_be_hidden(timeout=SOON)
    expect(panel.get_by_role("button", name=re.compile("4 bedrooms"))).to_be_visible()

    panel.get_by_role("button", name=re.compile("4 bedrooms")).click()
    expect(dashboard.messages.get_by_text("Sorry, we need four bedrooms")).to_be_in_viewport()
    panel.get_by_text("What people corrected").click()
    expect(panel.get_by_text("Bedrooms: 3 → 4")).to_be_visible(timeout=SOON)


def test_the_best_leads_come_first_when_they_are_asked_for(dashboard: Dashboard) -> None:
    """By score, the highest first; leads without one are left out."""
    dashboard.page.get_by_role("group", name="Show").get_by_role("button", name="Best").click()
    scores = dashboard.conversations.get_by_title(re.compile(r"^Score \d+ of 100$"))
    expect(scores.first).to_be_visible(timeout=SOON)
    shown = [int(re.sub(r"\D", "", text)) for text in scores.all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) > 3
